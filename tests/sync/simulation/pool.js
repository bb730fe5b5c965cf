/** Customers without an owner, and other ways in which customers and visits leave the phone of one user and come to another's. */
import { facts_of } from "./writing.js";

/** As in writing.js: weights, and what makes the change. */
export const MOVING = [
  [3, (pen) => (pen.role === "rep" ? null : { name: "customer.create", args: { customer_id: pen.new_customer, name: `of ${pen.new_customer}` } })],
  [4, (pen) => (pen.customer.owner_id ? assigned(pen, null) : null)],
  [6, (pen) => (pen.customer.owner_id ? null : assigned(pen, pen.somebody()))],
  [3, (pen) => ({ name: "customer.share", args: { ...pen.of, user_id: pen.somebody() } })],
  [3, (pen) => with_somebody(pen, (user_id) => ({ name: "customer.unshare", args: { ...pen.of, user_id } }))],
  [3, (pen) => free(pen, () => ({ name: "visit.log", args: { visit_id: pen.new_id(), ...facts_of(pen) } }))],
  [2, (pen) => free(pen, () => ({ name: "follow_up.create", args: { follow_up_id: pen.new_id(), ...pen.of, due_on: "2026-12-06", note: pen.text() } }))],
  [2, (pen) => free(pen, () => ({ name: "visit.plan", args: { visit_id: pen.new_id(), ...pen.of, planned_on: "2026-12-07" } }))],
  [4, (pen) => pen.own_visit((row) => elsewhere(pen, row))],
];

const free = (pen, make) => (pen.customer.owner_id ? null : make());
const with_somebody = (pen, make) => (pen.customer.shared_with?.length ? make(pen.chance.pick(pen.customer.shared_with)) : null);
const assigned = (pen, to) => ({ name: "customer.assign", args: { ...pen.of, from: pen.customer.owner_id, to } });

/** A correction of a visit onto another customer; what hangs off it goes along. */
function elsewhere(pen, { id }) {
  const others = pen.shown.filter((other) => other.id !== pen.customer.id);
  if (!others.length) return null;
  const { id: customer_id } = pen.chance.pick(others);
  const { contact_ids: _, ...facts } = facts_of(pen);
  return { name: "visit.correct", args: { ...facts, visit_id: pen.new_id(), corrects: id, customer_id, note: `of ${customer_id} ${pen.number}` } };
}

/** The first customer on a phone that has none. */
export function begun({ chance, role, user_id, new_id, happened_at }) {
  const customer_id = new_id();
  const owner = role === "rep" || chance.maybe(0.3) ? {} : { owner_id: user_id };
  return { name: "customer.create", args: { customer_id, name: `of ${customer_id}`, ...owner }, customer_id, happened_at };
}

/** A manager, an admin or the author of a visit at a desk, where they also see customers that are on no phone. */
export async function move_at_desk(it) {
  const { world, chance } = it;
  const customers = await world.server("customers", {});
  if (!customers.length) return;
  const pool = customers.filter(([, owner_id]) => !owner_id);
  const held = customers.filter(([, owner_id]) => owner_id);
  const by = chance.pick(["mei", "dora"]);
  const user_id = chance.pick(Object.values(world.users));
  const [fault, from, make] = chance.weighted([
    [6, ["handed_back", held, ([customer_id, owner]) => ["customer.assign", { customer_id, from: owner, to: null }]]],
    [6, ["taken_over", pool, ([customer_id]) => ["customer.assign", { customer_id, from: null, to: user_id }]]],
    [6, ["shared_from_the_pool", pool, ([customer_id]) => ["customer.share", { customer_id, user_id }]]],
    [3, ["unshared", customers, ([customer_id]) => ["customer.unshare", { customer_id, user_id }]]],
    [2, ["made_for_nobody", customers, () => made(it)]],
    [2, ["united_with_the_pool", pool, ([customer_id]) => merged(chance, customer_id, chance.pick(customers)[0])]],
    [1, ["deleted_from_the_pool", pool, ([customer_id]) => ["customer.delete", { customer_id }]]],
    [4, ["visit_moved_at_a_desk", null, () => moved(it, customers)]],
    [3, ["given", held, ([customer_id, owner]) => given(it, by, customer_id, owner)]],
  ]);
  if (from && !from.length) return;
  const [change, args, author = by] = (await make(from && chance.pick(from))) ?? [];
  if (!change) return;
  if (change === "customer.delete") world.deleted.push(args.customer_id);
  if ((await world.server("do", { name: author, change, args, now: world.now })) === "done") world.note_fault(fault);
}

function made({ world, phone }) {
  const customer_id = world.code.new_id(phone.tabs[0].ports);
  return ["customer.create", { customer_id, name: `of ${customer_id}` }];
}

function merged(chance, free_id, other_id) {
  const [customer_id, into_id] = chance.maybe(0.5) ? [free_id, other_id] : [other_id, free_id];
  return ["customer.merge", { customer_id, into_id }];
}

async function moved({ world, phone, chance }, customers) {
  const visits = await world.server("visits", {});
  if (!visits.length) return null;
  const { id, author } = chance.pick(visits);
  const customer_id = chance.pick(customers)[0];
  world.number += 1;
  const facts = { started_at: new Date(world.now).toISOString(), outcome: "interested", note: `of ${customer_id} ${world.number}` };
  return ["visit.correct", { visit_id: world.code.new_id(phone.tabs[0].ports), corrects: id, customer_id, ...facts }, author];
}

function given({ world, phone }, by, customer_id, to) {
  world.number += 1;
  const promised = { follow_up_id: world.code.new_id(phone.tabs[0].ports), customer_id, due_on: "2026-12-08", note: `of ${customer_id} ${world.number}` };
  return ["give", { ...promised, to }, by];
}
