/**
 * What the user has saved and the server has not acknowledged yet. An entry leaves only for a receipt, and goes to the
 * journal. "Saved" may be said once `save` has resolved: the entry, its number and its claim on its files are then on the disk.
 */

import changes from "../build/generated/changes.js";
import { move_to_journal } from "./journal.js";
import { new_id, wire_moment } from "./identity.js";
import { note_spare } from "./kept_files.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./local_database.js").StoreName} StoreName */
/** @typedef {import("./ports.js").Ports} Ports */
/** @typedef {Record<string, any>} Args */
/**
 * @typedef {object} Change what a screen wants to happen
 * @property {string} name @property {Args} args
 * @property {string} [happened_at] now, unless said
 * @property {string | null} [group] changes of one group are applied together or not at all
 * @property {string | null} [customer_id] the customer it is about, where the args do not name it; never sent
 * @property {string | null} [label] what the outbox calls it, such as the customer's name; never sent
 * @property {number | null} [base_rev] the replica's revision when the entry was first saved; the one now, unless given
 * @property {string} [withheld] see Entry
 */
/**
 * @typedef {object} Entry
 * @property {number} seq @property {string} id @property {string} name @property {Args} args
 * @property {number | null} base_rev @property {string} happened_at @property {string | null} group
 * @property {string | null} customer_id @property {string | null} label
 * @property {"waiting" | "parked"} state parked: the server keeps it but did not apply it; `code` and `message` say why
 * @property {string | null} sent_at when it was first handed to the network; null: the server cannot know it
 * @property {string | null} code @property {string | null} message @property {any} detail
 * @property {{name: string, args: Args, label: string | null, was_sent: boolean}} [discarded] what it was before it was
 *   taken back, and whether it may have reached the server as that
 * @property {string} [withheld] goes out as `noop` because the server can never take it, then counts as parked
 */
/** @typedef {{device_id: string, next_seq: number, next_mark: number, acked_seq: number, is_new?: boolean}} Device
 *   is_new: `note_eviction` has not looked yet whether this store took the place of one that the browser threw away */
/** @typedef {{lost: number, at: string, is_told?: boolean, is_read?: boolean}} Eviction is_told: to the server; is_read: by the user */
/** @typedef {{draft?: string | null, apart?: boolean, anew?: boolean, ahead?: (entries: Entry[]) => void}} Along
 *   draft: the key of the draft to delete; apart: several changes are no group; anew: add them even if the same ones wait
 *   already; ahead: called with the entries while the disk writes them, and may let nobody know before `save` resolves */

const WITHDRAW = "entry.withdraw";
/** @type {StoreName[]} */
const SAVING = ["outbox", "meta", "drafts", "blobs", "journal"];

/**
 * Resolves with the entry only after it is durable; rejects (StorageFull among others) having kept nothing.
 * @param {LocalDatabase} db @param {Change} change
 * @param {Along} [along]
 * @returns {Promise<Entry>}
 */
export async function save(db, change, along = {}) {
  const [entry] = await save_all(db, [change], along);
  return entry;
}

/** The bytes of a file cannot be read any more: its author is told by an entry that does nothing else. Only once.
 * @param {LocalDatabase} db @param {import("./kept_files.js").Kept} file */
export function tell_lost(db, { hash, label = null }) {
  return db.transaction(SAVING, "readwrite", async (tx) => {
    const kept = await tx.objectStore("blobs").get(hash);
    if (!kept || kept.spare) return;
    await tx.objectStore("blobs").put({ ...kept, spare: true });
    await add_all(tx, db.ports, [of_lost({ label })], { anew: true });
  }, "strict");
}

/** Saves several at once. More than one become a group, unless they name their own or are saved `apart`.
 * @param {LocalDatabase} db @param {Change[]} changes @param {Along} [along] */
export function save_all(db, changes, along = {}) {
  return db.transaction(SAVING, "readwrite", (tx) => add_all(tx, db.ports, changes, along), "strict");
}

/** @param {Transaction} tx @param {Ports} ports @param {Change[]} wanted @param {Along} along */
async function add_all(tx, ports, wanted, { draft, apart, anew, ahead }) {
  const [device, replica, waiting] = await Promise.all([
    device_of(tx, ports), tx.objectStore("meta").get("replica"), tx.objectStore("outbox").getAll(),
  ]);
  const base_rev = replica?.live?.max_rev ?? null;
  const { changes, files } = await with_files(tx, wanted);
  const group = changes.length > 1 && !apart ? new_id(ports) : null;
  const known = changes.map((change) => waiting.find((entry) => !anew && is_saved_again(entry, change, waiting.at(-1))));
  const entries = changes.map((change, at) => known[at] ?? entry_of(change, device.next_seq++, { base_rev, group, ports }));
  const added = entries.filter((entry) => !known.includes(entry));
  const written = Promise.all([
    tx.objectStore("meta").put(device, "device"),
    ...added.map((entry) => tx.objectStore("outbox").add(entry)),
    // A file that is attached once more is offered to the server once more.
    ...files.map(({ done: _, spare: __, ...file }) => tx.objectStore("blobs").put({ ...file, entry_id: entries[0].id, label: entries[0].label })),
    draft ? tx.objectStore("drafts").delete(draft) : null,
  ]);
  if (ahead) {
    tx.commit(); // so that the disk begins to write before `ahead` has run
    ahead(entries);
  }
  await written;
  return entries;
}

/** The files that the changes attach, which were kept before. Where one is gone, its author is told instead; last, so that no group is cut.
 * @param {Transaction} tx @param {Change[]} wanted */
async function with_files(tx, wanted) {
  const found = await Promise.all(wanted.map(({ args }) => args.sha256 && tx.objectStore("blobs").get(args.sha256)));
  const gone = wanted.filter(({ args }, at) => args.sha256 && !found[at]);
  return { changes: [...wanted.filter((change) => !gone.includes(change)), ...gone.map(of_lost)], files: found.filter(Boolean) };
}

/** What tells an author that a file is lost. @param {Pick<Change, "label">} about @returns {Change} */
function of_lost({ label }) {
  return { name: "noop", args: {}, label, withheld: "lost" };
}

/** Whether the change comes from a second tap on Save: then it says the same of the same ids, and is not added twice. One that
 * creates no row is a second tap only if nothing was saved in between: ticked, undone and ticked again are three changes.
 * @param {Entry} entry @param {Change} change @param {Entry | undefined} last */
function is_saved_again(entry, { name, args }, last) {
  const makes = Object.values(changes[name] ?? {}).some(({ creates }) => creates);
  const may_be = makes || (entry === last && name in changes);
  return may_be && entry.name === name && entry.state === "waiting" && without_place(entry.args) === without_place(args);
}

/** The phone adds the place by itself as soon as it knows it, perhaps between two taps. @param {Args} args */
function without_place({ place: _, ...args }) {
  return JSON.stringify(args);
}

/** @param {Change} change @param {number} seq
 * @param {{base_rev: number | null, group: string | null, ports: Ports}} around @returns {Entry} */
function entry_of(change, seq, { base_rev, group, ports }) {
  return {
    seq, id: new_id(ports), name: change.name, args: JSON.parse(JSON.stringify(change.args)), base_rev: change.base_rev ?? base_rev,
    happened_at: change.happened_at ?? wire_moment(ports.clock()), group: change.group ?? group,
    customer_id: change.customer_id ?? change.args.customer_id ?? null, label: change.label ?? null,
    state: "waiting", sent_at: null, code: null, message: null, detail: null, ...(change.withheld && { withheld: change.withheld }),
  };
}

/** Which device this is and how far it has counted; made when first asked for. @param {Transaction} tx @param {Ports} ports
 * @returns {Promise<Device>} */
export async function device_of(tx, ports) {
  const known = await tx.objectStore("meta").get("device");
  if (known) return known;
  const device = { device_id: new_id(ports), next_seq: 1, next_mark: 1, acked_seq: 0, is_new: true };
  await tx.objectStore("meta").put(device, "device");
  return device;
}

/** @param {LocalDatabase} db @returns {Promise<Entry[]>} in the order they were saved */
export function list(db) {
  return db.read(["outbox"], (tx) => tx.objectStore("outbox").getAll());
}

/** The entries to show: not those taken back, nor a withdrawal that went with an entry sent anew, unless a manager was faster.
 * @param {Entry[]} entries */
export function in_sight(entries) {
  return entries.filter(({ discarded, name, code, group }) => !discarded && !(name === WITHDRAW && group && code !== "conflict" && entries.some((mate) => mate.name !== name && mate.group === group)));
}

/** Whether a manager was asked to look at it; also if the server has not heard of that yet. @param {Entry} entry @param {Entry[]} entries */
export function is_asked({ id, detail }, entries) {
  return Boolean(detail?.asked) || entries.some(({ name, args }) => name === "entry.ask" && args.change_id === id);
}

/** Parked entries that only their author can do something about. @param {Entry[]} entries */
export function needs_author(entries) {
  return entries.filter((entry) => entry.state === "parked" && !is_asked(entry, entries));
}

/** @param {LocalDatabase} db @param {number} seq @returns {Promise<Entry | undefined>} */
export function find(db, seq) {
  return db.read(["outbox"], (tx) => tx.objectStore("outbox").get(seq));
}

/** All entries in the outbox, whatever their state. @param {LocalDatabase} db
 * @returns {Promise<number>} */
export function unsent_count(db) {
  return db.read(["outbox"], (tx) => tx.objectStore("outbox").count());
}

/**
 * Takes an entry back, with the others of its group; a visit also with its photos, which could not be attached without it.
 * One not sent keeps its number and becomes `noop`, because numbers have no holes; a parked one goes to the journal. One that
 * was handed to the network may have been applied by the server, and then the next pull shows it.
 * @param {LocalDatabase} db @param {number} seq
 */
export function discard(db, seq) {
  return db.transaction(SAVING, "readwrite", async (tx) => {
    const entries = /** @type {Entry[]} */ (await tx.objectStore("outbox").getAll());
    const chosen = entries.find((entry) => entry.seq === seq);
    const { started_at, visit_id } = chosen?.args ?? {};
    const taken = entries.filter((entry) => entry === chosen || (chosen?.group && entry.group === chosen.group) ||
      (started_at && entry.args.sha256 && entry.args.visit_id === visit_id));
    const device = await device_of(tx, db.ports);
    await Promise.all(taken.map((entry) => take_back(tx, entry, device, db.ports)));
    for (const { args } of taken) if (args.sha256) await note_spare(tx, args.sha256);
    // A withdrawal in conflict came after a manager had decided, and has told its author so: it is not sent again.
    await add_all(tx, db.ports, withdrawals(taken.filter(({ name, code }) => name !== WITHDRAW || code !== "conflict")), {});
  }, "strict");
}

/** Tells the server of parked entries that are discarded or sent anew, so that no manager lets them through. A withdrawal
 * among them, parked itself or not sent yet, is made again. @param {Entry[]} entries @returns {Change[]} */
function withdrawals(entries) {
  const kept = entries.filter(({ state, name, withheld }) => (state === "parked" && !withheld) || name === WITHDRAW);
  return kept.map(({ id, name, args, label }) => ({ name: WITHDRAW, args: name === WITHDRAW ? args : { change_id: id }, label }));
}

/** @param {Transaction} tx @param {Entry} entry @param {Device} device @param {Ports} ports */
async function take_back(tx, entry, device, ports) {
  if (entry.state === "parked") {
    return move_to_journal(tx, entry, { device_id: device.device_id, done_at: ports.clock(), ending: "discarded" });
  }
  if (entry.discarded) return undefined;
  const discarded = { name: entry.name, args: entry.args, label: entry.label, was_sent: entry.sent_at !== null };
  return tx.objectStore("outbox").put({ ...entry, name: "noop", args: {}, group: null, discarded });
}

/**
 * Sends a parked entry anew as it was edited: a new change, together with the old one's withdrawal. If a manager has let
 * the old one through meanwhile, neither is done. The others of its group are sent anew with it, because their group is never
 * applied without it. The old one stays readable in the journal.
 * @param {LocalDatabase} db @param {number} seq @param {Change} change @param {Along} [along]
 * @returns {Promise<Entry>}
 */
export function replace_parked(db, seq, change, along = {}) {
  return db.transaction(SAVING, "readwrite", async (tx) => {
    const parked = /** @type {Entry | undefined} */ (await tx.objectStore("outbox").get(seq));
    if (parked?.state !== "parked") throw new Error("not parked");
    const group = /** @type {Entry[]} */ (await tx.objectStore("outbox").getAll()).filter((mate) => is_mate(mate, parked));
    const others = group.filter((mate) => mate.seq !== seq && mate.name !== WITHDRAW).map(change_of);
    const { label, base_rev } = parked; // by base_rev the server knows a visit made before the customer was given away
    const [entry] = await add_all(tx, db.ports, [{ label, base_rev, ...change }, ...others, ...withdrawals(group)], { ...along, anew: true });
    const { device_id } = await device_of(tx, db.ports);
    const ending = /** @type {const} */ ("replaced");
    for (const mate of group) await move_to_journal(tx, mate, { device_id, done_at: db.ports.clock(), ending, replaced_by: entry.id });
    return entry;
  }, "strict");
}

/** @param {Entry} mate @param {Entry} parked */
function is_mate(mate, parked) {
  return mate.seq === parked.seq || (parked.group !== null && mate.group === parked.group && mate.state === "parked");
}

/** @param {Entry} entry @returns {Change} */
function change_of({ name, args, happened_at, customer_id, label, base_rev }) {
  return { name, args, happened_at, customer_id, label, base_rev };
}

/**
 * Notes whether the browser has thrown an earlier store away: the cookie remembers how many entries it held. Looked at once for
 * each store, also if something was saved in it before. Kept until the user has read it and the server was told.
 * @param {LocalDatabase} db @param {number | null} remembered the cookie's count; null: no cookie, nothing is known
 */
export function note_eviction(db, remembered) {
  return db.transaction(["meta"], "readwrite", async (tx) => {
    const { is_new, ...device } = await device_of(tx, db.ports);
    if (!is_new) return;
    const meta = tx.objectStore("meta");
    await meta.put(device, "device");
    if (remembered) await meta.put({ lost: remembered, at: wire_moment(db.ports.clock()) }, "evicted");
  }, "strict");
}

/** The user has read that a store was thrown away. @param {LocalDatabase} db */
export function forget_eviction(db) {
  return db.transaction(["meta"], "readwrite", (tx) => know_of_eviction(tx, { is_read: true }), "strict");
}

/** @param {Transaction} tx @param {Partial<Eviction>} known */
export async function know_of_eviction(tx, known) {
  await tx.objectStore("meta").put({ ...(await tx.objectStore("meta").get("evicted")), ...known }, "evicted");
}
