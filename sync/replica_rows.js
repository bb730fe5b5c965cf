/**
 * How the replica's rows lie in records. Every customer has a position, given once. From it follow its records:
 *
 *   directory/k   250 customers: who has which position, and what lists, search and Today need of each
 *   agenda/k      the same 250: open follow-ups, planned visits, my recent visits, opportunities
 *   customers/n   100 customers, whole rows
 *   bundles/m     10 customers: their contacts, visits, follow-ups, opportunities, attachments, quotes, orders, contracts, tasks, some 100 rows
 *   workspace     me, people, products, pipelines, custom fields, letterhead, library
 *
 * Few big records are what makes a phone fast: with a record for each row an import takes 25 times as long, and with a cursor
 * longer still. Directory and agenda are derived from the rows, so that Today opens without reading 25,000 visits.
 */

/** @typedef {Record<string, any> & {id: string, rev?: number, waiting?: boolean}} Row */
/** @typedef {Record<string, Row[]>} Bundle rows by collection, of ten customers or of one */
/** @typedef {Pick<Row, "id"> & Record<string, any>} Summary the SUMMARY_FIELDS of a customer, and `waiting` if laid over */
/** @typedef {{id: string, customer_id: string, author_id: string, kind?: string, started_at: string, competitors: string[]}} RecentVisit */
/** @typedef {{follow_ups: Row[], planned: Row[], recent: RecentVisit[], opportunities: Row[]}} Agenda */

const SUMMARY_FIELDS = [
  "id", "name", "sort_key", "search_text", "phone", "address", "region", "customer_type", "lifecycle", "owner_id", "territory_id",
  "cadence_days", "latitude", "longitude", "last_touch_at", "created_at",
  "merged_ids",
];
export const PER_RECORD = { directory: 250, agenda: 250, customers: 100, bundles: 10 };
/** Collections of rows that hang off a visit, and go over to its correction. */
export const HANGING = /** @type {const} */ (["follow_ups", "attachments"]);
/** How long ago recent visits are: longer than the week that views count. */
const RECENT_MS = 15 * 86_400_000;

/** @param {Row} customer @returns {Summary} */
export function summary_of(customer) {
  /** @type {Summary} */
  const summary = { id: customer.id };
  for (const field of SUMMARY_FIELDS) summary[field] = customer[field] ?? null;
  if (!customer.merged_ids?.length) summary.merged_ids = null; // nearly always, and then nothing is kept
  if (customer.waiting) summary.waiting = true;
  return summary;
}

/** @param {Bundle} bundle of one customer @param {string} user_id @param {number} now @returns {Agenda} */
export function agenda_of(bundle, user_id, now) {
  const since = new Date(now - RECENT_MS).toISOString();
  const visits = (bundle.visits ?? []).filter((visit) => !visit.corrected_by);
  return {
    follow_ups: (bundle.follow_ups ?? []).filter((follow_up) => !follow_up.completed_at),
    planned: visits.filter((visit) => visit.planned_on && !visit.started_at),
    recent: visits.filter((visit) => visit.author_id === user_id && visit.started_at >= since).map(recent_visit),
    opportunities: bundle.opportunities ?? [],
  };
}

/** @param {Row} visit @returns {RecentVisit} */
function recent_visit({ id, customer_id, author_id, kind, started_at, competitors }) {
  return { id, customer_id, author_id, kind, started_at, competitors: competitors ?? [] };
}

/** The rows of one customer out of a record of ten. @param {Bundle | undefined} record @param {string} customer_id
 * @returns {Bundle} */
export function bundle_of(record, customer_id) {
  /** @type {Bundle} */
  const bundle = {};
  for (const [collection, rows] of Object.entries(record ?? {})) {
    bundle[collection] = rows.filter((row) => row.customer_id === customer_id);
  }
  return bundle;
}

/** Summaries as one object of lists, a list for each field: half the bytes, and read in a third of the time.
 * @param {(Summary | null)[]} summaries */
export function columns_of(summaries) {
  /** @type {Record<string, any[]>} */
  const columns = {};
  for (const field of SUMMARY_FIELDS) columns[field] = summaries.map((summary) => summary?.[field] ?? null);
  return columns;
}

/** @param {Record<string, any[]>} columns @returns {(Summary | null)[]} */
export function summaries_of(columns) {
  return columns.id.map((id, at) => {
    if (id === null) return null;
    /** @type {Summary} */
    const summary = { id };
    for (const field of SUMMARY_FIELDS) summary[field] = columns[field]?.[at] ?? null;
    return summary;
  });
}

/** @param {number} generation @param {string} kind @param {number} [number] */
export function record_key(generation, kind, number) {
  return `${record_prefix(generation)}${kind}${number === undefined ? "" : `/${String(number).padStart(6, "0")}`}`;
}

/** @param {number} generation @param {string} [kind] */
export function record_prefix(generation, kind) {
  return `${String(generation).padStart(6, "0")}/${kind ? `${kind}/` : ""}`;
}
