/** Likely duplicates, shown while a customer is being added. Twin of server/views/likely.py. */
import { keys_of } from "../../sync/likeness.js";
import * as words from "../words.js";
import { joined } from "./reader.js";

/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/likeness.js").Told & {customer_id?: string}} Typed */

const MOST_LIKELY = 5;
/** @type {WeakMap<Row, (string | null)[]>} */
const known_keys = new WeakMap();

/** Duplicates among the customers on this phone. @param {Store} store @param {Typed} typed as in the form, and the id it is going to have */
export async function likely(store, typed) {
  const keys = keys_of(typed);
  if (!keys.some(Boolean)) return [];
  const others = (await store.customers()).filter(({ id }) => id !== typed.customer_id);
  const found = others.filter((row) => keys_of_row(row).some((key, at) => key && key === keys[at]));
  return found.slice(0, MOST_LIKELY).map((row) => ({
    href: `/customers/${row.id}`, name: row.name, initial: words.initial(row.name), detail: joined(row.phone, row.region),
  }));
}

/** Cached: each letter typed compares with all customers. @param {Row} row */
function keys_of_row(row) {
  const keys = known_keys.get(row) ?? keys_of(/** @type {import("../../sync/likeness.js").Told} */ (row));
  known_keys.set(row, keys);
  return keys;
}

/** The users who ask to share this customer, for readers who may share it.
 * @param {Row} row @param {Row[]} people @param {boolean} may_share */
export function asks({ id, asked_by }, people, may_share) {
  const here = people.filter((person) => may_share && asked_by?.includes(person.id) && !person.deactivated_at);
  return here.map((person) => ({ id: person.id, name: person.name, decline_href: `/customers/${id}/asks/decline` }));
}
