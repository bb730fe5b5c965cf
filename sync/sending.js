/** What the sender does to the outbox: it takes a batch to send, and settles it when its receipts come. */

import { move_to_journal, prune } from "./journal.js";
import { wire_change } from "./exchange.js";
import { device_of, know_of_eviction } from "./outbox.js";
import { change_sync_state, sync_state } from "./replay.js";
import { replica_state } from "./replica.js";
import { wire_moment } from "./identity.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./local_database.js").StoreName} StoreName */
/** @typedef {import("./outbox.js").Entry} Entry */
/** @typedef {import("./outbox.js").Device} Device */
/** @typedef {import("./exchange.js").Batch} Batch */
/** @typedef {import("./exchange.js").Receipt} Receipt */

/** @type {StoreName[]} */
const SENDING = ["outbox", "journal", "meta"];
/** @type {StoreName[]} */
const EVERYTHING = [...SENDING, "drafts", "blobs", "replica"];
export const MOST_CHANGES = 500;
export const MOST_BYTES = 900 * 1024;
const encoder = new TextEncoder();

/**
 * The next entries to send, marked as handed to the network; null until a pull has said how far a restored server got.
 * @param {LocalDatabase} db @param {{limit: number, parked: boolean, asked?: number}} wanted parked: the parked entries, which may
 *   be applied by now, beyond the number `asked`; else those that wait
 * @returns {Promise<Batch | null>}
 */
export function take_batch(db, { limit, parked, asked = 0 }) {
  return db.transaction(["outbox", "meta"], "readwrite", async (tx) => {
    const [state, device] = [await sync_state(tx), await device_of(tx, db.ports)];
    const gone = /** @type {import("./outbox.js").Eviction | undefined} */ (await tx.objectStore("meta").get("evicted"));
    const evicted = gone && !gone.is_told ? { lost: gone.lost, at: gone.at } : undefined;
    if (state.replay_due) return null;
    const all = /** @type {Entry[]} */ (await tx.objectStore("outbox").getAll());
    const chosen = all.filter((entry) => (parked ? is_worth_asking(entry) && entry.seq > asked : is_unsent(entry)));
    const entries = cut(chosen, limit);
    const first_time = entries.filter((entry) => entry.sent_at === null);
    for (const entry of first_time) entry.sent_at = wire_moment(db.ports.clock());
    await Promise.all(first_time.map((entry) => tx.objectStore("outbox").put(entry)));
    const unsent = new Set([...entries, ...all.filter((entry) => !is_worth_asking(entry))]).size; // all that the server does not keep
    return { device_id: device.device_id, user_id: db.user_id, epoch: state.epoch, entries, unsent, evicted };
  });
}

/** @param {Entry} entry */
function is_unsent({ state }) {
  return state === "waiting";
}

/** @param {Entry} entry */
function is_worth_asking({ state, withheld }) {
  return state === "parked" && !withheld;
}

/** The first entries, as many as one push may hold; a group stays whole. @param {Entry[]} entries @param {number} limit */
export function cut(entries, limit) {
  /** @type {Entry[]} */
  const taken = [];
  let size = 0;
  for (const unit of units(entries)) {
    size += unit.reduce((sum, entry) => sum + size_of(entry), 0);
    if (taken.length && (size > MOST_BYTES || taken.length + unit.length > limit)) break;
    taken.push(...unit);
  }
  return taken;
}

/** Neighbours of one group together, every other entry alone. @param {Entry[]} entries @returns {Entry[][]} */
export function units(entries) {
  /** @type {Entry[][]} */
  const found = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last && entry.group !== null && last[0].group === entry.group) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

/** @param {Entry} entry in bytes on the wire */
export function size_of(entry) {
  return encoder.encode(JSON.stringify(wire_change(entry))).length + 1;
}

/**
 * Receipts move entries to the journal, in one transaction; what is parked stays in sight with its reason.
 * @param {LocalDatabase} db @param {Batch} batch @param {Receipt[]} receipts
 * @param {{epoch: string, durable_rev: number}} told
 * @returns {Promise<number>} how many entries were settled
 */
export function settle(db, batch, receipts, { epoch, durable_rev }) {
  return db.transaction(SENDING, "readwrite", async (tx) => {
    const device = await device_of(tx, db.ports);
    if (device.device_id !== batch.device_id) return 0; // another tab was told of a fork: all is sent again, under new numbers
    const sent = new Map(batch.entries.map((entry) => [entry.seq, entry]));
    let settled = 0;
    for (const receipt of receipts) {
      const settling = { device, receipt, sent: /** @type {Entry} */ (sent.get(receipt.seq)) };
      if (await settle_one(tx, db, settling)) settled += 1;
    }
    device.acked_seq = Math.max(device.acked_seq, ...receipts.map(({ seq }) => seq));
    device.next_mark += 1;
    await tx.objectStore("meta").put(device, "device");
    if (batch.evicted) await know_of_eviction(tx, { is_told: true });
    await change_sync_state(tx, { epoch, durable_rev });
    const { live } = await replica_state(tx);
    await prune(tx, { durable_rev, now: db.ports.clock(), covered_mark: live.covered_mark });
    return settled;
  }, "strict");
}

/** @param {Transaction} tx @param {LocalDatabase} db @param {{device: Device, receipt: Receipt, sent: Entry}} settling */
async function settle_one(tx, db, { device, receipt, sent }) {
  const entry = /** @type {Entry | undefined} */ (await tx.objectStore("outbox").get(receipt.seq));
  if (entry?.id !== receipt.id) return false; // another tab has its receipt already
  const done = { device_id: device.device_id, done_at: db.ports.clock() };
  const is_parked = receipt.status === "parked" || receipt.code !== null;
  if (entry.withheld) return park(tx, entry, { code: entry.withheld, detail: null });
  if (is_parked && !entry.discarded) return park(tx, entry, receipt);
  if (is_parked) await move_to_journal(tx, entry, { ...done, ending: "discarded" });
  else await move_to_journal(tx, what_was_applied(entry, sent, receipt), { ...done, ending: "applied", rev: receipt.rev, mark: device.next_mark });
  return true;
}

/** @param {Transaction} tx @param {Entry} entry @param {Pick<Receipt, "code" | "detail">} receipt */
async function park(tx, entry, { code, detail }) {
  const changed = entry.state !== "parked" || entry.code !== code;
  await tx.objectStore("outbox").put({ ...entry, state: "parked", code, message: detail?.message ?? null, detail });
  return changed;
}

/**
 * An entry that was taken back while it was on its way was applied as it was sent: the journal must hold what the server did.
 * A duplicate may have been applied as either: then the original is kept, which could otherwise be lost.
 * @param {Entry} entry @param {Entry} sent @param {Receipt} receipt @returns {Entry}
 */
function what_was_applied(entry, sent, { status }) {
  if (!entry.discarded) return entry;
  const { was_sent, ...original } = entry.discarded;
  return sent.name !== "noop" || (status === "duplicate" && was_sent) ? { ...entry, ...original } : entry;
}

/** This phone is lost, and the server has kept for a manager what was sent: it is deleted here. Numbers alone do not tell what was
 * kept: of a cloned profile the server has counted the clone's entries, too. @param {LocalDatabase} db @param {Entry[]} sent
 * @param {number} last_seq up to which the server has kept entries @returns {Promise<boolean>} whether there were any */
export function let_go(db, sent, last_seq) {
  return db.transaction(["outbox"], "readwrite", async (tx) => {
    const outbox = tx.objectStore("outbox");
    const ids = new Set(sent.map(({ id }) => id));
    const kept = /** @type {Entry[]} */ (await outbox.getAll()).filter(({ id, seq }) => ids.has(id) && seq <= last_seq);
    for (const { seq } of kept) await outbox.delete(seq);
    return kept.length > 0;
  }, "strict");
}

/** Deletes everything on a lost phone, unless something is unsent. @param {LocalDatabase} db @returns {Promise<boolean>} whether it did */
export function forget_all(db) {
  return db.transaction(EVERYTHING, "readwrite", async (tx) => {
    if ((await tx.objectStore("outbox").getAll()).some(is_unsent)) return false;
    await Promise.all(EVERYTHING.map((name) => tx.objectStore(name).clear()));
    return true;
  }, "strict");
}

/** Entries that no server will ever take, being too large, are sent as `noop` from now on, and then shown to their author as parked.
 * @param {LocalDatabase} db @param {Entry[]} entries @param {string} code */
export async function withhold(db, entries, code) {
  await db.transaction(["outbox"], "readwrite", async (tx) => {
    await Promise.all(entries.map((entry) => tx.objectStore("outbox").put({ ...entry, withheld: code })));
  }, "strict");
}
