/** A quote's page as its customer reads it, and its actions. Twin of server/views/quote.py. */
import { standing } from "../../sync/payments.js";
import { line_cents } from "../../sync/totals.js";
import { NotHere } from "../asked.js";
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { by_id } from "./order.js";
import { joined, known } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("./opportunity.js").Sale} Sale */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {Record<string, any>} Line */

/** Far from any date, so that papers always show the year. */
export const NO_YEAR_OF_OURS = "0001-01-01";
/** @type {Record<string, [string, string]>} */
const STATES = {
  draft: [msgid("Draft"), ""],
  sent: [msgid("Sent"), "due"],
  accepted: [msgid("Accepted"), "ok"],
  declined: [msgid("Declined"), "late"],
};

/** @param {Row} quote */
export function state_of(quote) {
  if (quote.declined_at) return "declined";
  if (quote.accepted_at) return "accepted";
  return quote.sent_at ? "sent" : "draft";
}

/** A customer's rows of one opportunity, in the order they were made. @param {Row[]} rows @param {Row} opportunity */
export function of_sale(rows, { id }) {
  return by_id(rows.filter((row) => row.opportunity_id === id));
}

/** @param {Row[]} rows @param {Sale} sale @param {string} id */
export function one_of(rows, sale, id) {
  const found = rows.find((row) => row.id === id && row.opportunity_id === sale.row.id);
  if (found === undefined) throw new NotHere(id);
  return found;
}

/** The number on paper: the day it was made, and enough of its id to tell it from others of that day. @param {Row} row */
export function number_of({ id, created_at }) {
  return `${created_at.slice(2, 10).replaceAll("-", "")}-${id.slice(-4).toUpperCase()}`;
}

/** @param {Row} quote @param {Reader} reader */
function quote_row(quote, reader) {
  const [text, kind] = STATES[state_of(quote)];
  const day = words.short_date(reader.day_of(quote.created_at), reader.today, reader.locale);
  return {
    href: `/opportunities/${quote.opportunity_id}/quotes/${quote.id}`,
    name: words.money(quote.total_cents, quote.currency),
    detail: joined(reader.t("Quote %(number)s", { number: number_of(quote) }), day),
    tag: reader.t(text),
    kind,
  };
}

/** @param {Row} order @param {Reader} reader */
export function order_row(order, reader) {
  return {
    href: `/opportunities/${order.opportunity_id}/orders/${order.id}`,
    name: words.money(order.total_cents, order.currency),
    detail: joined(
      reader.t("Order %(number)s", { number: number_of(order) }),
      words.short_date(order.placed_on, reader.today, reader.locale),
    ),
    ...payment_tag(order, reader),
  };
}

/** @param {Row} order @param {Reader} reader */
export function payment_tag({ total_cents, payments, currency }, { t, today }) {
  const { late_cents, open_cents, received_cents } = standing(total_cents, payments, today);
  const amount = words.money(late_cents || open_cents || received_cents - total_cents, currency);
  if (late_cents) return { tag: t("%(amount)s overdue", { amount }), kind: "late" };
  if (open_cents) return { tag: t("%(amount)s open", { amount }), kind: "" };
  return received_cents > total_cents ? { tag: t("%(amount)s overpaid", { amount }), kind: "due" } : { tag: t("Paid"), kind: "ok" };
}

/** The rows on the page of an opportunity. @param {Sale} sale @param {Reader} reader */
export function sales_of({ row, quotes, orders }, reader) {
  return {
    quotes: quotes.map((quote) => quote_row(quote, reader)).reverse(),
    orders: orders.map((order) => order_row(order, reader)).reverse(),
    new_quote_href: `/opportunities/${row.id}/quotes/new`,
  };
}

/** @param {Store} store @param {Reader} reader @param {Sale} sale @param {Row} quote */
export async function quote_page(store, reader, sale, quote) {
  const { t } = reader;
  const state = state_of(quote);
  const href = `/opportunities/${sale.row.id}`;
  const order = sale.orders.find((one) => one.quote_id === quote.id);
  const may_place = reader.may_write() && state === "accepted" && !order;
  const author = (await store.people()).find(({ id }) => id === quote.author_id);
  const shown = {
    title: t("Quote %(number)s", { number: number_of(quote) }),
    href: `${href}/quotes/${quote.id}`,
    back: { href, text: t("Opportunity") },
    refused: "",
    letterhead: letterhead(await store.letterhead()),
    customer: { name: sale.customer.name, address: sale.customer.address || "" },
    about: sale.row.name,
    facts: paper_facts(quote, author?.name, reader),
    ...paper(quote.lines, quote.total_cents, quote.currency),
    note: quote.note || "",
    state: t(STATES[state][0]),
    state_kind: STATES[state][1],
    reason: quote.decline_reason || "",
    can_write: reader.may_write(),
    actions: reader.may_write() ? actions(state, Boolean(order), t) : [],
    edit_href: state === "draft" ? `${href}/quotes/new?quote=${quote.id}` : "",
    copy_href: `${href}/quotes/new?from=${quote.id}`,
    contract_href: state === "accepted" ? `${href}/contracts/new?quote=${quote.id}` : "",
    order: order ? order_row(order, reader) : null,
    place: may_place ? place(quote, reader) : null,
    warnings: may_place ? warnings(quote.lines, await store.products(), reader) : [],
  };
  return { ...shown, share_text: share_text(shown, t) };
}

/** The letterhead; without one, papers begin with their title. @param {Row | null} row */
function letterhead(row) {
  return { name: row?.name ?? "", lines: row?.lines ? row.lines.split("\n") : [], footer: row?.footer ? row.footer.split("\n") : [] };
}

/** @param {Row} quote @param {string | undefined} author @param {Reader} reader */
function paper_facts({ created_at, valid_until }, author, reader) {
  const { t, locale } = reader;
  return known([
    [t("Date"), words.short_date(reader.day_of(created_at), NO_YEAR_OF_OURS, locale)],
    [t("Valid until"), valid_until ? words.short_date(valid_until, NO_YEAR_OF_OURS, locale) : ""],
    [t("Your contact"), author ?? ""],
  ]);
}

/** @param {Line[]} lines @param {number} total_cents @param {string} currency */
export function paper(lines, total_cents, currency) {
  return {
    lines: lines.map((line) => paper_line(line, currency)),
    has_discount: lines.some((line) => line.discount_bp),
    total: words.money(total_cents, currency),
  };
}

/** @param {Line} line @param {string} currency */
function paper_line(line, currency) {
  const quantity = [words.quantity(line.quantity), line.unit].filter(Boolean).join(" ");
  const price = words.money(line.unit_price_cents, currency);
  const discount = line.discount_bp ? words.percent(line.discount_bp) : "";
  return {
    name: line.name,
    quantity,
    price,
    discount,
    said: `${quantity} × ${price}${discount && ` − ${discount}`}`,
    sum: words.money(line_cents(line), currency),
  };
}

/** The buttons for a quote in this state. @param {string} state @param {boolean} is_ordered @param {Translator} t */
function actions(state, is_ordered, t) {
  /** @type {Record<string, [string, string][]>} */
  const offered = {
    draft: [["sent", t("Mark as sent")], ["accepted", t("Accepted")], ["withdrawn", t("Take it back")]],
    sent: [["accepted", t("Accepted")], ["declined", t("Declined")]],
    accepted: is_ordered ? [] : [["withdrawn", t("Take it back")]],
  };
  return (offered[state] ?? []).map(([to, text]) => ({ to, text }));
}

/** @param {Row} quote @param {Reader} reader */
function place({ id, opportunity_id }, reader) {
  return { action: `/opportunities/${opportunity_id}/orders`, order_id: reader.new_id(), quote_id: id, placed_on: reader.today };
}

/** Warnings from stock figures older than the order: newer ones no longer include its goods.
 * @param {Row} order @param {Row[]} products @param {Reader} reader */
export function stock_warnings(order, products, reader) {
  return warnings(order.lines, products.filter(({ stock_told_at: told }) => told && told <= order.created_at), reader);
}

/** Sentences about lines that the last known stock does not cover. They are warnings: nothing is refused.
 * @param {Line[]} lines @param {Row[]} products @param {Reader} reader */
function warnings(lines, products, reader) {
  /** @type {Map<string, number>} */
  const promised = new Map();
  for (const { product_id, quantity } of lines) if (product_id) promised.set(product_id, (promised.get(product_id) ?? 0) + quantity);
  return [...promised].flatMap(([id, count]) => {
    const product = products.find((row) => row.id === id);
    const stock = product?.stock_quantity ?? null;
    return product && stock !== null && stock < count ? [warning(product, count, reader)] : [];
  });
}

/** @param {Row} product @param {number} promised @param {Reader} reader */
function warning({ name, stock_quantity: stock, stock_told_at }, promised, reader) {
  const said = { name, promised: words.quantity(promised), stock: words.quantity(stock), ago: reader.ago(stock_told_at) };
  return reader.t("%(name)s: %(promised)s promised, %(stock)s in stock as told %(ago)s.", said);
}

/** The whole quote as plain text, for the share sheet. @param {Record<string, any>} shown @param {Translator} t */
function share_text({ letterhead: { name }, title, customer, lines, total, note, facts }, t) {
  const parts = [
    [name, title, customer.name],
    lines.map((/** @type {Line} */ line) => joined(line.name, line.said, line.sum)),
    [`${t("Total")}: ${total}`, note],
    facts.map((/** @type {Line} */ { label, value }) => `${label}: ${value}`),
  ];
  return parts.map((part) => part.filter(Boolean).join("\n")).filter(Boolean).join("\n\n");
}
