/**
 * Reading the replica: what the server last told this phone, in records of many rows. Always disposable.
 *
 * What has been read stays in memory for as long as the worker lives, marked with the replica's version: if another tab has
 * written meanwhile, the next look notices it by one small read.
 */

import { replica } from "../build/generated/replica.js";
import { keys_within } from "./local_database.js";
import { PER_RECORD, agenda_of, bundle_of, record_key, record_prefix, summaries_of, summary_of } from "./replica_rows.js";
import { SearchIndex, line_of } from "./search.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./replica_rows.js").Bundle} Bundle */
/** @typedef {import("./replica_rows.js").Summary} Summary */
/** @typedef {import("./replica_rows.js").Agenda} Agenda */
/**
 * @typedef {object} Generation one whole copy: the one shown, or one being built to take its place
 * @property {number} generation
 * @property {number} [shape] of the version of the app that began it: what it reads and keeps of rows (docs/decisions/0034)
 * @property {string | null} cursor null: nothing pulled yet
 * @property {number | null} sequence_mark the journal's next mark when the first page of a pull was asked for; null between pulls
 * @property {number} covered_mark everything acknowledged before this mark is in the rows
 * @property {number} max_rev the highest revision seen by the end of the last pull that was finished: a row in the midst of one may
 *   be newer than what the phone hears later, such as that a customer was given away
 * @property {number} [next_rev] the highest one seen, which `max_rev` is to be
 * @property {boolean} complete
 * @property {boolean} fresh it began without a cursor and has not been completed since: it cannot have drifted yet
 * @property {number} version a new one after each writing, by which memory knows that it is out of date. A random number: a
 *   counter would begin again in a store that the browser has emptied
 * @property {import("./sums.js").Sums} sums
 */
/** @typedef {{next_generation: number, live: Generation, shadow: Generation | null}} ReplicaState */

const BUNDLES_IN_MEMORY = 400;
/** @type {WeakMap<LocalDatabase, Memory>} */
const memories = new WeakMap();

/** One generation's records as far as they were needed. */
export class Memory {
  /** @type {(Summary | null)[]} by position */
  summaries = [];
  /** @type {(string | null)[]} by position; null: its customer is gone */
  ids = [];
  /** @type {Map<string, number>} */
  positions = new Map();
  /** @type {Map<string, Agenda>} only customers that have something on it */
  agendas = new Map();
  /** @type {Bundle} */
  workspace = {};
  /** @type {Map<number, (Row | null)[]>} */
  customers = new Map();
  /** @type {Map<number, Bundle>} */
  bundles = new Map();
  /** @type {SearchIndex | null} */
  #search = null;
  /** @type {Map<string, string> | null} */
  #merged = null;

  /** @param {Pick<Generation, "generation" | "version">} of */
  constructor({ generation, version }) {
    this.generation = generation;
    this.version = version;
  }

  /** Built at the first list or search, then kept up to date. */
  get search() {
    this.#search ??= new SearchIndex(this.summaries.filter((summary) => summary !== null).map(search_line));
    return this.#search;
  }

  /** Customers that were merged into another one: the other's id by theirs. */
  get merged() {
    return (this.#merged ??= new Map(this.summaries.flatMap((summary) => summary?.merged_ids?.map((/** @type {string} */ id) => [id, summary.id]) ?? [])));
  }

  /** @param {string} id */
  summary(id) {
    const position = this.positions.get(id);
    return position === undefined ? null : (this.summaries[position] ?? null);
  }

  /** @param {string} id */
  customer(id) {
    const position = this.positions.get(id);
    if (position === undefined) return null;
    const record = this.customers.get(Math.floor(position / PER_RECORD.customers));
    return record?.[position % PER_RECORD.customers] ?? null;
  }

  /** @param {string} id @returns {Bundle} */
  bundle(id) {
    const position = this.positions.get(id);
    return position === undefined ? {} : bundle_of(this.bundles.get(Math.floor(position / PER_RECORD.bundles)), id);
  }

  /** Derives summary and agenda anew of a customer whose rows have changed. @param {string} id @param {string} user_id @param {number} now */
  refresh(id, user_id, now) {
    const position = /** @type {number} */ (this.positions.get(id));
    const row = this.customer(id);
    this.#set_summary(id, position, row && summary_of(row));
    this.#set_agenda(id, agenda_of(this.bundle(id), user_id, now));
  }

  /** Gives a position to a customer that has none. @param {string} id */
  place(id) {
    this.positions.set(id, this.ids.push(id) - 1);
    this.summaries.push(null);
  }

  /** @param {string} id */
  forget(id) {
    const position = this.positions.get(id);
    if (position === undefined) return;
    this.ids[position] = null;
    this.#set_summary(id, position, null);
    this.positions.delete(id);
    this.agendas.delete(id);
  }

  /** @param {string} id @param {number} position @param {Summary | null} summary null: it is gone */
  #set_summary(id, position, summary) {
    this.summaries[position] = summary;
    this.#merged = null;
    if (summary) this.#search?.put(search_line(summary));
    else this.#search?.remove(id);
  }

  /** @param {string} id @param {Agenda} agenda */
  #set_agenda(id, agenda) {
    if (Object.values(agenda).some((rows) => rows.length)) this.agendas.set(id, agenda);
    else this.agendas.delete(id);
  }

  /** The oldest read go first. A phone has little memory, and one record is soon read again. */
  trim() {
    for (const number of this.bundles.keys()) {
      if (this.bundles.size <= BUNDLES_IN_MEMORY) return;
      this.bundles.delete(number);
    }
  }
}

/** @param {Summary} summary */
export function search_line(summary) {
  return { id: summary.id, sort_key: summary.sort_key ?? "", line: line_of(summary) };
}

/** @param {Transaction} tx @returns {Promise<ReplicaState>} */
export async function replica_state(tx) {
  return (await tx.objectStore("meta").get("replica")) ?? { next_generation: 2, live: new_generation(1), shadow: null };
}

/** @param {number} generation @returns {Generation} */
export function new_generation(generation) {
  return {
    generation, shape: replica.shape, cursor: null, sequence_mark: null, covered_mark: 0, max_rev: 0, complete: false, fresh: true, version: 0, sums: {},
  };
}

/** @type {WeakMap<LocalDatabase, Memory>} */
const shadows = new WeakMap();

/** A generation's memory, read anew if another tab has changed the records. @param {LocalDatabase} db @param {Transaction} tx
 * @param {Generation} of @param {boolean} live @returns {Promise<Memory>} */
export async function memory_of(db, tx, of, live) {
  const known = (live ? memories : shadows).get(db);
  if (known?.version === of.version && known.generation === of.generation) return known;
  const memory = await read_memory(tx, of);
  remember(db, memory, live);
  return memory;
}

/** @param {LocalDatabase} db @param {Memory} memory @param {boolean} live */
export function remember(db, memory, live) {
  (live ? memories : shadows).set(db, memory);
  if (live && shadows.get(db) === memory) shadows.delete(db);
}

/** After a failed writing, when memory may differ from the records. @param {LocalDatabase} db */
export function forget(db) {
  memories.delete(db);
  shadows.delete(db);
}

/** @param {Transaction} tx @param {Generation} of */
async function read_memory(tx, of) {
  const replica = tx.objectStore("replica");
  const memory = new Memory(of);
  const [directory, agenda, workspace] = await Promise.all([
    replica.getAll(keys_within(record_prefix(of.generation, "directory"))),
    replica.getAll(keys_within(record_prefix(of.generation, "agenda"))),
    replica.get(record_key(of.generation, "workspace")),
  ]);
  memory.ids = directory.flatMap((record) => record.ids);
  memory.summaries = directory.flatMap((record) => summaries_of(record.columns));
  memory.ids.forEach((id, position) => id !== null && memory.positions.set(id, position));
  memory.agendas = new Map(agenda.flat());
  memory.workspace = workspace ?? {};
  return memory;
}

/**
 * Brings whole rows into memory: the records of these customers.
 * @param {Transaction} tx @param {Memory} memory
 * @param {{bundles?: Iterable<string>, customers?: Iterable<string>}} wanted ids of customers
 */
export async function load(tx, memory, { bundles = [], customers = [] }) {
  await Promise.all([load_records(tx, memory, "bundles", bundles), load_records(tx, memory, "customers", customers)]);
}

/** @param {Transaction} tx @param {Memory} memory @param {"bundles" | "customers"} kind @param {Iterable<string>} ids */
async function load_records(tx, memory, kind, ids) {
  const numbers = new Set();
  for (const id of ids) {
    const position = memory.positions.get(id);
    if (position !== undefined) numbers.add(Math.floor(position / PER_RECORD[kind]));
  }
  await Promise.all([...numbers].filter((number) => !memory[kind].has(number)).map(async (number) => {
    const record = await tx.objectStore("replica").get(record_key(memory.generation, kind, number));
    if (!memory[kind].has(number)) memory[kind].set(number, record ?? (kind === "bundles" ? {} : []));
  }));
}

/** Brings the bundles of all customers into memory, at once. @param {Transaction} tx @param {Memory} memory */
async function load_all_bundles(tx, { generation, bundles }) {
  const range = keys_within(record_prefix(generation, "bundles"));
  const replica = tx.objectStore("replica");
  const [keys, records] = await Promise.all([replica.getAllKeys(range), replica.getAll(range)]);
  keys.forEach((key, at) => {
    const number = Number(String(key).slice(-6));
    if (!bundles.has(number)) bundles.set(number, records[at]);
  });
}

/** The customer of a row, where a change or a removal names only the row. Looks among the bundles in memory first, then among all.
 * @param {Transaction} tx @param {Memory} memory @param {string} id */
export async function customer_of_row(tx, memory, id) {
  return in_bundles(memory, id) ?? (await load_all_bundles(tx, memory), in_bundles(memory, id));
}

/** The customers of the rows on the agenda, by the rows' ids: nearly all that is completed or taken back is among them. @param {Memory} memory */
export function owners_on_agenda(memory) {
  /** @type {Map<string, string>} */
  const owners = new Map();
  for (const [customer_id, agenda] of memory.agendas) {
    for (const rows of Object.values(agenda)) for (const row of rows) owners.set(row.id, customer_id);
  }
  return owners;
}

/** @param {Memory} memory @param {string} id @returns {string | null} */
function in_bundles(memory, id) {
  for (const record of memory.bundles.values()) {
    for (const rows of Object.values(record)) {
      const found = rows.find((row) => row.id === id);
      if (found) return found.customer_id;
    }
  }
  return null;
}
