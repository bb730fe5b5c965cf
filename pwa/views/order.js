/** Sorting as the server's databases do it: code point by code point, the first difference decides. */
import { by_code_point } from "../../sync/fold.js";

/** @typedef {(string | number)[]} Key */

/** @template T @param {readonly T[]} rows @param {(row: T) => Key} key_of @returns {T[]} */
export function sorted_by(rows, key_of) {
  return rows.map((row) => ({ row, key: key_of(row) })).sort((one, other) => compare(one.key, other.key)).map(({ row }) => row);
}

/** @template {{id: string}} T @param {readonly T[]} rows */
export function by_id(rows) {
  return sorted_by(rows, (row) => [row.id]);
}

/** Sorts planned visits by time; those without one come last on their day. @param {import("../../sync/replica_rows.js").Row} visit */
export function plan_key({ planned_on, planned_time, id }) {
  return [planned_on, planned_time || "~", id];
}

/** @param {Key} one @param {Key} other */
function compare(one, other) {
  for (let at = 0; at < one.length; at += 1) {
    const [left, right] = [one[at], other[at]];
    const order = typeof left === "number" ? left - Number(right) : by_code_point(left, String(right));
    if (order !== 0) return order;
  }
  return 0;
}
