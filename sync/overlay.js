/**
 * What is shown is the replica with the outbox laid over it. An entry stays laid over until the replica shows what it
 * did. The overlay is made once for each state of the two, and only for the customers that entries touch.
 */

import { wire_moment } from "./identity.js";
import { VERBS } from "./overlay_verbs.js";
import { World } from "./overlay_world.js";
import { agenda_of, summary_of } from "./replica_rows.js";
import { customer_of_row, load, owners_on_agenda } from "./replica.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./replica.js").Memory} Memory */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./replica_rows.js").Summary} Summary */
/** @typedef {import("./replica_rows.js").Agenda} Agenda */
/** @typedef {import("./overlay_world.js").Draft} Draft */
/** @typedef {import("./outbox.js").Entry} Entry */
/** @typedef {{draft: Draft, summary: Summary | null, agenda: Agenda}} Laid a customer as it is shown */
/** @typedef {{customers: Map<string, Laid>, me: Row | null, taken_off: Map<string, Row>, count: number}} Overlay
 *   count: of entries laid over; taken_off: attachments that they detach, for Undo */

/** @type {Overlay} */
const NOTHING_YET = { customers: new Map(), me: null, taken_off: new Map(), count: 0 };

/**
 * @param {LocalDatabase} db @param {Transaction} tx @param {Memory} memory
 * @param {{entries: Entry[], sent: number}} of the first `sent` are acknowledged, but not in the replica yet
 * @param {Overlay} [under] an overlay of the first of these entries, to which the others are added
 * @returns {Promise<Overlay>}
 */
export async function lay_over(db, tx, memory, { entries: saved, sent }, under = NOTHING_YET) {
  const entries = saved.map((entry) => after_merging(entry, memory.merged));
  const me = laid_me(memory.workspace.me?.find((row) => row.id === db.user_id) ?? null, entries);
  const owners = await owners_of_entries(tx, memory, entries);
  const touched = new Set([...owners.values()].flat());
  await load(tx, memory, { bundles: touched, customers: touched });
  const world = new World(me ?? { id: db.user_id }, wire_moment(db.ports.clock()), memory.workspace.products ?? [], under.taken_off);
  for (const id of touched) world.add(id, under.customers.get(id)?.draft ?? { customer: memory.customer(id), ...memory.bundle(id) });
  entries.forEach(({ name, args, happened_at }, at) => {
    world.waiting = at >= sent;
    if (at >= under.count) VERBS[name]?.(world, args, happened_at);
  });
  const customers = new Map([...world.drafts].map(([id, draft]) => [id, laid(db, draft)]));
  return { me, customers, taken_off: world.taken_off, count: entries.length };
}

/** An entry about a customer that was merged into another one is shown at the other. @param {Entry} entry @param {Map<string, any>} merged @returns {Entry} */
function after_merging(entry, merged) {
  const customer_id = merged.get(entry.customer_id ?? entry.args.customer_id);
  if (!customer_id) return entry;
  return { ...entry, customer_id, args: entry.args.customer_id ? { ...entry.args, customer_id } : entry.args };
}

/** @param {LocalDatabase} db @param {Draft} draft @returns {Laid} */
function laid(db, { customer, ...bundle }) {
  const agenda = agenda_of(customer ? bundle : {}, db.user_id, db.ports.clock());
  return { draft: { customer, ...bundle }, summary: customer && summary_of(customer), agenda };
}

/** @param {Row | null} me @param {Entry[]} entries */
function laid_me(me, entries) {
  const edits = entries.filter((entry) => entry.name === "user.edit").map((entry) => entry.args.fields);
  return me && edits.length ? { ...me, ...Object.assign({}, ...edits) } : me;
}

/** The customers that each entry touches. Mostly the entry names its customer; else the rows that it names are looked for.
 * @param {Transaction} tx @param {Memory} memory @param {Entry[]} entries */
async function owners_of_entries(tx, memory, entries) {
  const known = rows_named(entries);
  /** @type {Map<string, string> | null} */
  let on_agenda = null;
  /** @type {Map<Entry, string[]>} */
  const owners = new Map();
  for (const entry of entries) {
    const found = new Set([entry.customer_id ?? entry.args.customer_id ?? null]);
    for (const id of entry.customer_id && !entry.args.corrects ? [] : row_ids(entry)) {
      on_agenda ??= owners_on_agenda(memory);
      if (found.has(null) || id === entry.args.corrects) {
        found.add(known.get(id) ?? on_agenda.get(id) ?? (await customer_of_row(tx, memory, id)));
      }
    }
    owners.set(entry, [...found].filter((id) => id !== null));
  }
  return owners;
}

/** The customers of rows, by the rows' ids, as far as entries name both. @param {Entry[]} entries */
export function rows_named(entries) {
  /** @type {Map<string, string>} */
  const named = new Map();
  for (const entry of entries) {
    const customer_id = entry.args.customer_id ?? entry.customer_id;
    if (customer_id) for (const id of row_ids(entry)) if (id !== entry.args.corrects) named.set(id, customer_id);
  }
  return named;
}

/** @param {Entry} entry @returns {string[]} */
function row_ids({ args }) {
  const ids = [
    args.visit_id, args.corrects, args.follow_up_id, args.contact_id, args.opportunity_id, args.attachment_id, args.quote_id, args.order_id,
    args.contract_id, args.task_id, args.follow_up?.follow_up_id,
  ];
  return ids.filter((id) => typeof id === "string");
}
