/**
 * What views read: rows of the replica with the outbox laid over them. Open a store for each answer: as long as nothing has
 * changed, that costs one small read.
 */

import { not_yet_covered } from "./journal.js";
import { lay_over } from "./overlay.js";
import { customer_of_row, load, memory_of, owners_on_agenda, replica_state, search_line } from "./replica.js";
import { by_place, matches, question } from "./search.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./local_database.js").StoreName} StoreName */
/** @typedef {import("./replica.js").Memory} Memory */
/** @typedef {import("./replica.js").Generation} Generation */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./replica_rows.js").Summary} Summary */
/** @typedef {import("./replica_rows.js").Agenda} Agenda */
/** @typedef {import("./overlay.js").Overlay} Overlay */
/** @typedef {import("./overlay_world.js").Draft} Draft */
/** @typedef {import("./outbox.js").Entry} Entry */
/** @typedef {Draft & {customer: Row}} Held a customer and all that hangs off it */
/** @typedef {(customer: Summary) => boolean} Accept */
/**
 * @typedef {object} Found
 * @property {Memory} memory @property {Overlay} overlay @property {Entry[]} outbox @property {Entry[]} sent @property {Generation} live
 * @property {{customer_id: string, at: string} | null} last_opened @property {number} lost @property {boolean} is_new
 */

/** @type {StoreName[]} */
const READING = ["meta", "outbox", "journal", "replica"];
const NOTHING = { contacts: [], visits: [], follow_ups: [], opportunities: [], attachments: [], quotes: [], orders: [], contracts: [], tasks: [] };
/** @type {WeakMap<Memory, {state: string[], overlay: Overlay}>} */
const overlays = new WeakMap();
/** `covered_mark` at the last look. It has seldom changed since, so the journal is asked by it without waiting for the state.
 * @type {WeakMap<LocalDatabase, number>} */
const covered = new WeakMap();

/** @param {LocalDatabase} db @returns {Promise<Store>} */
export async function open_store(db) {
  return new Store(db, await db.read(READING, (tx) => look(db, tx)));
}

/** @param {LocalDatabase} db @param {Transaction} tx @returns {Promise<Found>} */
async function look(db, tx) {
  const [meta, mark] = [tx.objectStore("meta"), covered.get(db) ?? 0];
  const [state, outbox, last_opened, device, evicted, found] = await Promise.all([
    replica_state(tx), tx.objectStore("outbox").getAll(), meta.get("last_opened"), meta.get("device"), meta.get("evicted"),
    not_yet_covered(tx, mark),
  ]);
  const { covered_mark } = state.live;
  const sent = covered_mark === mark ? found : await not_yet_covered(tx, covered_mark);
  covered.set(db, covered_mark);
  const memory = await memory_of(db, tx, state.live, true);
  const overlay = await laid_over(db, tx, memory, sent, outbox);
  const lost = evicted && !evicted.is_read ? evicted.lost : 0;
  return { memory, overlay, outbox, sent, live: state.live, last_opened: last_opened ?? null, lost, is_new: !device || device.is_new === true };
}

/** The overlay; where entries were only added since the last look, they are laid over the overlay made then.
 * @param {LocalDatabase} db @param {Transaction} tx @param {Memory} memory @param {Entry[]} sent @param {Entry[]} outbox */
async function laid_over(db, tx, memory, sent, outbox) {
  const entries = [...sent, ...outbox.filter((entry) => entry.state === "waiting" && !entry.withheld)];
  const state = [`${memory.version} ${sent.length}`, ...entries.map(({ id, name }) => id + name)];
  const known = overlays.get(memory);
  const under = known?.state.every((one, at) => one === state[at]) ? known : null;
  if (under?.state.length === state.length) return under.overlay;
  const overlay = await lay_over(db, tx, memory, { entries, sent: sent.length }, under?.overlay);
  overlays.set(memory, { state, overlay });
  return overlay;
}

export class Store {
  /** @param {LocalDatabase} db @param {Found} found */
  constructor(db, found) {
    const { memory, overlay, outbox, live, last_opened, lost, is_new } = found;
    this.db = db;
    this.found = found;
    this.memory = memory;
    this.overlay = overlay;
    /** Every entry, parked ones too, in the order they were saved. */
    this.outbox = outbox;
    /** Whether the first replica is complete. Until then the server's screens show more. */
    this.ready = live.complete;
    this.last_opened = last_opened;
    /** How many entries went with a store that the browser threw away, until the user has read it. */
    this.lost = lost;
    /** Whether it was not looked yet if this one took the place of such a store. */
    this.is_new = is_new;
  }

  /** The store as it will be once these entries are written. Does not wait for that: it reads memory and the object store of the
   * replica, and entries are written to others. @param {Entry[]} saving */
  async after(saving) {
    const outbox = [...this.outbox, ...saving.filter(({ id }) => !this.outbox.some((entry) => entry.id === id))];
    const overlay = await this.db.read(["replica"], (tx) => laid_over(this.db, tx, this.memory, this.found.sent, outbox));
    return new Store(this.db, { ...this.found, outbox, overlay });
  }

  /** @returns {Promise<Row>} */
  async me() {
    if (!this.overlay.me) throw new Error("no user yet");
    return this.overlay.me;
  }

  /** @returns {Promise<Row[]>} */
  async people() {
    return this.memory.workspace.people ?? [];
  }

  /** @returns {Promise<Row[]>} */
  async products() {
    return this.memory.workspace.products ?? [];
  }

  /** What stands above a quote; none until an admin has written it. @returns {Promise<Row | null>} */
  async letterhead() {
    return this.memory.workspace.letterheads?.[0] ?? null;
  }

  /** The company's documents, in no order. @returns {Promise<Row[]>} */
  async library() {
    return this.memory.workspace.library ?? [];
  }

  /** In the order of lists. @returns {Promise<Row[]>} */
  async pipelines() {
    const known = this.memory.workspace.pipelines ?? [];
    return [...known].sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));
  }

  /** In the order they were defined, retired ones too. @returns {Promise<Row[]>} */
  async custom_fields() {
    return [...(this.memory.workspace.custom_fields ?? [])].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Of all customers, in no order: for Today, which sorts the few it shows and should not wait for sorting the rest.
   * @returns {Promise<Summary[]>} */
  async summaries() {
    const { customers } = this.overlay;
    const kept = /** @type {Summary[]} */ (this.memory.summaries.filter((summary) => summary !== null && !customers.has(summary.id)));
    return [...kept, ...this.#laid_summaries()];
  }

  /** In the order of lists. @param {Accept} [accept] @returns {Promise<Summary[]>} */
  async customers(accept = () => true) {
    const laid = this.#laid_summaries();
    const kept = this.memory.search.ids().filter((id) => !this.overlay.customers.has(id)).map((id) => this.memory.summary(id));
    const shown = /** @type {Summary[]} */ (kept);
    return merged(shown, laid).filter(accept);
  }

  /** @param {string} id @returns {Promise<Held | null>} */
  async customer(id) {
    const draft = this.overlay.customers.get(id)?.draft ?? (await this.#read(id));
    return draft.customer ? /** @type {Held} */ ({ ...draft }) : null;
  }

  /** The hashes of photos and voice notes that this phone holds itself. @returns {Promise<Set<string>>} */
  async files() {
    return new Set(await this.db.read(["blobs"], (tx) => tx.objectStore("blobs").getAllKeys()));
  }

  /** Open follow-ups, planned visits, recent visits and opportunities of all customers on the phone. @returns {Promise<Agenda>} */
  async agenda() {
    /** @type {Agenda} */
    const all = { follow_ups: [], planned: [], recent: [], opportunities: [] };
    for (const [id, agenda] of this.memory.agendas) if (!this.overlay.customers.has(id) && this.memory.summary(id)) append(all, agenda);
    for (const { agenda } of this.overlay.customers.values()) append(all, agenda);
    return all;
  }

  /** Customers whose line begins with the query come first, then those that have its words anywhere; each in the order of lists.
   * @param {string} query @param {number} limit @param {Accept} [accept] @returns {Promise<Summary[]>} */
  async search(query, limit, accept = () => true) {
    const asked = question(query);
    if (!asked) return (await this.customers(accept)).slice(0, limit);
    const found = this.memory.search.find(query, limit, (id) => {
      const summary = this.overlay.customers.has(id) ? null : this.memory.summary(id);
      return summary !== null && accept(summary);
    });
    const laid = this.#laid_summaries().filter((summary) => matches(asked, search_line(summary).line) && accept(summary));
    /** @param {boolean} first */
    const part = (first) => merged(
      found.filter((hit) => hit.first === first).map(({ line }) => /** @type {Summary} */ (this.memory.summary(line.id))),
      laid.filter((summary) => search_line(summary).line.startsWith(asked.whole) === first),
    );
    return [...part(true), ...part(false)].slice(0, limit);
  }

  /** The id of the customer whose row this is. Quick for rows on the agenda, as nearly all are that buttons are about.
   * @param {string} id @returns {Promise<string | null>} */
  async holder(id) {
    for (const [customer_id, { draft }] of this.overlay.customers) {
      const { customer: _, ...bundle } = draft;
      if (Object.values(bundle).some((rows) => rows.some((/** @type {Row} */ row) => row.id === id))) return customer_id;
    }
    const quick = owners_on_agenda(this.memory).get(id);
    return quick ?? this.db.read(["replica"], (tx) => customer_of_row(tx, this.memory, id));
  }

  /** @param {string} id @returns {Promise<Draft>} */
  async #read(id) {
    if (!this.memory.positions.has(id)) return { customer: null, ...NOTHING };
    await this.db.read(["replica"], (tx) => load(tx, this.memory, { bundles: [id], customers: [id] }));
    const bundle = this.memory.bundle(id);
    return { ...NOTHING, ...bundle, customer: this.memory.customer(id) };
  }

  #laid_summaries() {
    const laid = [...this.overlay.customers.values()].map(({ summary }) => summary).filter((summary) => summary !== null);
    return laid.sort((one, other) => by_place(place(one), place(other)));
  }
}

/** Remembers the customer opened last: a new visit is for that one, unless something else says for whom. @param {LocalDatabase} db @param {string} customer_id */
export async function remember_opened(db, customer_id) {
  const opened = { customer_id, at: new Date(db.ports.clock()).toISOString() };
  await db.transaction(["meta"], "readwrite", (tx) => tx.objectStore("meta").put(opened, "last_opened"));
}

/** @param {Agenda} all @param {Agenda} agenda */
function append(all, { follow_ups, planned, recent, opportunities = [] }) {
  all.opportunities.push(...opportunities);
  all.follow_ups.push(...follow_ups);
  all.planned.push(...planned);
  all.recent.push(...recent);
}

/** @param {Summary} summary */
function place({ sort_key, id }) {
  return { sort_key: sort_key ?? "", id };
}

/** Merges two lists, each in the order of lists. @param {Summary[]} kept @param {Summary[]} laid */
function merged(kept, laid) {
  /** @type {Summary[]} */
  const all = [];
  let next = 0;
  for (const summary of kept) {
    while (next < laid.length && by_place(place(laid[next]), place(summary)) < 0) all.push(laid[next++]);
    all.push(summary);
  }
  return [...all, ...laid.slice(next)];
}
