/** What changes of quotes, contracts, orders and payments do to the rows on the phone: see overlay_verbs.js. */

import { list_price } from "./prices.js";
import { totals } from "./totals.js";

/** @typedef {import("./overlay_world.js").World} World */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./overlay_verbs.js").Verb} Verb */

const NO_QUOTE = { sent_at: null, accepted_at: null, declined_at: null, decline_reason: null, withdrawn_at: null };
const NO_CONTRACT = {
  sent_at: null, signer: null, signed_at: null, latitude_e6: null, longitude_e6: null, accuracy_m: null, strokes: null, seal: null,
  cancelled_at: null, cancel_reason: null, withdrawn_at: null,
};

/** @type {Record<string, Verb>} */
export const SELLING_VERBS = {
  "quote.save": save,
  "quote.send": (world, { quote_id }, happened_at) => change(world, "quotes", quote_id, ({ sent_at }) => ({ sent_at: sent_at ?? happened_at })),
  "quote.accept": (world, { quote_id }, happened_at) =>
    change(world, "quotes", quote_id, ({ sent_at, accepted_at }) => ({ sent_at: sent_at ?? happened_at, accepted_at: accepted_at ?? happened_at })),
  "quote.decline": (world, { quote_id, reason = null }, happened_at) =>
    change(world, "quotes", quote_id, ({ declined_at }) => (declined_at ? {} : { declined_at: happened_at, decline_reason: reason })),
  "quote.withdraw": (world, { quote_id }) => world.drop("quotes", quote_id),
  "order.place": place,
  "order.withdraw": (world, { order_id }) => world.drop("orders", order_id),
  "payment.expect": (world, { due_on, ...told }, happened_at) => pay(world, { ...told, kind: "expected", on: due_on }, happened_at),
  "payment.receive": (world, { received_on, ...told }, happened_at) => pay(world, { ...told, kind: "received", on: received_on }, happened_at),
  "contract.draft": draft,
  "contract.send": (world, { contract_id }, happened_at) => change(world, "contracts", contract_id, ({ sent_at }) => ({ sent_at: sent_at ?? happened_at })),
  "contract.sign": (world, { contract_id, edition: _, by_name: __, place, ...said }, happened_at) =>
    change(world, "contracts", contract_id, (known) => (known.signed_at ? {} : { ...said, ...place, sent_at: known.sent_at ?? happened_at })),
  "contract.cancel": cancel,
  "payment.withdraw": (world, { order_id, payment_id }) => {
    const found = world.find("orders", order_id);
    world.change("orders", found, { payments: others(found, payment_id) });
  },
};

/** @type {Verb} */
function save(world, { quote_id, opportunity_id, edition, currency, lines, note = null, valid_until = null }, happened_at) {
  const known = world.find("quotes", quote_id);
  const customer_id = world.find("opportunities", opportunity_id)?.customer_id;
  if (!customer_id || (known && known.edition > edition)) return;
  const priced = lines.map((/** @type {Row} */ line) => priced_line(world, customer_id, line));
  const { total_cents, discount_bp } = totals(priced);
  const made = known ?? { ...NO_QUOTE, id: quote_id, customer_id, opportunity_id, author_id: world.me.id, created_at: happened_at };
  world.put("quotes", { ...made, currency, lines: priced, total_cents, discount_bp, note, valid_until, edition: edition + 1 });
}

/** @param {World} world @param {string} customer_id @param {Row} line */
function priced_line(world, customer_id, line) {
  const product = line.product_id && world.products.find(({ id }) => id === line.product_id);
  const price = product ? list_price(product, world.customer(customer_id)?.customer_type) : null;
  return price === null ? line : { ...line, list_price_cents: price };
}

/** @type {Verb} */
function draft(world, { contract_id, opportunity_id, edition, quote_id = null, ...written }, happened_at) {
  const known = world.find("contracts", contract_id);
  const customer_id = world.find("opportunities", opportunity_id)?.customer_id;
  if (!customer_id || (known && known.edition > edition)) return;
  const made = known ?? { ...NO_CONTRACT, id: contract_id, customer_id, opportunity_id, author_id: world.me.id, created_at: happened_at };
  world.put("contracts", { ...made, ...written, quote_id, lines: world.find("quotes", quote_id)?.lines ?? [], edition: edition + 1 });
}

/** @type {Verb} */
function cancel(world, { contract_id, reason = null }, happened_at) {
  if (!world.find("contracts", contract_id)?.sent_at) return world.drop("contracts", contract_id);
  return change(world, "contracts", contract_id, ({ cancelled_at }) => (cancelled_at ? {} : { cancelled_at: happened_at, cancel_reason: reason }));
}

/** @param {World} world @param {"quotes" | "contracts"} collection @param {string} id @param {(row: Row) => Record<string, any>} values */
function change(world, collection, id, values) {
  const found = world.find(collection, id);
  if (found) world.change(collection, found, values(found));
}

/** @type {Verb} */
function place(world, { order_id, quote_id, placed_on, note = null }, happened_at) {
  const quote = world.find("quotes", quote_id);
  if (!quote || world.find("orders", order_id)) return;
  const { customer_id, opportunity_id, currency, lines, total_cents } = quote;
  const from_quote = { customer_id, opportunity_id, quote_id, currency, lines, total_cents };
  world.put("orders", {
    id: order_id, ...from_quote, author_id: world.me.id, placed_on, note, payments: [], created_at: happened_at, withdrawn_at: null,
  });
}

/** @param {World} world @param {Record<string, any>} told @param {string} happened_at */
function pay(world, { order_id, payment_id, ...told }, happened_at) {
  const found = world.find("orders", order_id);
  const paid = { id: payment_id, ...told, by: world.me.id, at: happened_at };
  world.change("orders", found, { payments: [...others(found, payment_id), paid] });
}

/** @param {Row | null} order @param {string} payment_id @returns {Row[]} */
function others(order, payment_id) {
  return (order?.payments ?? []).filter((/** @type {Row} */ { id }) => id !== payment_id);
}
