/**
 * What views ask of the phone's store (sync/store.js): rows of the replica with the outbox laid over it.
 *
 * @typedef {import("../../sync/replica_rows.js").Row} Row
 * @typedef {import("../../sync/replica_rows.js").Summary} Summary
 * @typedef {import("../../sync/replica_rows.js").Agenda} Agenda
 * @typedef {{customer: Row, contacts: Row[], visits: Row[], follow_ups: Row[], opportunities: Row[], attachments: Row[],
 *   quotes: Row[], orders: Row[], contracts: Row[], tasks: Row[]}} Held a customer and
 *   all that hangs off it
 */

/**
 * @typedef {object} Store
 * @property {import("../../sync/outbox.js").Entry[]} outbox every entry, in the order they were saved
 * @property {boolean} ready whether the first copy of the user's customers is complete
 * @property {number} lost how many entries the browser threw away, until the user has read it
 * @property {boolean} is_new whether no page has told the worker yet how many entries it remembered as unsent
 * @property {(saving: import("../../sync/outbox.js").Entry[]) => Promise<Store>} after the store as it will be once these entries are saved
 * @property {() => Promise<Row>} me
 * @property {() => Promise<Row[]>} people
 * @property {() => Promise<Row[]>} products
 * @property {() => Promise<Row | null>} letterhead
 * @property {() => Promise<Row[]>} library
 * @property {() => Promise<Row[]>} pipelines in the order of lists
 * @property {() => Promise<Row[]>} custom_fields
 * @property {() => Promise<Summary[]>} customers in the order of lists
 * @property {() => Promise<Summary[]>} summaries the same, unsorted and without waiting
 * @property {(id: string) => Promise<Held | null>} customer
 * @property {(row_id: string) => Promise<string | null>} holder whose row this is: the id of a customer
 * @property {{customer_id: string} | null} last_opened
 * @property {() => Promise<Agenda>} agenda
 * @property {() => Promise<Set<string>>} files hashes of photos and voice notes that are here
 * @property {(q: string, limit: number, accept?: (customer: Summary) => boolean) => Promise<Summary[]>} search
 */

export {};
