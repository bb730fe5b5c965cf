/** The summary on top of a customer's page; facts that are unknown are left out. Twin of server/views/facts.py. */
import { rhythm as purchase_rhythm } from "../../sync/rhythm.js";
import * as words from "../words.js";
import { comparison_href } from "./comparison_form.js";
import { ACTIVITIES, OUTCOMES, PRICE_SENSITIVITIES, kind_of, said } from "./labels.js";
import { sorted_by } from "./order.js";
import { joined, known } from "./reader.js";
import { days_over, first_line } from "./rows.js";
import { day_number_of } from "./zone.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const MOST_RIVALS = 8;
const MOST_BOUGHT = 12;

/** @param {Row} row @param {Row[]} done its visits, the latest first @param {Row[]} contacts @param {Row[]} orders
 * @param {Map<string, string>} products what they are called @param {Reader} reader */
export function facts(row, done, contacts, orders, products, reader) {
  const { t } = reader;
  return known([
    [t("Last pain point"), done.find((visit) => visit.pain_point)?.pain_point ?? ""],
    [t("Price"), said(t, PRICE_SENSITIVITIES, row.price_sensitivity)],
    [t("Likes to buy"), liked(row, products, t)],
    [t("Best time"), row.preferred_times || ""],
    [t("Last visit"), last_visit(done, reader)],
    [t("Last contact"), last_contact(done, reader)],
    [t("Rhythm"), rhythm(row, reader)],
    [t("Buys"), buying_rhythm(orders, reader)],
    [t("Competitor"), competitor(done, reader)],
    [t("Who decides"), deciders(contacts, t)],
  ]);
}

/** What the customer likes: products of the catalogue, then the free text. @param {Row} row @param {Map<string, string>} products @param {Translator} t */
function liked({ preferred_product_ids: ids, preferred_products: besides }, products, t) {
  const known = (ids ?? []).flatMap((/** @type {string} */ id) => products.get(id) ?? []);
  return listed(t, [...sorted_by(known, (name) => [name]), ...(besides ? [besides] : [])]);
}

/** Of visits that were not withdrawn, those that took place and were not corrected, the latest first. @param {Row[]} visits */
export function latest_first(visits) {
  const done = visits.filter((visit) => visit.started_at && !visit.corrected_by);
  return sorted_by(done, (visit) => [visit.started_at, visit.id]).reverse();
}

/** @param {Row[]} done @param {Reader} reader */
function last_visit(done, reader) {
  const latest = done.find((visit) => kind_of(visit) === "visit");
  return latest ? joined(reader.ago(latest.started_at), said(reader.t, OUTCOMES, latest.outcome)) : "";
}

/** The last call or message, if it was after the last visit. @param {Row[]} done @param {Reader} reader */
function last_contact([latest], reader) {
  if (!latest || kind_of(latest) === "visit") return "";
  return joined(reader.ago(latest.started_at), said(reader.t, ACTIVITIES, latest.kind));
}

/** @param {Row} row @param {Reader} reader */
function rhythm(row, reader) {
  if (row.lifecycle === "lost") return words.every(row.cadence_days, reader.locale);
  return said_rhythm(row.cadence_days, days_over(/** @type {any} */ (row), reader), reader);
}

/** How often the customer orders; "" if there is no rhythm (see sync/rhythm.js). @param {Row[]} orders @param {Reader} reader */
function buying_rhythm(orders, reader) {
  const found = purchase_rhythm(orders.map(({ placed_on }) => placed_on));
  return found ? said_rhythm(found.usual_days, reader.today_number - day_number_of(found.next_on), reader) : "";
}

/** @param {number} usual_days @param {number} over @param {Reader} reader */
function said_rhythm(usual_days, over, reader) {
  const { t } = reader;
  const every = words.every(usual_days, reader.locale);
  const days = words.days(Math.abs(over), reader.locale);
  if (over > 0) return t("%(every)s, %(days)s over", { every, days });
  return over < 0 ? t("%(every)s, next in %(days)s", { every, days }) : t("%(every)s, due today", { every });
}

/** @param {Row[]} done @param {Reader} reader */
function competitor(done, reader) {
  const seen = done.find((visit) => visit.competitors?.length);
  if (!seen) return "";
  const day = words.short_date(reader.day_of(seen.started_at), reader.today, reader.locale);
  return reader.t("%(names)s, seen %(day)s", { names: listed(reader.t, seen.competitors), day });
}

/** Competitors seen here, the latest first: how often, when last, the note of that visit, the comparison with us.
 * @param {Row} row @param {Row[]} done @param {Reader} reader */
export function rivals({ id, comparisons = {} }, done, reader) {
  /** @type {Map<string, Row[]>} */
  const seen = new Map();
  for (const visit of done) {
    for (const name of visit.competitors ?? []) seen.set(name, [...(seen.get(name) ?? []), visit]);
  }
  const [first, later] = [[...seen.keys()].slice(0, MOST_RIVALS), [...seen.keys()].slice(MOST_RIVALS)];
  const unseen = sorted_by(Object.keys(comparisons).filter((name) => !seen.has(name)), (name) => [name]);
  return [...first, ...unseen, ...later.filter((name) => comparisons[name])].map((label) => {
    const [found, { note, tags } = { note: "", tags: [] }] = [seen.get(label), comparisons[label]];
    return { label, value: found ? rival(found, reader) : "", note: note ?? "", tags, href: comparison_href(id, label) };
  });
}

/** @param {Row[]} seen @param {Reader} reader */
function rival(seen, reader) {
  const day = words.short_date(reader.day_of(seen[0].started_at), reader.today, reader.locale);
  const often = reader.t.n("seen once", "seen %(n)s times", seen.length);
  return joined(often, day, first_line(seen.find((visit) => visit.note)?.note));
}

/** Products ordered, by the name on the order, the latest first: total quantity, number of orders, last day.
 * @param {Row[]} orders @param {Reader} reader */
export function bought(orders, reader) {
  /** @type {Map<string, Row[]>} */
  const found = new Map();
  for (const order of sorted_by(orders, ({ placed_on, id }) => [placed_on, id]).reverse()) {
    for (const line of order.lines) {
      const name = JSON.stringify([line.name, line.unit || ""]);
      found.set(name, [...(found.get(name) ?? []), { ...line, order }]);
    }
  }
  return [...found.values()].slice(0, MOST_BOUGHT).map((lines) => {
    const [{ name: label, unit, order }] = lines;
    const amount = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const often = reader.t.n("ordered once", "ordered %(n)s times", new Set(lines.map((line) => line.order)).size);
    const day = words.short_date(order.placed_on, reader.today, reader.locale);
    return { label, value: joined(`${words.quantity(amount)} ${unit || ""}`.trim(), often, day) };
  });
}

/** @param {Row[]} contacts @param {Translator} t */
function deciders(contacts, t) {
  return listed(t, contacts.filter((contact) => contact.role === "decides").map((contact) => contact.name));
}

/** @param {Translator} t @param {string[]} names */
export function listed(t, names) {
  return names.join(t(", "));
}
