/** The customers that entries touch, as copies that the twins of the verbs may change. */

/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {{customer: Row | null, contacts: Row[], visits: Row[], follow_ups: Row[], opportunities: Row[], attachments: Row[], quotes: Row[], orders: Row[], contracts: Row[], tasks: Row[]}} Draft */
/** @typedef {"contacts" | "visits" | "follow_ups" | "opportunities" | "attachments" | "quotes" | "orders" | "contracts" | "tasks"} Collection */

const COLLECTIONS = /** @type {Collection[]} */ (["contacts", "visits", "follow_ups", "opportunities", "attachments", "quotes", "orders", "contracts", "tasks"]);

export class World {
  /** @type {Map<string, Draft>} */
  drafts = new Map();
  /** Whether the entry being laid over still waits for its receipt; else it has one, and was only not pulled yet. */
  waiting = false;

  /** @param {Row} me @param {string} now @param {Row[]} products @param {Map<string, Row>} taken_off attachments, for Undo */
  constructor(me, now, products, taken_off) {
    this.me = me;
    this.now = now;
    this.products = products;
    this.taken_off = new Map(taken_off);
  }

  /** Adds a copy: what is given does not change. @param {string} customer_id @param {Partial<Draft> & {customer: Row | null}} held */
  add(customer_id, held) {
    const copies = COLLECTIONS.map((collection) => [collection, [...(held[collection] ?? [])]]);
    this.drafts.set(customer_id, { customer: held.customer, ...Object.fromEntries(copies) });
  }

  /** @param {string} customer_id */
  customer(customer_id) {
    return this.drafts.get(customer_id)?.customer ?? null;
  }

  /** @param {Row} customer */
  put_customer(customer) {
    const draft = this.drafts.get(customer.id);
    if (draft) draft.customer = this.#marked(customer);
  }

  /** Changes what follows from other rows, such as the last visit. This does not mark the customer as waiting.
   * @param {string} customer_id @param {Record<string, any>} values */
  derive(customer_id, values) {
    const draft = this.drafts.get(customer_id);
    if (draft?.customer) draft.customer = { ...draft.customer, ...values };
  }

  /** @param {Collection} collection @param {string | null | undefined} id */
  find(collection, id) {
    for (const draft of this.drafts.values()) {
      const found = draft[collection].find((row) => row.id === id);
      if (found) return found;
    }
    return null;
  }

  /** @param {Collection} collection @param {(row: Row) => boolean} accept */
  all(collection, accept) {
    return [...this.drafts.values()].flatMap((draft) => draft[collection].filter(accept));
  }

  /** @param {Collection} collection @param {Row} row */
  put(collection, row) {
    this.drop(collection, row.id);
    this.drafts.get(row.customer_id)?.[collection].push(this.#marked(row));
  }

  /** @param {Collection} collection @param {Row | null} row @param {Record<string, any>} values */
  change(collection, row, values) {
    if (row) this.put(collection, { ...row, ...values });
  }

  /** @param {Collection} collection @param {string} id */
  drop(collection, id) {
    for (const draft of this.drafts.values()) {
      const at = draft[collection].findIndex((row) => row.id === id);
      if (at >= 0) draft[collection].splice(at, 1);
    }
  }

  /** @param {Row} row */
  #marked(row) {
    return this.waiting ? { ...row, waiting: true } : row;
  }
}
