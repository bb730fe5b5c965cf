/** The forms to log and correct a visit. Twin of server/views/visit_form.py. */
import * as words from "../words.js";
import { sorted_contacts } from "./chain.js";
import { nearest } from "./customers.js";
import { Form } from "./form.js";
import { ACTIVITIES, OUTCOMES, kind_of, options } from "./labels.js";
import { plan_key, sorted_by } from "./order.js";
import { photos_of } from "./photos.js";
import { joined } from "./reader.js";
import { seen } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./form.js").Typed} Typed */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/replica_rows.js").Summary} Summary */
/** @typedef {{customer_id?: string, planned_id?: string, opened_id?: string,
 *   place?: import("./customers.js").Place | null}} Asked whom a visit may be to */

const NEXT_STEPS = ["none", "1", "3", "7", "14", "30", "pick"];
const FURTHER = ["contact_ids", "product_ids", "competitors", "pain_point", "photo"];
const COMPETITORS_KNOWN = 30;
const PRODUCTS_OFFERED = 40;
const RECENT_DAYS = 14;

/** @param {Store} store @param {Reader} reader @param {Asked} asked @param {Form} given */
export async function new_visit(store, reader, asked, given) {
  const { held, planned } = await whom(store, reader, asked, given.value("customer_id"));
  const fresh = {
    visit_id: [planned ? planned.id : reader.new_id()],
    follow_up_id: [reader.new_id()],
    started_at: [reader.now],
    next_step: ["none"],
  };
  const form = given.over(fresh, { from: [asked.customer_id ?? given.value("from")] });
  const customer = held?.customer ?? null;
  return {
    ...(await visit_view(store, reader, held, form)),
    title: reader.t("Log a visit"),
    action: "/visits",
    draft: "/visits/new",
    takes_place: true,
    may_change: true,
    back: back_link(reader, form.value("from") ? customer : null),
    save_text: reader.t("Save visit"),
    next_step: next_step(form),
    due_on: form.field("due_on", reader.t("On which day"), "follow_up"),
    follow_up_note: form.optional("follow_up_note", reader.t("What did you promise?"), "follow_up.note"),
    hiddens: form.hiddens(["follow_up_id", "from", "started_at", "latitude", "longitude", "accuracy_m"]),
  };
}

const { visit: _visit, ...NOT_A_VISIT } = ACTIVITIES;

/** The form of a call, message, e-mail or meeting: as that of a visit, without a required outcome, and without a place.
 * @param {Store} store @param {Reader} reader @param {string} customer_id @param {Form} given */
export async function new_activity(store, reader, customer_id, given) {
  const wanted = customer_id || given.value("customer_id");
  const { t } = reader;
  const form = given.over({ visit_id: [reader.new_id()] });
  return {
    ...(await new_visit(store, reader, { customer_id: wanted }, form)),
    kind: form.choices("kind", t("What was it?"), options(t, NOT_A_VISIT, form.value("kind"))),
    title: t("Log a call or message"),
    action: "/activities",
    draft: `/activities/new?customer=${wanted}`,
    takes_place: false,
    may_change: false,
    save_text: t("Save"),
  };
}

/** @param {Store} store @param {Reader} reader @param {Held} held @param {Row} visit @param {Form} given */
export async function correction(store, reader, held, visit, given) {
  const form = given.or(written(visit, reader));
  const kinds = kind_of(visit) === "visit" ? [] : options(reader.t, NOT_A_VISIT, form.value("kind"));
  return {
    ...(await visit_view(store, reader, held, form)),
    kind: form.choices("kind", reader.t("What was it?"), kinds),
    title: kinds.length ? reader.t("Correct an entry") : reader.t("Correct a visit"),
    action: `/visits/${visit.id}/correction`,
    draft: `/visits/${visit.id}/correct`,
    takes_place: false,
    may_change: false,
    back: back_link(reader, held.customer),
    save_text: reader.t("Save correction"),
    next_step: null,
    hiddens: form.hiddens(["started_at", "ended_at", "latitude", "longitude", "accuracy_m"]),
    further_open: true,
  };
}

/** The form's fields as they would have been typed for this visit. @param {Row} visit @param {Reader} reader @returns {Typed} */
function written(visit, reader) {
  const place = ["latitude", "longitude", "accuracy_m"].filter((name) => visit[name] !== null && visit[name] !== undefined);
  return {
    visit_id: [reader.new_id()],
    kind: [kind_of(visit)],
    started_at: [visit.started_at],
    ended_at: visit.ended_at ? [visit.ended_at] : [],
    outcome: [visit.outcome || ""],
    note: [visit.note || ""],
    contact_ids: visit.contact_ids ?? [],
    product_ids: visit.product_ids ?? [],
    competitors: [(visit.competitors ?? []).join(reader.t(", "))],
    pain_point: [visit.pain_point || ""],
    ...Object.fromEntries(place.map((name) => [name, [visit[name].toFixed(6)]])),
  };
}

/** The suggested customer: the one of the address; else of the next planned visit; else the nearest; else opened last.
 * @param {Store} store @param {Reader} reader @param {Asked} asked @param {string} typed_id */
async function whom(store, reader, { customer_id, planned_id, place, opened_id = "" }, typed_id) {
  const planned = await planned_today(store, reader);
  const first = planned.find((visit) => visit.id === planned_id) ?? planned[0];
  const wanted = customer_id || typed_id || first?.customer_id || (await nearest(store, place ?? null));
  const held = await store.customer(wanted || opened_id)
    ?? (wanted ? null : await store.customer(await visited_last(store, reader)));
  return { held, planned: held ? planned.find((visit) => visit.customer_id === held.customer.id) : undefined };
}

/** @param {Store} store @param {Reader} reader */
async function planned_today(store, reader) {
  const { planned } = await store.agenda();
  const mine = planned.filter((visit) => visit.author_id === reader.me.id && visit.planned_on === reader.today);
  return sorted_by(mine, plan_key);
}

/** @param {Store} store @param {Reader} reader @returns {Promise<string>} */
async function visited_last(store, reader) {
  const mine = await recent(store, reader);
  return sorted_by(mine, (visit) => [visit.started_at, visit.id]).at(-1)?.customer_id ?? "";
}

/** @param {Store} store @param {Reader} reader */
async function recent(store, reader) {
  const since = reader.in_days(-RECENT_DAYS);
  const visits = (await store.agenda()).recent;
  return visits.filter((visit) => visit.author_id === reader.me.id && reader.day_of(visit.started_at) >= since);
}

/** @param {Store} store @param {Reader} reader @param {Held | null} held @param {Form} form */
async function visit_view(store, reader, held, form) {
  const { t } = reader;
  return {
    visit_id: form.value("visit_id"),
    customer: held ? who(held.customer, reader) : null,
    customer_error: form.error("customer_id"),
    kind: form.choices("kind", "", []),
    refused: form.refused,
    outcome: form.choices("outcome", t("How did it go?"), options(t, OUTCOMES, form.value("outcome"))),
    note: form.field("note", t("Note")),
    further_open: FURTHER.some((name) => form.value(name) || form.error(name)),
    contacts: form.ticks("contact_ids", t("Contact met"), sorted_contacts(held?.contacts ?? [], form.values("contact_ids")).map(named)),
    products: form.ticks("product_ids", t("Products discussed"), await offered(store, form.values("product_ids"))),
    competitors: form.field("competitors", t("Competitor seen")),
    known_competitors: known_competitors(await recent(store, reader)),
    pain_point: form.field("pain_point", t("Pain point")),
    photos: photos_of(form),
  };
}

/** The products to tick: as many as one can scroll through, always including those ticked, even if retired.
 * @param {Store} store @param {string[]} ticked */
export async function offered(store, ticked) {
  const sold = (await store.products()).filter(({ id, retired_at }) => !retired_at || ticked.includes(id));
  return sorted_by(sold, (row) => [row.name, row.id]).filter(({ id }, at) => at < PRODUCTS_OFFERED || ticked.includes(id)).map(named);
}

/** @param {Row} row @returns {[string, string]} */
export function named(row) {
  return [row.id, row.name];
}

/** @param {{competitors?: string[] | null}[]} visits */
function known_competitors(visits) {
  const names = new Set(visits.flatMap((visit) => visit.competitors ?? []));
  return sorted_by([...names], (name) => [name]).slice(0, COMPETITORS_KNOWN);
}

/** @param {Row} customer @param {Reader} reader */
export function who(customer, reader) {
  return {
    id: customer.id,
    name: customer.name,
    initial: words.initial(customer.name),
    detail: joined(seen(/** @type {Summary} */ (customer), reader), customer.region),
  };
}

/** @param {Reader} reader @param {Row | null} customer */
export function back_link(reader, customer) {
  if (customer === null) return { href: "/today", text: reader.t("Today") };
  return { href: `/customers/${customer.id}`, text: reader.t("Customer") };
}

/** @param {Form} form */
export function next_step(form) {
  const { t } = form;
  const labels = [
    t("None"), t("Tomorrow"), t("In 3 days"), t("Next week"), t("In 2 weeks"), t("In a month"), t("Pick a date"),
  ];
  const chosen = form.value("next_step");
  return {
    error: form.error("next_step"),
    options: NEXT_STEPS.map((value, at) => ({ value, label: labels[at], date: "", chosen: value === chosen })),
  };
}
