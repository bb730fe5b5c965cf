/** Parked quotes, contracts, orders and payments in the forms that they came from, or in one as small as they are. */
import * as forms from "../forms.js";
import * as words from "../words.js";
import { contract_form } from "./contract_form.js";
import { Form } from "./form.js";
import { sale_of } from "./opportunity.js";
import { state_of } from "./quote.js";
import { quote_form, written } from "./quote_form.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../../sync/outbox.js").Entry} Entry */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("./form.js").Typed} Typed */
/** @typedef {{typed: (asked: Asked, args: forms.Args) => Promise<Typed>, args: (typed: Typed, args: forms.Args) => forms.Args,
 *   view: (asked: Asked, entry: Entry, form: Form) => Promise<[string, forms.Args]>}} Editing */

/** @type {Record<string, Editing>} */
export const SELLING = {
  "quote.save": {
    typed: async (asked, args) => ({ ...written(/** @type {Row} */ (args)), ...(await numbered(asked, "quotes", "quote_id", args)) }),
    args: (typed, { opportunity_id }) => forms.quote(typed, opportunity_id),
    view: async (asked, { args, label }, form) =>
      ["quotes/form.html", await quote_form(asked.store, asked.reader, await sale_for(asked, args, label), form, null, asked.query("q"))],
  },
  "contract.draft": {
    typed: async (asked, { total_cents, ...args }) =>
      ({ ...texts(args), amount_cents: [words.amount(total_cents)], ...(await numbered(asked, "contracts", "contract_id", args)) }),
    args: (typed, { opportunity_id }) => forms.contract(typed, opportunity_id),
    view: async (asked, { args, label }, form) => {
      const sale = await sale_for(asked, args, label);
      const quote = sale.quotes.find(({ id }) => id === args.quote_id) ?? null;
      return ["contracts/form.html", await contract_form(asked.store, asked.reader, sale, form, null, quote)];
    },
  },
  "order.place": {
    typed: async (_, args) => texts(args),
    args: (typed, { order_id, quote_id }) => ({ ...forms.order(typed), order_id, quote_id }),
    view: async (_, { label }, form) => small(form, label, "placed_on", null),
  },
  "payment.expect": payment("expected", "due_on"),
  "payment.receive": payment("received", "received_on"),
};

/** @param {string} kind @param {string} day @returns {Editing} */
function payment(kind, day) {
  return {
    typed: async (_, { amount_cents, ...args }) => ({ ...texts(args), on: [args[day]], amount_cents: [words.amount(amount_cents)] }),
    args: (typed, { payment_id, order_id }) => ({ ...forms.payment({ ...typed, kind: [kind] }, order_id), payment_id }),
    view: async (_, { label }, form) => small(form, label, "on", form.field("amount_cents", form.t("Amount")), day),
  };
}

/** @param {Form} form @param {string | null | undefined} customer_name @param {string} on @param {object | null} amount @param {string[]} also
 * @returns {[string, forms.Args]} */
function small(form, customer_name, on, amount, ...also) {
  const { t } = form;
  const fields = { amount, on: form.field(on, t("On which day"), ...also), note: form.optional("note", t("Note")) };
  return ["orders/parked.html", { ...fields, customer_name: customer_name ?? "", refused: form.refused, draft_kept: false }];
}

/** Over what is there now, as far as this phone knows; what was sent meanwhile stays, and this becomes another one.
 * @param {Asked} asked @param {"quotes" | "contracts"} collection @param {string} key @param {forms.Args} args @returns {Promise<Typed>} */
async function numbered({ store, reader }, collection, key, args) {
  const held = await store.customer((await store.holder(args.opportunity_id)) ?? "");
  const known = held?.[collection].find(({ id }) => id === args[key]);
  if (known && state_of(known) !== "draft") return { [key]: [reader.new_id()], edition: ["0"] };
  return { [key]: [args[key]], edition: [String(held ? known?.edition ?? 0 : args.edition)] };
}

/** Of an opportunity that is parked itself no more is known than this. @param {Asked} asked @param {forms.Args} args @param {string | null | undefined} label
 * @returns {Promise<import("./opportunity.js").Sale>} */
async function sale_for({ store }, { opportunity_id: id, currency }, label) {
  const held = await store.customer((await store.holder(id)) ?? "");
  const row = held?.opportunities.find((one) => one.id === id);
  if (held && row) return sale_of(store, held, row);
  const unknown = { row: { id, name: "", currency, amount_cents: 0 }, customer: { id: "", name: label ?? "" }, quotes: [], orders: [], contracts: [], tasks: [] };
  return /** @type {any} */ (unknown);
}

/** @param {forms.Args} args @returns {Typed} */
function texts(args) {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, [String(value ?? "")]]));
}
