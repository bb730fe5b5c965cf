/** The timeline of a customer, the latest entry first. Twin of server/views/timeline.py. */
import { standing } from "../../sync/payments.js";
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { state_of } from "./contract.js";
import { listed } from "./facts.js";
import { ACTIVITIES, DEPARTMENTS, OUTCOMES, RATINGS, kind_of, said } from "./labels.js";
import { sorted_by } from "./order.js";
import * as photos from "./photos.js";
import { number_of } from "./quote.js";
import { joined } from "./reader.js";
import { first_line } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {Map<string, string>} ById names by id */
/** @typedef {{people: ById, contacts: ById, products: ById, attachments: Row[], kept: Set<string>}} Names `kept`: hashes of files that are here */

/** @typedef {{at: string, id: string, kind: string, told: () => Record<string, any>}} Entry `told` says on demand what it is about, as a
 *   page shows thirty of five hundred */

const NOTHING_MORE = { href: "", lines: [], photos: [], tag: "", tag_kind: "", corrections: [], correct_href: "" };

/** @param {Entry} entry */
export function drawn({ id, kind, told }) {
  return { ...NOTHING_MORE, id, kind, ...told() };
}

/** @param {import("./held.js").Held} held @param {Row[]} done the visits that stand @param {Entry[]} moves @param {Names} names @param {Reader} reader */
export function timeline(held, done, moves, names, reader) {
  const before = new Map(held.visits.filter((visit) => visit.corrected_by).map((visit) => [visit.corrected_by, visit]));
  const kept = held.follow_ups.filter((follow_up) => follow_up.completed_at);
  const entries = [
    ...done.map((visit) => ({
      at: visit.started_at, id: visit.id, kind: kind_of(visit), told: () => visit_entry(visit, before, names, reader),
    })),
    ...kept.map((row) => ({ at: row.completed_at, id: row.id, kind: "done", told: () => kept_entry(row, names, reader) })),
    ...held.contracts.filter(({ sent_at }) => sent_at).map((row) => ({
      at: changed_at(row), id: row.id, kind: "contract", told: () => contract_entry(row, names, reader),
    })),
    ...held.tasks.filter(({ answered_at }) => answered_at).map((row) => ({
      at: row.answered_at, id: row.id, kind: "task", told: () => task_entry(row, names, reader),
    })),
    ...held.orders.flatMap((order) => selling(order, names, reader)),
    ...moves,
  ];
  return sorted_by(entries, ({ at, id }) => [at, id]).reverse();
}

const MOST_GOODS = 3;
/** @type {Record<string, string>} */
const CONTRACTS = { sent: msgid("Contract sent"), signed: msgid("Contract signed"), cancelled: msgid("Contract cancelled") };
/** @type {[string, string][]} */
const SHOWN = [
  ["", msgid("All")], ["visit", msgid("Visits")], ["call", msgid("Calls")], ["message", msgid("Messages")],
  ["email", msgid("Emails")], ["meeting", msgid("Meetings")], ["done", msgid("Promises")], ["task", msgid("Tasks")],
  ["move", msgid("Stages")], ["contract", msgid("Contracts")], ["order", msgid("Orders")], ["payment", msgid("Payments")],
];

/** Chips for the kinds of entries; none if all are of one kind.
 * @param {string} path @param {{kind: string}[]} entries @param {string} kind @param {Translator} t */
export function filters(path, entries, kind, t) {
  const there = new Set(entries.map((entry) => entry.kind));
  if (there.size < 2) return [];
  const offered = SHOWN.filter(([shown]) => there.has(shown) || !shown);
  return offered.map(([shown, label]) => ({ label: t(label), href: shown ? `${path}?kind=${shown}` : path, chosen: shown === kind }));
}

/** @param {Row} visit @param {Map<string, Row>} before @param {Names} names @param {Reader} reader */
function visit_entry(visit, before, names, reader) {
  const by_me = visit.author_id === reader.me.id;
  const attached = names.attachments.filter((row) => row.visit_id === visit.id);
  return {
    title: visit_title(visit, reader.t),
    when: when(visit, by_me ? "" : names.people.get(visit.author_id) ?? "", reader),
    note: visit.note || "",
    lines: [...lines(visit, names, reader.t), ...photos.lines(attached, reader.t)],
    photos: photos.shown(attached, names.kept, reader),
    ...waiting_tag(visit, reader.t),
    corrections: corrections(visit, before, reader),
    correct_href: by_me ? `/visits/${visit.id}/correct` : "",
  };
}

/** The tag of a row that the server has not confirmed yet. The server's twin shows none. @param {Row} row @param {Translator} t */
function waiting_tag(row, t) {
  return row.waiting ? { tag: t("waiting"), tag_kind: "due" } : {};
}

/** @param {Row} visit @param {Translator} t */
function visit_title(visit, t) {
  return joined(said(t, ACTIVITIES, kind_of(visit)), said(t, OUTCOMES, visit.outcome));
}

/** @param {Row} visit @param {string} author @param {Reader} reader */
function when(visit, author, reader) {
  return joined(visit.started_at ? reader.moment(visit.started_at) : "", author);
}

/** Sentences about the fields behind "More". @param {Row} visit @param {Names} names @param {Translator} t */
function lines(visit, names, t) {
  const met = known(visit.contact_ids, names.contacts);
  const products = known(visit.product_ids, names.products);
  return [
    met.length ? t("Met %(names)s", { names: listed(t, met) }) : "",
    products.length ? t("About %(names)s", { names: listed(t, products) }) : "",
    visit.pain_point ? t("Pain point: %(text)s", { text: visit.pain_point }) : "",
    visit.competitors?.length ? t("Competitor: %(names)s", { names: listed(t, visit.competitors) }) : "",
  ].filter(Boolean);
}

/** @param {string[] | null | undefined} ids @param {ById} names @returns {string[]} */
function known(ids, names) {
  return (ids ?? []).flatMap((id) => names.get(id) ?? []);
}

/** The earlier versions of a corrected visit, the latest first. @param {Row} visit @param {Map<string, Row>} before @param {Reader} reader */
function corrections(visit, before, reader) {
  const found = [];
  for (let old = before.get(visit.id); old !== undefined; old = before.get(old.id)) {
    found.push({ title: visit_title(old, reader.t), when: when(old, "", reader), note: old.note || "" });
  }
  return found;
}

/** @param {Row} follow_up @param {Names} names @param {Reader} reader */
function kept_entry(follow_up, names, reader) {
  const by_me = follow_up.owner_id === reader.me.id;
  return {
    title: reader.t("Promise kept"),
    when: joined(reader.moment(follow_up.completed_at), by_me ? "" : names.people.get(follow_up.owner_id)),
    note: first_line(follow_up.note),
    ...waiting_tag(follow_up, reader.t),
  };
}

/** @param {Row} contract @returns {string} */
function changed_at({ cancelled_at, signed_at, sent_at }) {
  return cancelled_at || signed_at || sent_at;
}

/** @param {Row} contract @param {Names} names @param {Reader} reader */
function contract_entry(contract, names, reader) {
  const { t, me } = reader;
  const by_me = contract.author_id === me.id;
  return {
    title: joined(t(CONTRACTS[state_of(contract)]), words.money(contract.total_cents, contract.currency)),
    href: `/opportunities/${contract.opportunity_id}/contracts/${contract.id}`,
    when: joined(reader.moment(changed_at(contract)), by_me ? "" : names.people.get(contract.author_id)),
    note: first_line(contract.cancel_reason),
    lines: [contract.title, ...(contract.signer ? [t("Signed by %(name)s", { name: contract.signer })] : [])],
    ...waiting_tag(contract, t),
  };
}

/** The entries of an order, of its payments, and of overdue ones. @param {Row} order @param {Names} names @param {Reader} reader */
function selling(order, names, reader) {
  const late = standing(order.total_cents, order.payments, reader.today).instalments.filter(({ is_late }) => is_late);
  const received = order.payments.filter((/** @type {Row} */ { kind }) => kind === "received");
  return [
    { at: order.created_at, id: order.id, kind: "order", told: () => order_entry(order, names, reader) },
    ...late.map(({ payment }) => ({ at: noon(payment), id: payment.id, kind: "payment", told: () => late_entry(payment, order, reader) })),
    ...received.map((/** @type {Row} */ paid) =>
      ({ at: noon(paid), id: paid.id, kind: "payment", told: () => paid_entry(paid, order, names, reader) })),
  ];
}

/** The moment of a payment: only its day is known, so noon. @param {Record<string, any>} payment */
function noon({ on }) {
  return `${on}T12:00:00.000Z`;
}

/** @param {Row} order @param {Names} names @param {Reader} reader */
function order_entry(order, names, reader) {
  const by_me = order.author_id === reader.me.id;
  const goods = order.lines.slice(0, MOST_GOODS).map((/** @type {Row} */ { quantity, name }) => `${words.quantity(quantity)} × ${name}`);
  return {
    title: joined(reader.t("Order placed"), words.money(order.total_cents, order.currency)),
    href: `/opportunities/${order.opportunity_id}/orders/${order.id}`,
    when: joined(words.short_date(order.placed_on, reader.today, reader.locale), by_me ? "" : names.people.get(order.author_id)),
    note: first_line(order.note),
    lines: [listed(reader.t, goods)],
    ...waiting_tag(order, reader.t),
  };
}

/** @param {Row} task @param {Names} names @param {Reader} reader */
function task_entry(task, names, reader) {
  const { t } = reader;
  return {
    title: joined(t("Task answered"), said(t, DEPARTMENTS, task.department), said(t, RATINGS, task.rating)),
    when: joined(reader.moment(task.answered_at), names.people.get(task.answered_by)),
    note: task.answer || "",
    lines: [task.note],
    ...waiting_tag(task, t),
  };
}

/** @param {Row} payment @param {Row} order @param {Names} names @param {Reader} reader */
function paid_entry(payment, order, names, reader) {
  const { t, today, locale, me } = reader;
  const when = joined(words.short_date(payment.on, today, locale), payment.by === me.id ? "" : names.people.get(payment.by));
  return { ...payment_entry(payment, order, t("Payment received"), reader), when };
}

/** @param {Record<string, any>} payment @param {Row} order @param {Reader} reader */
function late_entry(payment, order, reader) {
  const { t, today, locale } = reader;
  return {
    ...payment_entry(payment, order, t("Payment expected"), reader),
    when: words.short_date(payment.on, today, locale),
    tag: words.due_label(payment.on, today, locale),
    tag_kind: "late",
  };
}

/** @param {Record<string, any>} payment @param {Row} order @param {string} title @param {Reader} reader */
function payment_entry({ amount_cents, note }, order, title, { t }) {
  return {
    title: joined(title, words.money(amount_cents, order.currency)),
    href: `/opportunities/${order.opportunity_id}/orders/${order.id}`,
    note: first_line(note),
    lines: [t("Order %(number)s", { number: number_of(order) })],
  };
}
