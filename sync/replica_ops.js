/** What the operations of a page do to the rows in memory. Nothing here is asynchronous, so that nobody can read half a page. */

import { HANGING, PER_RECORD } from "./replica_rows.js";
import { count_row } from "./sums.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./replica.js").Memory} Memory */
/** @typedef {import("./replica.js").Generation} Generation */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./replica_rows.js").Bundle} Bundle */
/** @typedef {{op: "put" | "remove", collection: string, id: string, rev: number, row?: Row, reason?: string}} Op */
/** @typedef {{op: Op, owner: string | null}} Owned owner: the id of the row's customer, null for rows of no customer */
/** @typedef {{customers: Set<number>, bundles: Set<number>, positions: Set<number>, workspace: boolean}} Touched the records to write:
 *   numbers of records, and positions of customers, from which those of directory and agenda follow */
/** @typedef {{memory: Memory, target: Generation, touched: Touched, changed: Set<string>}} Applying */

/** @param {LocalDatabase} db @param {Memory} memory @param {Generation} target @param {Owned[]} owned @returns {Touched} */
export function apply_ops(db, memory, target, owned) {
  /** @type {Touched} */
  const touched = { customers: new Set(), bundles: new Set(), positions: new Set(), workspace: false };
  /** @type {Applying} */
  const applying = { memory, target, touched, changed: new Set() };
  for (const each of owned) {
    apply_op(applying, each);
    target.next_rev = Math.max(target.next_rev ?? target.max_rev, each.op.rev);
  }
  const now = db.ports.clock();
  for (const id of applying.changed) if (memory.positions.has(id)) memory.refresh(id, db.user_id, now);
  return touched;
}

/** @param {Applying} applying @param {Owned} owned */
function apply_op(applying, { op, owner }) {
  if (op.collection === "customers") return op.op === "put" ? put_customer(applying, op) : remove_customer(applying, op.id);
  if (owner === null) return change_workspace(applying, op);
  return change_bundle(applying, owner, op);
}

/** Notes that this customer changes. Returns its position, if it has one. @param {Applying} applying @param {string} id */
function touch(applying, id) {
  const position = applying.memory.positions.get(id);
  if (position === undefined) return undefined;
  applying.changed.add(id);
  applying.touched.positions.add(position);
  return position;
}

/** @param {Applying} applying @param {Op} op */
function put_customer(applying, op) {
  const position = /** @type {number} */ (touch(applying, op.id));
  const number = Math.floor(position / PER_RECORD.customers);
  const rows = /** @type {(Row | null)[]} */ (applying.memory.customers.get(number));
  const row = with_rev(op);
  count_row(applying.target.sums, "customers", rows[position % PER_RECORD.customers], -1);
  count_row(applying.target.sums, "customers", row, 1);
  while (rows.length < position % PER_RECORD.customers) rows.push(null);
  rows[position % PER_RECORD.customers] = row;
  applying.touched.customers.add(number);
}

/** A customer goes with its whole bundle. @param {Applying} applying @param {string} id */
function remove_customer(applying, id) {
  const position = touch(applying, id);
  if (position === undefined) return;
  const { memory, target, touched } = applying;
  const number = Math.floor(position / PER_RECORD.customers);
  const rows = /** @type {(Row | null)[]} */ (memory.customers.get(number));
  count_row(target.sums, "customers", rows[position % PER_RECORD.customers], -1);
  rows[position % PER_RECORD.customers] = null;
  touched.customers.add(number);
  const [record, bundle_number] = bundle_record(applying, position);
  for (const collection of Object.keys(record)) drop(applying, record, collection, (row) => row.customer_id === id);
  touched.bundles.add(bundle_number);
  memory.forget(id);
}

/** @param {Applying} applying @param {number} position @returns {[Bundle, number]} */
function bundle_record({ memory }, position) {
  const number = Math.floor(position / PER_RECORD.bundles);
  return [/** @type {Bundle} */ (memory.bundles.get(number)), number];
}

/** @param {Applying} applying @param {string} customer_id @param {Op} op */
function change_bundle(applying, customer_id, op) {
  const position = touch(applying, customer_id);
  if (position === undefined) return;
  const [record, number] = bundle_record(applying, position);
  change_list(applying, record, op);
  // What hung off a visit hangs off its correction once it is corrected, and off the visit again once that is taken back. That
  // may be at another customer, with which these rows come by themselves.
  if (!op.row || op.row.corrected_by) {
    for (const collection of HANGING) drop(applying, record, collection, (row) => row.visit_id === op.id);
  }
  applying.touched.bundles.add(number);
}

/** @param {Applying} applying @param {Op} op */
function change_workspace(applying, op) {
  change_list(applying, applying.memory.workspace, op);
  applying.touched.workspace = true;
}

/** @param {Applying} applying @param {Bundle} record @param {Op} op */
function change_list(applying, record, op) {
  if (op.op === "remove") return drop(applying, record, op.collection, (row) => row.id === op.id);
  const rows = (record[op.collection] ??= []);
  const at = rows.findIndex((row) => row.id === op.id);
  count_row(applying.target.sums, op.collection, rows[at], -1);
  rows[at < 0 ? rows.length : at] = with_rev(op);
  count_row(applying.target.sums, op.collection, op.row, 1);
}

/** @param {Applying} applying @param {Bundle} record @param {string} collection @param {(row: Row) => boolean} goes */
function drop({ target }, record, collection, goes) {
  const rows = record[collection] ?? [];
  for (const row of rows.filter(goes)) count_row(target.sums, collection, row, -1);
  record[collection] = rows.filter((row) => !goes(row));
}

/** Changes the row of the op itself, which nobody else holds. @param {Op} op @returns {Row} */
function with_rev({ row, rev }) {
  return Object.assign(/** @type {Row} */ (row), { rev });
}
