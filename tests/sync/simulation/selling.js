/** What people sell, and the check that nobody overwrote a step that somebody else had taken. */

const STAGES = ["lead", "first_contact", "needs_confirmed", "quote", "contract", "payment", "won", "lost"];

/** As in writing.js: weights, and what makes the change. */
export const SELLING = [
  [4, (pen) => ({ name: "opportunity.create", args: { opportunity_id: pen.new_id(), ...pen.of, name: pen.text(), amount_cents: 100 * pen.chance.below(3), currency: "EUR", stage: "lead" } })],
  [7, (pen) => sale(pen, (row) => ({ name: "opportunity.move", args: { opportunity_id: row.id, from: row.stage, to: next_of(pen, row), ...filled_in(pen, row) } }))],
  [1, (pen) => sale(pen, (row) => ({ name: "opportunity.edit", args: { opportunity_id: row.id, fields: { competitor: pen.text() } } }))],
  [2, (pen) => sale(pen, (row) => ({ name: "opportunity.revalue", args: { opportunity_id: row.id, from_cents: row.amount_cents, from_currency: row.currency, amount_cents: 100 * pen.chance.below(9), currency: "EUR" } }))],
  [1, (pen) => sale(pen, (row) => ({ name: "opportunity.approve", args: { opportunity_id: row.id, stage: pen.chance.pick(STAGES), amount_cents: row.amount_cents, currency: row.currency } }))],
  [3, (pen) => sale(pen, (row) => saved_quote(pen, row, pen.new_id(), 0))],
  [4, (pen) => quote(pen, (row) => !row.sent_at, (row) => saved_quote(pen, { id: row.opportunity_id }, row.id, row.edition))],
  [3, (pen) => quote(pen, (row) => !row.sent_at, (row) => ({ name: "quote.send", args: { quote_id: row.id } }))],
  [4, (pen) => quote(pen, (row) => !row.declined_at, (row) => ({ name: "quote.accept", args: { quote_id: row.id } }))],
  [1, (pen) => quote(pen, (row) => !row.accepted_at, (row) => ({ name: "quote.decline", args: { quote_id: row.id, reason: pen.text() } }))],
  [1, (pen) => quote(pen, () => true, (row) => ({ name: "quote.withdraw", args: { quote_id: row.id } }))],
  [4, (pen) => quote(pen, (row) => row.accepted_at, (row) => ({ name: "order.place", args: { order_id: pen.new_id(), quote_id: row.id, placed_on: "2026-11-30" } }))],
  [1, (pen) => order(pen, (row) => ({ name: "order.withdraw", args: { order_id: row.id } }))],
  [4, (pen) => order(pen, (row) => ({ name: "payment.expect", args: { payment_id: pen.new_id(), order_id: row.id, due_on: "2026-12-15", amount_cents: 500 } }))],
  [4, (pen) => order(pen, (row) => ({ name: "payment.receive", args: { payment_id: pen.new_id(), order_id: row.id, received_on: "2026-12-01", amount_cents: 500, note: pen.text() } }))],
  [1, (pen) => order(pen, (row) => (row.payments.length ? { name: "payment.withdraw", args: { order_id: row.id, payment_id: pen.chance.pick(row.payments).id } } : null))],
];

const sale = (pen, make) => pen.some("opportunities", () => true, make);
const quote = (pen, accept, make) => pen.some("quotes", accept, make);
const order = (pen, make) => pen.some("orders", () => true, make);

/** Mostly the next stage, so that two phones with the same row often want to move it at the same time. */
function next_of(pen, { stage }) {
  return pen.chance.maybe(0.6) ? (STAGES[STAGES.indexOf(stage) + 1] ?? "lost") : pen.chance.pick(STAGES);
}

function filled_in(pen, { amount_cents }) {
  return { ...(amount_cents ? {} : { amount_cents: 700 }), expected_close_on: "2026-12-20", lost_reason: "price", competitor: pen.text() };
}

function saved_quote(pen, { id }, quote_id, edition) {
  const lines = [{ name: pen.text(), quantity: 1 + pen.chance.below(3), unit_price_cents: 1_000 }];
  return { name: "quote.save", args: { quote_id, opportunity_id: id, edition, currency: "EUR", lines, note: pen.text() } };
}

/** A manager at a desk, who sees what is there now and not what a phone saw. */
export async function sell_at_desk({ world, chance }) {
  const { opportunities: sales } = await world.server("sales", {});
  if (!sales.length) return;
  const name = chance.pick(["mei", "dora"]);
  const { id, stage, amount_cents } = chance.pick(sales);
  const args = { opportunity_id: id, from: stage, to: chance.pick(STAGES), ...(amount_cents ? {} : { amount_cents: 900 }), lost_reason: "desk" };
  world.desk_moves.push({ by: world.users[name], from: args.from, to: args.to });
  if ((await world.server("do", { name, change: "opportunity.move", args, now: world.now })) === "done") world.note_fault("moved_at_a_desk");
}

/** An admin at a desk saves a quote that a phone may be saving, too. */
export async function quote_at_desk({ world, chance }) {
  const drafts = (await world.server("sales", {})).quotes.filter((row) => !row.sent_at && !row.withdrawn_at);
  if (!drafts.length) return;
  const { id, opportunity_id, customer_id, edition } = chance.pick(drafts);
  world.number += 1;
  const lines = [{ name: `of ${customer_id} ${world.number}`, quantity: 1, unit_price_cents: 900 }];
  const args = { quote_id: id, opportunity_id, edition, currency: "EUR", lines };
  if ((await world.server("do", { name: "dora", change: "quote.save", args, now: world.now })) !== "done") return;
  world.note_fault("quoted_at_a_desk");
  world.desk_quotes.push(args);
}

/** Nobody may have overwritten what somebody else had done meanwhile, and no payment may be gone. */
export function check_sales(world, { receipts, opportunities, quotes, orders }) {
  const applied = [...world.accounts.changes.values()].filter(({ id }) => receipts[id]?.[0] === "applied");
  const named = (name) => applied.filter((change) => change.name === name).map(({ args, phone, is_void }) => ({ ...args, by: phone.user_id, is_void }));
  check_moves(world, opportunities, [...named("opportunity.move"), ...world.desk_moves]);
  check_quotes(world, quotes, orders, [...named("quote.save"), ...world.desk_quotes]);
  check_payments(world, orders, named);
}

/** Each move must have begun at the stage that its author saw. */
function check_moves(world, opportunities, wanted) {
  for (const { id, stage, moves } of opportunities) {
    for (const { by, from, to } of moves) {
      if (!wanted.some((want) => want.by === by && want.from === from && want.to === to)) world.violate("moved from elsewhere", { id, by, from, to });
    }
    const is_a_chain = moves.every((move, at) => at === 0 || move.from === moves[at - 1].to);
    if (!is_a_chain || (moves.length && moves.at(-1).to !== stage)) world.violate("a step that nobody took", { id, stage, moves });
  }
}

function check_quotes(world, quotes, orders, saved) {
  const editions = new Map();
  // A discarded entry may have come to the server as `noop`.
  for (const { quote_id, edition, lines } of saved.filter(({ is_void }) => !is_void)) {
    const [key, told] = [`${quote_id} ${edition}`, JSON.stringify(lines)];
    if ((editions.get(key) ?? told) !== told) world.violate("saved over what nobody had seen", { quote_id, edition });
    editions.set(key, told);
  }
  for (const { id, accepted_at, declined_at } of quotes) {
    if (accepted_at && declined_at) world.violate("accepted and declined", { id });
    if (orders.filter(({ quote_id, withdrawn_at }) => quote_id === id && !withdrawn_at).length > 1) world.violate("ordered twice", { id });
  }
}

function check_payments(world, orders, named) {
  const withdrawn = new Set(named("payment.withdraw").map(({ payment_id }) => payment_id));
  for (const { payment_id, order_id } of [...named("payment.expect"), ...named("payment.receive")]) {
    const count = orders.find(({ id }) => id === order_id)?.payments.filter(({ id }) => id === payment_id).length ?? 0;
    if (count > 1 || (count === 0 && !withdrawn.has(payment_id))) world.violate("paid, and not as often as once", { payment_id, order_id, count });
  }
}
