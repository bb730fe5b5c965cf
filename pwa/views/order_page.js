/** An order's page: its lines, whether stock covers them, its payments. Twin of server/views/order.py. */
import { standing } from "../../sync/payments.js";
import * as words from "../words.js";
import { Form, options_of } from "./form.js";
import { sorted_by } from "./order.js";
import { number_of, paper, payment_tag, stock_warnings } from "./quote.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/payments.js").Instalment} Instalment */

/** @param {import("./held.js").Store} store @param {Reader} reader @param {import("./opportunity.js").Sale} sale @param {Row} order @param {Form} given */
export async function order_page(store, reader, sale, order, given) {
  const { t } = reader;
  const href = `/opportunities/${sale.row.id}`;
  const { tag, kind } = payment_tag(order, reader);
  return {
    title: t("Order %(number)s", { number: number_of(order) }),
    href: `${href}/orders/${order.id}`,
    back: { href, text: t("Opportunity") },
    customer: { name: sale.customer.name, href: `/customers/${sale.customer.id}` },
    placed: joined(words.short_date(order.placed_on, reader.today, reader.locale), sale.people.get(order.author_id)),
    tag_text: tag,
    tag_kind: kind,
    withdraw_href: `/orders/${order.id}/withdraw`,
    quote_href: `${href}/quotes/${order.quote_id}`,
    warnings: stock_warnings(order, await store.products(), reader),
    ...paper(order.lines, order.total_cents, order.currency),
    note: order.note || "",
    can_write: reader.may_write(),
    instalments: standing(order.total_cents, order.payments, reader.today).instalments.map((one) => instalment(one, order, reader)),
    received: received(order, sale.people, reader),
    ...payment_form(order, given, reader),
  };
}

/** @param {Instalment} one @param {Row} order @param {Reader} reader */
function instalment({ payment, left_cents, is_late }, { currency }, { t, today, locale }) {
  const is_part = left_cents > 0 && left_cents < payment.amount_cents;
  return {
    id: payment.id,
    name: words.money(payment.amount_cents, currency),
    detail: joined(
      t("due %(day)s", { day: words.short_date(payment.on, today, locale) }),
      is_part ? t("%(amount)s open", { amount: words.money(left_cents, currency) }) : "",
      payment.note,
    ),
    tag: left_cents ? words.due_label(payment.on, today, locale) : t("Paid"),
    kind: is_late ? "late" : left_cents ? "" : "ok",
  };
}

/** @param {Row} order @param {Map<string, string>} people @param {Reader} reader */
function received({ payments, currency }, people, { t, today, locale }) {
  const paid = payments.filter((/** @type {Row} */ { kind }) => kind === "received");
  return sorted_by(paid, ({ on, id }) => [on, id]).reverse().map(({ id, amount_cents, on, by, note }) => ({
    id,
    name: words.money(amount_cents, currency),
    detail: joined(words.short_date(on, today, locale), people.get(by), note),
    tag: t("Received"),
    kind: "ok",
  }));
}

/** The form's initial values: what is open and not expected yet; without any, what is open. @param {Row} order @param {Form} given @param {Reader} reader */
function payment_form({ total_cents, payments, currency }, given, reader) {
  const { t } = reader;
  const { instalments, open_cents } = standing(total_cents, payments, reader.today);
  const unplanned = Math.max(instalments.reduce((open, { left_cents }) => open - left_cents, open_cents), 0);
  const kind = given.value("kind") || (unplanned ? "expected" : "received");
  const usual = kind === "expected" ? unplanned : open_cents;
  const fresh = { payment_id: [reader.new_id()], kind: [kind], amount_cents: [usual ? words.amount(usual) : ""], on: [reader.today] };
  const form = given.over(fresh);
  const kinds = [["expected", t("Expected")], ["received", t("Received")]];
  return {
    refused: form.refused,
    payment_id: form.value("payment_id"),
    kind: form.choices("kind", t("Payment"), options_of(kinds, kind)),
    amount: form.field("amount_cents", t("Amount in %(currency)s", { currency })),
    on: form.field("on", t("On which day"), "due_on", "received_on"),
    payment_note: form.optional("note", t("Note")),
  };
}
