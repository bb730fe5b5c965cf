/** Orders of accepted quotes, and the payments expected and received for them. Twin of server/routes/orders.py. */
import { done_or_said, saved, screen, wrong_with } from "../answers.js";
import * as forms from "../forms.js";
import { Form } from "../views/form.js";
import { order_page } from "../views/order_page.js";
import { one_of } from "../views/quote.js";
import { with_sale } from "./opportunities.js";
import { taken_back } from "./quotes.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function place(asked) {
  const { sale, about } = await with_sale(asked);
  const args = forms.order(asked.typed);
  const then = () => saved(asked, `/opportunities/${sale.row.id}/orders/${args.order_id}`, "order", args.order_id);
  return done_or_said(asked, "order.place", args, about, then);
}

/** @param {Asked} asked */
export async function show(asked) {
  return page(asked, new Form(asked.t));
}

/** @param {Asked} asked @param {Form} form */
async function page(asked, form) {
  const { sale } = await with_sale(asked);
  const view = await order_page(asked.store, asked.reader, sale, one_of(sale.orders, sale, asked.params.row), form);
  return screen(asked, "orders/page.html", view, "pipeline", form.is_wrong ? 422 : 200);
}

/** @param {Asked} asked */
export async function pay(asked) {
  const { sale, about } = await with_sale(asked);
  const order = one_of(sale.orders, sale, asked.params.row);
  const name = forms.value(asked.typed, "kind") === "received" ? "payment.receive" : "payment.expect";
  const args = forms.payment(asked.typed, order.id);
  const is_there = order.payments.some((/** @type {{id: string}} */ { id }) => id === args.payment_id); // a second tap
  const wrong = is_there ? null : await wrong_with(asked, name, args, about);
  if (wrong) return page(asked, wrong);
  return saved(asked, `/opportunities/${sale.row.id}/orders/${order.id}`, "payment");
}

/** @param {Asked} asked */
export async function take_back_payment(asked) {
  const { sale, about } = await with_sale(asked);
  const order = one_of(sale.orders, sale, asked.params.row);
  const args = { order_id: order.id, payment_id: forms.value(asked.typed, "payment_id") };
  return done_or_said(asked, "payment.withdraw", args, about, () => saved(asked, `/opportunities/${sale.row.id}/orders/${order.id}`, "taken_back"));
}

/** Undo, and for an order that was placed by mistake. @param {Asked} asked */
export async function withdraw(asked) {
  const back = (/** @type {import("../../sync/replica_rows.js").Row} */ { opportunity_id, quote_id }) => `/opportunities/${opportunity_id}/quotes/${quote_id}`;
  return taken_back(asked, "orders", "order.place", "order.withdraw", "order_id", back);
}
