/** A phone for tests: the real code of sync/ on an IndexedDB in memory, a clock that stands still, chance that repeats. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { open_local_database } from "../../sync/local_database.js";

export const ALICE = "01930000-0000-7000-8000-00000000a11c";
export const BOB = "01930000-0000-7000-8000-000000000b0b";
export const NOON = Date.parse("2026-11-23T12:00:00.000Z");

/** @param {Partial<import("../../sync/ports.js").Ports>} [own] */
export function ports(own = {}) {
  let seed = 1;
  const next = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  return {
    indexed_db: new IDBFactory(),
    fetch: async () => { throw new TypeError("no network in this test"); },
    locks: null,
    clock: () => NOON,
    random: next,
    random_bytes: (bytes) => bytes.map(() => Math.floor(next() * 256)),
    set_timer: () => 0,
    clear_timer: () => undefined,
    online: () => true,
    csrf_token: () => "token",
    ...own,
  };
}

export function phone(own = {}) {
  return open_local_database(own.user_id ?? ALICE, ports(own));
}

/** The same phone after the app was killed: nothing in memory, everything on the disk. */
export function killed(db) {
  return open_local_database(db.user_id, db.ports);
}

/** No room left, as browsers say it: the request is taken, and the transaction ends with the error. @param {Function} request */
export function full_later(request) {
  return function full(/** @type {any[]} */ ...asked) {
    const answer = request.apply(this, asked);
    this.transaction._abort("QuotaExceededError");
    return answer;
  };
}

/** An id that says what it stands for: `id("c", 7)`. */
export function id(kind, number) {
  const letter = kind.charCodeAt(0).toString(16).padStart(4, "0");
  return `01930000-0000-7000-${letter}-${String(number).padStart(12, "0")}`;
}

export function customer(number, fields = {}) {
  const name = fields.name ?? `Customer ${String(number).padStart(5, "0")}`;
  return {
    id: id("c", number), name, phone: null, address: null, region: null, customer_type: null, lifecycle: "active", cadence_days: 30,
    price_sensitivity: null, preferred_product_ids: null, preferred_products: null, preferred_times: null, comparisons: {}, latitude: null, longitude: null, owner_id: ALICE, territory_id: null, sort_key: name.toLowerCase(),
    search_text: name.toLowerCase(), last_touch_at: null, created_at: "2026-01-01T08:00:00.000Z", deleted_at: null, tags: [], shared_with: [],
    asked_by: [], custom: {},
    ...fields,
  };
}

export function visit(number, customer_number, fields = {}) {
  return {
    id: id("v", number), customer_id: id("c", customer_number), author_id: ALICE, kind: "visit", planned_on: null, planned_time: null,
    started_at: "2026-11-20T08:00:00.000Z", ended_at: null, outcome: "interested", note: "Wants the 40 mm", pain_point: null, contact_ids: [],
    product_ids: [], competitors: [], latitude: null, longitude: null, accuracy_m: null, corrects: null, corrected_by: null,
    created_at: "2026-11-20T08:00:00.000Z", withdrawn_at: null, ...fields,
  };
}

export function follow_up(number, customer_number, fields = {}) {
  return {
    id: id("f", number), customer_id: id("c", customer_number), visit_id: null, owner_id: ALICE, due_on: "2026-11-24", note: null,
    created_at: "2026-11-20T08:00:00.000Z", completed_at: null, withdrawn_at: null, ...fields,
  };
}

export const ME = { id: ALICE, name: "Alice", email: "alice@example.test", role: "rep", locale: "en", time_zone: null, weekly_visits: 20, territory_id: null };

let rev = 0;
export function put(collection, row, at = (rev += 1)) {
  return { op: "put", collection, id: row.id, rev: at, row };
}

export function remove(collection, row_id, reason = "deleted", at = (rev += 1)) {
  return { op: "remove", collection, id: row_id, rev: at, reason };
}

let pages = 0;
export function page(ops, more = false, sums = null) {
  return { cursor: `cursor-${(pages += 1)}`, more, ops, sums };
}
