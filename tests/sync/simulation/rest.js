/** All changes that no other module here sends, so that histories have every change of the closed list. */
import { createHash } from "node:crypto";
import { facts_of } from "./writing.js";

/** As in writing.js: weights, and what makes the change. */
export const CONTRACTS = [
  [7, (pen) => pen.some("opportunities", () => true, (row) => drafted(pen, pen.new_id(), row.id, 0))],
  [3, (pen) => contract(pen, ({ id, opportunity_id, edition }) => drafted(pen, id, opportunity_id, edition))],
  [3, (pen) => contract(pen, ({ id }) => ({ name: "contract.send", args: { contract_id: id } }))],
  [4, (pen) => contract(pen, (row) => signed(pen, row))],
  [2, (pen) => contract(pen, ({ id }) => ({ name: "contract.cancel", args: { contract_id: id, reason: pen.text() } }))],
];

export const FILES = [
  [4, (pen) => filed(pen)],
  [8, (pen) => pen.some("attachments", ({ visit_id }) => !visit_id, (row) => taken_off(pen, "file.detach", row))],
  [3, (pen) => pen.some("attachments", ({ visit_id }) => visit_id, (row) => taken_off(pen, "visit.detach", row))],
  [8, (pen) => (pen.taken_off.length ? { name: "file.reattach", ...pen.chance.pick(pen.taken_off) } : null)],
];

export const REST = [
  [3, (pen) => ({ name: "customer.compare", args: { ...pen.of, competitor: pen.chance.pick(["Bean & Co", "Roast"]), note: pen.text(), tags: ["price"] } })],
  [12, (pen) => (pen.customer.asked_by?.length ? { name: "customer.decline", args: { ...pen.of, user_id: pen.chance.pick(pen.customer.asked_by) } } : null)],
  [2, (pen) => ({ name: "customer.ask", args: { customer_id: pen.chance.pick(pen.shown).id } })],
  [12, (pen) => managing(pen, () => ({ name: "customer.delete", args: pen.of }), pen.of.customer_id)],
  [20, (pen) => (pen.role === "rep" || !pen.deleted.length ? null : { name: "customer.restore", args: { customer_id: pen.chance.pick(pen.deleted) } })],
  [4, (pen) => managing_two(pen)],
  [5, (pen) => pen.some("visits", ({ started_at }) => !started_at, ({ id }) => ({ name: "visit.cancel", args: { visit_id: id } }))],
  [8, (pen) => pen.some("visits", (row) => row.kind !== "visit" && row.author_id === pen.user_id && !row.corrected_by, (row) => corrected(pen, row))],
  ...FILES,
  [5, (pen) => approval(pen, "opportunity.ask", {})],
  [3, (pen) => approval(pen, "opportunity.decline", { note: pen.text() })],
  ...CONTRACTS,
  [6, (pen) => (pen.parked.length ? { name: "entry.ask", args: { change_id: pen.chance.pick(pen.parked).id } } : null)],
];

const contract = (pen, make) => pen.some("contracts", () => true, make);

function managing(pen, make, customer_id) {
  if (pen.role === "rep") return null;
  pen.deleted.push(customer_id);
  return make();
}

function managing_two(pen) {
  const others = pen.shown.filter(({ id }) => id !== pen.customer.id);
  return pen.role === "rep" || !others.length ? null : { name: "customer.merge", args: { ...pen.of, into_id: pen.chance.pick(others).id } };
}

function corrected(pen, { id, kind }) {
  return { name: "activity.correct", args: { ...facts_of(pen), kind, visit_id: pen.new_id(), corrects: id } };
}

/** A document; how its bytes are sent is not checked here, because they go the way of a photo's. */
function filed(pen) {
  const sale = pen.held.opportunities.length && pen.chance.maybe(0.5) ? { opportunity_id: pen.chance.pick(pen.held.opportunities).id } : {};
  const bytes = Buffer.from(`%PDF-1.7 ${pen.number}`);
  const told = { name: pen.text(), sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, media_type: "application/pdf" };
  return { name: "file.attach", args: { attachment_id: pen.new_id(), ...pen.of, ...sale, ...told }, bytes };
}

function taken_off(pen, name, { id, customer_id }) {
  const args = { attachment_id: id };
  pen.taken_off.push({ args, customer_id });
  return { name, args };
}

function approval(pen, name, more) {
  return pen.some("opportunities", () => true, ({ id, stage, amount_cents, currency, approval_requests }) => {
    const asked = approval_requests?.at(-1)?.stage;
    return { name, args: { opportunity_id: id, stage: asked ?? stage, amount_cents, currency, ...more } };
  });
}

function drafted(pen, contract_id, opportunity_id, edition) {
  const said = { title: pen.text(), seller: "Legwork", buyer: pen.text(), total_cents: 1_000, currency: "EUR", terms: pen.text() };
  return { name: "contract.draft", args: { contract_id, opportunity_id, edition, ...said } };
}

function signed(pen, contract) {
  const said = { signer: pen.text(), signed_at: pen.happened_at, by_name: "yes" };
  const seal = createHash("sha256").update(pen.sealed_text({ ...contract, ...said })).digest("hex");
  return { name: "contract.sign", args: { contract_id: contract.id, edition: contract.edition, ...said, seal } };
}

const STAGES_THAT_MAY_GO = ["first_contact", "needs_confirmed"];

/** What is done in an office, and comes to phones by a pull. */
export async function run_the_office(it) {
  const { world, chance } = it;
  world.number += 1;
  const customers = await world.server("customers", {});
  const [fault, name, change, args] = chance.weighted([
    [8, () => ["asked_for", chance.pick(["alice", "bob", "charlie"]), "customer.ask", { customer_id: chance.pick(customers)?.[0] ?? "" }]],
    [1, () => restaged(it)],
    [2, () => ["renamed", "dora", "rename", { user_id: chance.pick(Object.values(world.users)), name: `Person ${world.number}` }]],
    [1, () => ["field_defined", "dora", "define", { name: `Field ${world.number}` }]],
    [1, () => ["letterhead", "dora", "head", { name: `Legwork ${world.number}` }]],
  ])();
  if ((await world.server("do", { name, change, args, now: world.now })) === "done") world.note_fault(fault);
}

function restaged({ world, chance }) {
  const args = { leaving: chance.pick(STAGES_THAT_MAY_GO), to: "lead" };
  world.desk_moves.push({ by: world.users.dora, from: args.leaving, to: args.to });
  return ["restaged", "dora", "restage", args];
}

/** Changes that make a row: its collection, and the arg that holds its id. */
const MADE = {
  "customer.create": ["customers", "customer_id"], "contact.create": ["contacts", "contact_id"],
  "visit.log": ["visits", "visit_id"], "activity.log": ["visits", "visit_id"], "visit.correct": ["visits", "visit_id"],
  "activity.correct": ["visits", "visit_id"], "visit.plan": ["visits", "visit_id"], "follow_up.create": ["follow_ups", "follow_up_id"],
  "opportunity.create": ["opportunities", "opportunity_id"], "quote.save": ["quotes", "quote_id"], "order.place": ["orders", "order_id"],
  "contract.draft": ["contracts", "contract_id"], "task.ask": ["tasks", "task_id"],
  "visit.attach": ["attachments", "attachment_id"], "file.attach": ["attachments", "attachment_id"],
};
/** Collections whose rows go with their visit, which may be corrected onto another customer. */
const GO_ALONG = new Set(["follow_ups", "attachments"]);

/** Each row that an applied change made must be in its table, at the customer it was entered for, or the one that this was merged into. */
export function check_rows(world, { receipts, rows, merged }) {
  for (const { id, name, args, is_void } of world.accounts.changes.values()) {
    if (!MADE[name] || is_void || receipts[id]?.[0] !== "applied") continue;
    const [collection, key] = MADE[name];
    const customer_id = rows[collection][args[key]];
    const wanted = merged[args.customer_id] ?? args.customer_id;
    if (customer_id === undefined) world.violate("taken, and in no table", { id, name, args });
    else if (wanted && wanted !== customer_id && !GO_ALONG.has(collection) && collection !== "customers") world.violate("at another customer", { id, name, args, customer_id });
  }
}
