/** Today: follow-ups due, visits planned, customers going cold. Twin of server/views/today.py. */
import * as words from "../words.js";
import { attainment } from "./attainment.js";
import { kind_of } from "./labels.js";
import { plan_key, sorted_by } from "./order.js";
import { joined } from "./reader.js";
import { cold_row, customer_row, days_over, due_kind, follow_up_row } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/replica_rows.js").Summary} Summary */
/** @typedef {import("../../sync/replica_rows.js").Agenda} Agenda */
/** @typedef {{row: Row, customer: Summary}} Pair a promise or a planned visit with its customer */

const MOST_DUE = 50;
const MOST_COLD = 10;
const MISSED_DAYS = 7; // a planned visit that was not made is shown this long

/** @param {Store} store @param {Reader} reader */
export async function today(store, reader) {
  const [all, agenda, pipelines] = await Promise.all([store.summaries(), store.agenda(), store.pipelines()]);
  const owned = all.filter((customer) => customer.owner_id === reader.me.id);
  const by_id = new Map(all.map((customer) => [customer.id, customer]));
  const due = paired(due_now(agenda, reader), by_id);
  const planned = paired(planned_now(agenda, reader), by_id);
  return {
    title: reader.t("Today"),
    weekday: words.weekday(reader.today, reader.locale),
    date: words.short_date(reader.today, reader.today, reader.locale),
    is_new: !owned.length && !due.length && !planned.length,
    welcome: welcome(reader),
    week: week(visits_this_week(agenda, reader), reader),
    quota: attainment(agenda.opportunities, all, pipelines, reader),
    due: due_section(due, reader),
    planned: planned_section(planned, reader),
    cold: cold_section(owned, reader),
  };
}

/** The page of a new rep, and of roles without customers of their own. @param {Reader} reader */
function welcome(reader) {
  const { t } = reader;
  const links = [{ href: "/customers/new", text: t("Add a customer") }, { href: "/import", text: t("Import a list") }];
  if (reader.me.role === "rep") return { text: t("No customer is yours yet. Add the first one you will call on."), links };
  if (!reader.manages()) links.length = 0;
  return { text: t("No customer is yours to call on."), links: [{ href: "/customers", text: t("See the customers") }, ...links] };
}

/** @param {Agenda} agenda @param {Reader} reader */
export function due_now(agenda, reader) {
  const mine = agenda.follow_ups.filter((row) => row.owner_id === reader.me.id && row.due_on <= reader.today);
  return sorted_by(mine, (row) => [row.due_on, row.id]);
}

/** The ids of rows on Today that reminders can be about. @param {Store} store @param {Reader} reader */
export async function still_so(store, reader) {
  const [all, agenda] = await Promise.all([store.summaries(), store.agenda()]);
  return [...due_now(agenda, reader), ...planned_now(agenda, reader), ...coldest(all, reader)].map((row) => row.id);
}

/** @param {Agenda} agenda @param {Reader} reader */
function planned_now(agenda, reader) {
  const since = reader.in_days(-MISSED_DAYS);
  const mine = agenda.planned.filter((visit) => visit.author_id === reader.me.id);
  return sorted_by(mine.filter((visit) => visit.planned_on >= since && visit.planned_on <= reader.today), plan_key);
}

/** @param {Row[]} rows @param {Map<string, Summary>} customers @returns {Pair[]} */
function paired(rows, customers) {
  return rows.flatMap((row) => {
    const customer = customers.get(row.customer_id);
    return customer ? [{ row, customer }] : [];
  });
}

/** @param {Agenda} agenda @param {Reader} reader */
function visits_this_week(agenda, reader) {
  const monday = reader.monday();
  const mine = agenda.recent.filter((visit) => visit.author_id === reader.me.id && reader.day_of(visit.started_at) >= monday);
  return mine.filter((visit) => kind_of(visit) === "visit").length;
}

/** @param {number} done @param {Reader} reader */
function week(done, reader) {
  const plan = reader.me.weekly_visits;
  return { plan, shown: Math.min(done, plan), text: reader.t("%(done)s of %(plan)s visits this week", { done, plan }) };
}

/** @param {Pair[]} due @param {Reader} reader */
function due_section(due, reader) {
  const beyond = due.length - MOST_DUE;
  return {
    count: due.length,
    rows: due.slice(0, MOST_DUE).map(({ row, customer }) => follow_up_row(row, reader, reader.may_write(), customer)),
    more: beyond > 0 ? reader.t.n("and %(n)s more", "and %(n)s more", beyond) : "",
    empty: reader.t("Nothing is due. What you promise comes back here on its day."),
  };
}

/** @param {Pair[]} planned @param {Reader} reader */
function planned_section(planned, reader) {
  return { count: planned.length, rows: planned.map((pair) => planned_row(pair, reader)) };
}

/** @param {Pair} pair @param {Reader} reader */
function planned_row({ row: visit, customer }, reader) {
  const is_today = visit.planned_on === reader.today;
  const day = words.due_label(visit.planned_on, reader.today, reader.locale);
  return {
    ...customer_row(customer, reader, null),
    detail: joined(customer.address || customer.region) || reader.t("No address yet"),
    tag: is_today ? visit.planned_time || day : day,
    tag_kind: is_today ? "" : due_kind(visit.planned_on, reader.today),
  };
}

/** @param {Summary[]} customers @param {Reader} reader */
function cold_section(customers, reader) {
  const cold = coldest(customers, reader);
  return {
    count: cold.length,
    rows: cold.slice(0, MOST_COLD).map((customer) => cold_row(customer, reader)),
    more: cold.length > MOST_COLD ? reader.t("All %(n)s going cold", { n: cold.length }) : "",
  };
}

/** Customers going cold, the longest past their rhythm first. @param {Summary[]} customers @param {Reader} reader */
function coldest(customers, reader) {
  const over = customers.map((customer) => ({ customer, days: days_over(customer, reader) })).filter(({ days }) => days > 0);
  return sorted_by(over, ({ customer, days }) => [-days, customer.sort_key, customer.id]).map(({ customer }) => customer);
}
