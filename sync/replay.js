/**
 * When phone and server disagree about numbers. Whatever happens here, change ids stay: an id counts once, whatever
 * device or number it comes under, so sending too much is harmless and numbers may be given anew.
 */

import { whole_journal } from "./journal.js";
import { new_id } from "./identity.js";
import { device_of } from "./outbox.js";
import { restart_within } from "./replica_writing.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./local_database.js").StoreName} StoreName */
/** @typedef {import("./outbox.js").Entry} Entry */
/** @typedef {import("./outbox.js").Device} Device */
/** @typedef {import("./journal.js").JournalEntry} JournalEntry */
/**
 * @typedef {object} SyncState
 * @property {string | null} epoch @property {number} durable_rev @property {string | null} last_synced_at
 * @property {boolean} replay_due the server was restored, and how far it got is not known yet
 * @property {number | null} sums_at when the sums were last compared
 */

/** @type {StoreName[]} */
const REPLAYING = ["outbox", "journal", "meta", "replica"];

/** What a parked entry becomes that is to be sent again, because the server no longer knows it. One that is withheld has to be
 * sent, too: its number would be missing. */
const WAITING = /** @type {const} */ ({ state: "waiting", code: null, message: null, detail: null });

/** @param {Transaction} tx @returns {Promise<SyncState>} */
export async function sync_state(tx) {
  const known = await tx.objectStore("meta").get("sync");
  return known ?? { epoch: null, durable_rev: 0, last_synced_at: null, replay_due: false, sums_at: null };
}

/** @param {Transaction} tx @param {Partial<SyncState>} changed */
export async function change_sync_state(tx, changed) {
  await tx.objectStore("meta").put({ ...(await sync_state(tx)), ...changed }, "sync");
}

/**
 * The server counts from `expected` on: everything from there goes back into the outbox out of the journal, and is
 * numbered without holes.
 * @param {LocalDatabase} db @param {number} expected @param {string} device_id whom the server spoke to
 */
export function reopen(db, expected, device_id) {
  return db.transaction(REPLAYING, "readwrite", async (tx) => {
    const device = await device_of(tx, db.ports);
    if (device.device_id !== device_id) return; // another tab was told of a fork meanwhile
    await reopen_within(tx, device, expected, (entry) => entry.device_id === device_id && entry.seq >= expected);
  }, "strict");
}

/** The server was restored or rebuilt. The rows are dropped, never outbox or journal; the next pull says how far it got.
 * @param {LocalDatabase} db */
export function begin_new_epoch(db) {
  return db.transaction(REPLAYING, "readwrite", async (tx) => {
    await restart_within(tx);
    await change_sync_state(tx, { epoch: null, durable_rev: 0, replay_due: true });
  }, "strict");
}

/**
 * Sends again all that the journal holds; what of it the backup has is answered as a duplicate. Numbers would not tell: those
 * that the server counts may be of a cloned profile or of an earlier device of this phone, and what it has as parked was
 * perhaps let through later.
 * @param {LocalDatabase} db @param {string} epoch @param {number} last_seq of this device, as the restored server knows it
 * @param {string} device_id
 */
export function replay(db, epoch, last_seq, device_id) {
  return db.transaction(REPLAYING, "readwrite", async (tx) => {
    const device = await device_of(tx, db.ports);
    if (device.device_id !== device_id) return;
    await reopen_within(tx, device, last_seq + 1, () => true);
    await change_sync_state(tx, { epoch, replay_due: false });
  }, "strict");
}

/**
 * The same for a lost phone, which hears nothing but that the server has kept `taken` for a manager. If the server was restored
 * since, all that it has forgotten is sent for the manager as well, also what it had parked.
 * @param {LocalDatabase} db @param {import("./exchange.js").HandedIn} handed_in @param {Entry[]} taken
 * @returns {Promise<boolean>} whether it is another history, and there may be something to send again
 */
export function replay_of_lost(db, { last_seq, epoch }, taken) {
  return db.transaction(REPLAYING, "readwrite", async (tx) => {
    const known = await sync_state(tx);
    if (!known.replay_due && (known.epoch === null || known.epoch === epoch)) return false;
    const outbox = tx.objectStore("outbox");
    const kept = new Set(taken.map(({ id }) => id));
    for (const { id, seq } of /** @type {Entry[]} */ (await outbox.getAll())) if (kept.has(id)) await outbox.delete(seq);
    await reopen_within(tx, await device_of(tx, db.ports), last_seq + 1, () => true, 0);
    await change_sync_state(tx, { epoch, replay_due: false });
    return true;
  }, "strict");
}

/**
 * This number is taken by another change: the profile was cloned, or the phone's own backup restored. From here on it
 * is another device; all that is in the outbox is sent from 1 on.
 * @param {LocalDatabase} db @param {string} device_id that was told
 */
export function take_new_device(db, device_id) {
  return db.transaction(REPLAYING, "readwrite", async (tx) => {
    const device = await device_of(tx, db.ports);
    if (device.device_id !== device_id) return;
    device.device_id = new_id(db.ports);
    await reopen_within(tx, device, 1, () => false);
  }, "strict");
}

/**
 * Numbers all that is to be sent from `expected` on: first what is missing, from the journal, then what is in the outbox.
 * @param {Transaction} tx @param {Device} device @param {number} expected @param {(entry: JournalEntry) => boolean} is_missing
 * @param {number} [least] entries of the outbox with a lower number stay as they are
 */
async function reopen_within(tx, device, expected, is_missing, least = expected) {
  const missing = (await whole_journal(tx)).filter((entry) => worth_sending(entry) && is_missing(entry));
  const entries = /** @type {Entry[]} */ (await tx.objectStore("outbox").getAll());
  const unsent = entries.filter((entry) => entry.seq >= least);
  const again = [...missing.map(entry_again), ...unsent].map((entry, at) => ({ ...entry, ...WAITING, seq: expected + at }));
  for (const entry of unsent) await tx.objectStore("outbox").delete(entry.seq);
  for (const entry of missing) await tx.objectStore("journal").delete(entry.id);
  for (const entry of again) await tx.objectStore("outbox").put(entry);
  const next_seq = expected + again.length;
  await tx.objectStore("meta").put({ ...device, next_seq, acked_seq: expected - 1 }, "device");
}

/** Not what its author took back, and no `noop`, which has no effect to bring back. @param {JournalEntry} entry */
function worth_sending({ ending, name }) {
  return ending === "applied" && name !== "noop";
}

/** @param {JournalEntry} entry @returns {Entry} */
function entry_again({ device_id: _device, done_at: _done, ending: _ending, rev: _rev, mark: _mark, replaced_by: _by, ...entry }) {
  return entry;
}
