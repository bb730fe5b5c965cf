/** Rows of lists: a customer, a follow-up. Twin of server/views/rows.py. */
import * as words from "../words.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/replica_rows.js").Summary} Summary */

const SNOOZE_DAYS = [1, 3, 7];

/** The day of the last visit or, if there was none, of the customer's creation. @param {Summary} customer @param {Reader} reader */
export function days_silent(customer, reader) {
  return reader.days_since(customer.last_touch_at ?? customer.created_at);
}

/** Days that it has been going cold; not positive: it is not. @param {Summary} customer @param {Reader} reader */
export function days_over(customer, reader) {
  return customer.lifecycle === "lost" ? 0 : days_silent(customer, reader) - customer.cadence_days;
}

/** A customer that is no longer on this phone; only its name is known. @param {Summary} customer @param {Reader} reader */
export function seen(customer, reader) {
  if (!customer.last_touch_at) return customer.created_at ? reader.t("Not in touch yet") : "";
  return reader.t("In touch %(ago)s", { ago: reader.ago(customer.last_touch_at) });
}

/** @param {string} day @param {string} today */
export function due_kind(day, today) {
  if (day < today) return "late";
  return day === today ? "due" : "";
}

/** `others`: a text to show besides, such as the owner or the distance.
 * @param {Summary} customer @param {Reader} reader @param {string | null} next_on @param {string} [others] */
export function customer_row(customer, reader, next_on, others = "") {
  return {
    id: customer.id,
    href: `/customers/${customer.id}`,
    name: customer.name,
    initial: words.initial(customer.name),
    initial_kind: days_over(customer, reader) > 0 ? "cold" : "",
    detail: joined(seen(customer, reader), others || customer.region),
    tag: next_on ? words.due_label(next_on, reader.today, reader.locale) : "",
    tag_kind: next_on ? due_kind(next_on, reader.today) : "",
  };
}

/** @param {Summary} customer @param {Reader} reader */
export function cold_row(customer, reader) {
  return {
    ...customer_row(customer, reader, null),
    detail: reader.t("Usually %(every)s", { every: words.every(customer.cadence_days, reader.locale) }),
    tag: words.days(days_silent(customer, reader), reader.locale),
    tag_kind: "cold",
  };
}

/** `customer`: shown too, on screens that are not about one customer.
 * @param {Row} follow_up @param {Reader} reader @param {boolean} may_write @param {Summary | null} [customer] */
export function follow_up_row(follow_up, reader, may_write, customer = null) {
  const what = first_line(follow_up.note) || reader.t("Follow up");
  return {
    id: follow_up.id,
    what,
    detail: customer ? customer.name : promised(follow_up, reader),
    href: customer ? `/customers/${customer.id}` : "",
    initial: words.initial(what),
    due_on: follow_up.due_on,
    tag: words.due_label(follow_up.due_on, reader.today, reader.locale),
    tag_kind: due_kind(follow_up.due_on, reader.today),
    days: snooze_days(reader),
    may_write,
  };
}

/** @param {Row} follow_up @param {Reader} reader */
function promised(follow_up, reader) {
  return reader.t("Promised %(ago)s", { ago: reader.ago(follow_up.created_at) });
}

/** @param {Reader} reader */
export function snooze_days(reader) {
  const { t } = reader;
  const texts = [t("Tomorrow"), t("In 3 days"), t("Next week")];
  return SNOOZE_DAYS.map((count, at) => {
    const due_on = reader.in_days(count);
    return { text: texts[at], due_on, date: words.weekday_and_date(due_on, reader.locale) };
  });
}

/** @param {string | null | undefined} note */
export function first_line(note) {
  return (note ?? "").trim().split("\n")[0];
}
