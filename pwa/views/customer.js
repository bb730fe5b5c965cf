/** A customer's page: a summary for the visit, then all that happened. Twin of server/views/customer.py. */
import { fold } from "../../sync/fold.js";
import * as words from "../words.js";
import { about, doors, people_sheet } from "./about.js";
import { query } from "./address.js";
import { chain, sorted_contacts } from "./chain.js";
import { comparison_href } from "./comparison_form.js";
import { bought, facts, latest_first, rivals } from "./facts.js";
import { files } from "./files.js";
import { LIFECYCLES, said } from "./labels.js";
import { asks } from "./likely.js";
import { lifecycle_moves, moves } from "./moves.js";
import { by_id, plan_key, sorted_by } from "./order.js";
import { of_sale } from "./quote.js";
import { joined } from "./reader.js";
import { due_kind, follow_up_row } from "./rows.js";
import { facts_of, next_stage, opportunity_row, pipeline_of } from "./sales.js";
import { standing_tasks } from "./tasks.js";
import { drawn, filters, timeline } from "./timeline.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./timeline.js").Names} Names */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const TIMELINE_ENTRIES = 10;

/** `tag`, `tag_error`: a new tag that could not be added, as typed, and why.
 * @param {Store} store @param {Reader} reader @param {Held} held @param {{all_of_it?: boolean, kind?: string, tag?: string, tag_error?: string}} [asked] */
export async function customer(store, reader, held, { all_of_it = false, kind = "", tag = "", tag_error = "" } = {}) {
  const row = held.customer;
  const contacts = sorted_contacts(held.contacts);
  const people = sorted_by(await store.people(), (person) => [fold(person.name), person.id]);
  const attachments = by_id(held.attachments);
  const kept = attachments.length ? await store.files() : new Set();
  const names = { people: names_of(people), contacts: names_of(held.contacts), products: names_of(await store.products()), attachments, kept };
  const sheet = people_sheet(row, people, row.shared_with ?? [], reader);
  const path = `/customers/${row.id}`;
  const done = latest_first(held.visits);
  const known = await store.pipelines();
  const moved = [...moves(held.opportunities, known, names.people, reader), ...lifecycle_moves(row, names.people, reader)];
  const all_entries = timeline(held, done, moved, names, reader);
  const chosen = all_entries.some((entry) => entry.kind === kind) ? kind : "";
  const entries = all_entries.filter((entry) => chosen === "" || entry.kind === chosen);
  const shown = all_of_it ? entries : entries.slice(0, TIMELINE_ENTRIES);
  return {
    title: row.name,
    customer: head(row, names, reader),
    can_write: reader.may_write(),
    visit_href: `/visits/new?customer=${row.id}`,
    activity_href: `/activities/new?customer=${row.id}`,
    activity_id: reader.new_id(),
    doors: doors(row, contacts, reader.t),
    facts: facts(row, done, contacts, held.orders, names.products, reader),
    follow_ups: open_follow_ups(held.follow_ups, reader),
    planned: planned(held.visits, names, reader),
    tasks: standing_tasks(held.tasks, names, reader),
    opportunities: opportunities(held, known, reader),
    filters: filters(path, all_entries, chosen, reader.t),
    timeline: shown.map(drawn),
    earlier_href: shown.length < entries.length ? `${path}?${query({ all: 1, kind: chosen })}` : "",
    files: files(attachments, kept, names.people, reader, held.opportunities),
    contacts: chain(contacts, reader),
    contact_count: contacts.length,
    about: about(row, await store.custom_fields(), reader),
    bought: bought(held.orders, reader),
    rivals: rivals(row, done, reader),
    compare_href: comparison_href(row.id, ""),
    tags: row.tags ?? [],
    tag_value: tag,
    tag_error,
    asks: asks(row, people, sheet.can_share),
    ...sheet,
  };
}

/** @param {Row[]} rows @returns {Map<string, string>} */
function names_of(rows) {
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** @param {Row} row @param {Names} names @param {Reader} reader */
function head(row, names, reader) {
  return {
    id: row.id,
    href: `/customers/${row.id}`,
    name: row.name,
    initial: words.initial(row.name),
    line: joined(said(reader.t, LIFECYCLES, row.lifecycle), row.region, keeper(row, names, reader)),
    owner_id: row.owner_id || "",
  };
}

/** @param {Row} row @param {Names} names @param {Reader} reader */
function keeper(row, names, { t, me }) {
  if (row.owner_id === null) return t("nobody looks after it yet");
  if (row.owner_id === me.id) return t("looked after by you");
  return t("looked after by %(name)s", { name: names.people.get(row.owner_id) ?? "" });
}

/** @param {Row[]} follow_ups @param {Reader} reader */
function open_follow_ups(follow_ups, reader) {
  const standing = follow_ups.filter((follow_up) => !follow_up.completed_at);
  const in_order = sorted_by(standing, (follow_up) => [follow_up.due_on, follow_up.id]);
  return in_order.map((follow_up) => follow_up_row(follow_up, reader, reader.may_write()));
}

/** @param {Row[]} visits @param {Names} names @param {Reader} reader */
function planned(visits, names, reader) {
  const coming = visits.filter((visit) => !visit.started_at && visit.planned_on);
  return sorted_by(coming, plan_key).map((visit) => planned_row(visit, names, reader));
}

/** @param {Row} visit @param {Names} names @param {Reader} reader */
function planned_row(visit, names, reader) {
  const by_me = visit.author_id === reader.me.id;
  const author = by_me ? "" : names.people.get(visit.author_id);
  return {
    id: visit.id,
    initial: reader.t("V"),
    what: reader.t("Visit"),
    detail: joined(visit.planned_time, author),
    tag: words.due_label(visit.planned_on, reader.today, reader.locale),
    tag_kind: due_kind(visit.planned_on, reader.today),
    may_cancel: reader.may_write() && (by_me || reader.manages()),
  };
}

/** @param {Held} held @param {Row[]} pipelines @param {Reader} reader */
function opportunities(held, pipelines, reader) {
  const facts = (/** @type {Row} */ row) => facts_of(row.id, held.visits, held.attachments, of_sale(held.quotes, row), of_sale(held.contracts, row));
  const found = by_id(held.opportunities).map((row) => ({ row, pipeline: pipeline_of(pipelines, row.pipeline_id) }));
  const standing = found.filter(({ row, pipeline }) => next_stage(pipeline.stages, row.stage));
  return standing.map(({ row, pipeline }) => opportunity_row(row, pipeline, facts(row), reader));
}
