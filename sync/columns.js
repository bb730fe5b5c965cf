/** Makes operations of a page that came in columns. Twin of ColumnsPage in sync/page.py. */

/** @typedef {import("./replica_ops.js").Op} Op */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {any[] | {all: any}} Column one value a row, or one for all of them */
/** @typedef {Record<string, Column> & {count: any}} Columns */
/** @typedef {(at: number) => any} Values the value in the row with this number */

/** @param {Record<string, Columns>} told @returns {Op[]} a customer before what hangs off it */
export function ops_of_columns(told) {
  const customers = told.customers ? ids_of(told.customers) : [];
  return Object.entries(told).flatMap(([collection, columns]) => ops_of(collection, columns, customers));
}

/** @param {string} collection @param {Columns} columns @param {string[]} customers @returns {Op[]} */
function ops_of(collection, columns, customers) {
  const { count: _count, rev, id: _id, id_at: _id_at, ...others } = columns;
  const read = Object.keys(others).map((name) => /** @type {const} */ ([name, read_as(name, columns, customers)]));
  const revs = values(rev);
  return ids_of(columns).map((id, at) => {
    /** @type {Row} */
    const row = { id };
    for (const [name, value] of read) row[name] = value(at);
    return { op: "put", collection, id, rev: revs(at), row };
  });
}

/** @param {string} name @param {Columns} columns @param {string[]} customers @returns {Values} */
function read_as(name, columns, customers) {
  const value = values(columns[name]);
  if (name === "customer_id") return (at) => customers[value(at)] ?? value(at);
  if (name === "created_at") return (at) => new Date(value(at)).toISOString();
  const made_at = made_of(columns);
  const moment = (/** @type {number} */ at) => (value(at) === null ? null : new Date(made_at(at) + value(at)).toISOString());
  return name.endsWith("_at") ? moment : value;
}

/** A UUIDv7 comes as its moment and the rest, other ids come whole. @param {Columns} columns @returns {string[]} */
function ids_of(columns) {
  const [made_at, moment, rest] = [made_of(columns), values(columns.id_at), values(columns.id)];
  return Array.from({ length: columns.count }, (_, at) => {
    if (moment(at) === null) return rest(at);
    const [begin, end] = [(made_at(at) + moment(at)).toString(16).padStart(12, "0"), rest(at)];
    return `${begin.slice(0, 8)}-${begin.slice(8)}-7${end.slice(0, 3)}-${end.slice(3, 7)}-${end.slice(7)}`;
  });
}

/** When each row was made, in milliseconds since 1970; 0 in collections that do not say. @param {Columns} columns @returns {Values} */
function made_of({ created_at }) {
  return created_at ? values(created_at) : () => 0;
}

/** @param {Column} column @returns {Values} */
function values(column) {
  return Array.isArray(column) ? (at) => column[at] : () => column.all;
}

/** @param {any} columns */
export function is_columns(columns) {
  const { count, id, id_at, rev } = columns ?? {};
  if (!Number.isSafeInteger(count) || !id || !id_at || !rev) return false;
  return Object.entries(columns).every(([name, column]) => name === "count" || (Array.isArray(column) ? column.length === count : "all" in Object(column)));
}
