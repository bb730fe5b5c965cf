/** Writing the replica: a page of a pull, its rows and its cursor, in one transaction. */

import { keys_within } from "./local_database.js";
import { not_yet_covered, prune } from "./journal.js";
import { rows_named } from "./overlay.js";
import { apply_ops } from "./replica_ops.js";
import { PER_RECORD, columns_of, record_key, record_prefix } from "./replica_rows.js";
import { customer_of_row, forget, load, memory_of, new_generation, owners_on_agenda, remember, replica_state } from "./replica.js";
import { differing } from "./sums.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./local_database.js").StoreName} StoreName */
/** @typedef {import("./replica.js").Memory} Memory */
/** @typedef {import("./replica.js").Generation} Generation */
/** @typedef {import("./replica.js").ReplicaState} ReplicaState */
/** @typedef {import("./replica_ops.js").Op} Op */
/** @typedef {import("./replica_ops.js").Owned} Owned */
/** @typedef {import("./replica_ops.js").Touched} Touched */
/** @typedef {{cursor: string, more: boolean, ops: Op[], sums?: Record<string, string> | null}} Page */
/** @typedef {{generation: number, cursor: string | null, mark: number}} Asked what the replica was when the page was asked for; mark: the
 *   journal's next one */

/** @type {StoreName[]} */
const WRITING = ["replica", "meta", "journal", "outbox"];

/**
 * Applies a page, unless another tab has meanwhile gone on from the same place. With its last page, a copy that was built
 * beside the one shown takes that one's place.
 * @param {LocalDatabase} db @param {Asked} asked @param {Page} page
 * @returns {Promise<{applied: boolean, drifted: string[], fresh: boolean}>} drifted: collections whose sums differ
 */
export async function apply_page(db, asked, page) {
  try {
    return await db.transaction(WRITING, "readwrite", (tx) => apply_within(tx, db, asked, page));
  } catch (error) {
    forget(db);
    throw error;
  }
}

/** @param {Transaction} tx @param {LocalDatabase} db @param {Asked} asked @param {Page} page */
async function apply_within(tx, db, asked, page) {
  const state = await replica_state(tx);
  const target = state.shadow ?? state.live;
  const { fresh } = target;
  if (target.generation !== asked.generation || target.cursor !== asked.cursor) return { applied: false, drifted: [], fresh };
  const memory = await memory_of(db, tx, target, target === state.live);
  const owned = await owned_ops(tx, memory, page.ops);
  await load_touched(tx, memory, owned);
  const writes = write_records(tx, memory, apply_ops(db, memory, target, owned));
  target.cursor = page.cursor;
  target.sequence_mark ??= asked.mark;
  const finished = page.more ? null : finish(tx, db, state, target);
  memory.version = target.version = db.ports.random();
  memory.trim();
  remember(db, memory, state.live === target);
  await Promise.all([...writes, finished, tx.objectStore("meta").put(state, "replica")]);
  return { applied: true, fresh, drifted: page.more || !page.sums ? [] : differing(target.sums, page.sums) };
}

/** After the last page: all that was acknowledged before the first page was asked for is now in the rows. The state is
 * changed before the first await, so that the caller writes it.
 * @param {Transaction} tx @param {LocalDatabase} db @param {ReplicaState} state @param {Generation} target */
async function finish(tx, db, state, target) {
  target.covered_mark = target.sequence_mark ?? target.covered_mark;
  target.sequence_mark = null;
  target.max_rev = target.next_rev ?? target.max_rev;
  target.complete = true;
  target.fresh = false;
  const replaced = state.live.generation;
  Object.assign(state, { live: target, shadow: null });
  if (replaced !== target.generation) await tx.objectStore("replica").delete(keys_within(record_prefix(replaced)));
  const durable_rev = (await tx.objectStore("meta").get("sync"))?.durable_rev ?? 0;
  await prune(tx, { durable_rev, now: db.ports.clock(), covered_mark: target.covered_mark });
}

/**
 * Begins a new copy beside the one that is shown, so that the screen never empties; the first copy is shown as it grows.
 * @param {LocalDatabase} db
 */
export function restart_afresh(db) {
  return db.transaction(["replica", "meta"], "readwrite", restart_within);
}

/** @param {Transaction} tx */
export async function restart_within(tx) {
  const state = await replica_state(tx);
  const dropped = state.shadow ?? (state.live.complete ? null : state.live);
  if (dropped) await tx.objectStore("replica").delete(keys_within(record_prefix(dropped.generation)));
  const begun = new_generation(state.next_generation);
  state.next_generation += 1;
  if (state.live.complete) state.shadow = begun;
  else Object.assign(state, { live: begun, shadow: null });
  await tx.objectStore("meta").put(state, "replica");
}

/** Finds out whose row each op is about. @param {Transaction} tx @param {Memory} memory @param {Op[]} ops @returns {Promise<Owned[]>} */
async function owned_ops(tx, memory, ops) {
  /** @type {Map<string, string> | null} */
  let named = null;
  /** @type {Owned[]} */
  const owned = [];
  for (const op of ops) {
    let owner = stated_owner(memory, op);
    if (owner === undefined) {
      named ??= new Map([...rows_named(await not_yet_covered(tx, 0)), ...owners_on_agenda(memory)]);
      // Mostly the row is in that customer's bundle; not if the customer was merged into another one, or if a correction took the
      // row's visit to another one.
      await load(tx, memory, { bundles: [named.get(op.id) ?? ""] });
      owner = await customer_of_row(tx, memory, op.id);
    }
    owned.push({ op, owner });
  }
  return owned;
}

/** The customer that the op names; null: the row is of no customer, as products are; undefined: the op does not say.
 * @param {Memory} memory @param {Op} op */
function stated_owner(memory, { op, collection, id, row }) {
  if (collection === "customers") return id;
  if (op === "put") return /** @type {string | null} */ (row?.customer_id ?? null);
  return memory.workspace[collection]?.some((known) => known.id === id) ? null : undefined;
}

/** @param {Transaction} tx @param {Memory} memory @param {Owned[]} owned */
async function load_touched(tx, memory, owned) {
  const wanted = owned.map(({ owner }) => String(owner));
  const met_before = memory.ids.length;
  for (const { op, owner } of owned) if (op.op === "put" && owner && !memory.positions.has(owner)) memory.place(owner);
  // Records beyond the last position do not exist yet, so they are not read: a first import would read hundreds in vain.
  for (const kind of /** @type {const} */ (["bundles", "customers"])) {
    const first_new = Math.ceil(met_before / PER_RECORD[kind]);
    const end = Math.ceil(memory.ids.length / PER_RECORD[kind]);
    for (let number = first_new; number < end; number += 1) memory[kind].set(number, /** @type {any} */ (kind === "bundles" ? {} : []));
  }
  await load(tx, memory, { bundles: wanted, customers: wanted });
}

/** @param {Transaction} tx @param {Memory} memory @param {Touched} touched @returns {Promise<unknown>[]} */
function write_records(tx, memory, { customers, bundles, positions, workspace }) {
  const replica = tx.objectStore("replica");
  const parts = new Set([...positions].map((position) => Math.floor(position / PER_RECORD.directory)));
  /** @param {string} kind @param {any} value @param {number} [number] */
  const put = (kind, value, number) => replica.put(value, record_key(memory.generation, kind, number));
  return [
    ...[...customers].map((number) => put("customers", memory.customers.get(number), number)),
    ...[...bundles].map((number) => put("bundles", memory.bundles.get(number), number)),
    ...[...parts].flatMap((number) => [put("directory", directory_record(memory, number), number), put("agenda", agenda_record(memory, number), number)]),
    ...(workspace ? [put("workspace", memory.workspace)] : []),
  ];
}

/** @param {Memory} memory @param {number} number */
function directory_record(memory, number) {
  const [from, until] = [number * PER_RECORD.directory, (number + 1) * PER_RECORD.directory];
  return { ids: memory.ids.slice(from, until), columns: columns_of(memory.summaries.slice(from, until)) };
}

/** @param {Memory} memory @param {number} number */
function agenda_record(memory, number) {
  const ids = memory.ids.slice(number * PER_RECORD.agenda, (number + 1) * PER_RECORD.agenda);
  return ids.flatMap((id) => (id !== null && memory.agendas.has(id) ? [[id, memory.agendas.get(id)]] : []));
}
