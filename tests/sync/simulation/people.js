/** Users who get another role, leave and come back; documents that they may read; and contacts of customers. */
import { on_disk } from "./disk.js";

/** As in writing.js: weights, and what makes the change. */
export const CONTACTS = [
  [5, (pen) => contact(pen, (row) => !row.deleted_at, ({ id }) => ({ name: "contact.remove", args: { contact_id: id } }))],
  [4, (pen) => contact(pen, (row) => row.deleted_at, ({ id }) => ({ name: "contact.restore", args: { contact_id: id } }))],
  [4, (pen) => contact(pen, (row) => !row.deleted_at, ({ id }) => ({ name: "contact.edit", args: { contact_id: id, fields: { role: "decides", email: `n${pen.number}@example.test` } } }))],
  [3, (pen) => ({ name: "contact.create", args: { contact_id: pen.new_id(), ...pen.of, name: pen.text() } })],
];
/** The changes that a phone offers to somebody in support. */
export const SUPPORTING = [
  [6, (pen) => pen.some("tasks", (row) => !row.answered_at, (row) => ({ name: "task.answer", args: { task_id: row.id, answer: pen.text() } }))],
  [1, (pen) => ({ name: "user.edit", args: { fields: { weekly_visits: pen.number % 100 } } })],
];

const contact = (pen, accept, make) => pen.some("contacts", accept, make);

const ROLES = [[5, "rep"], [3, "manager"], [2, "executive"], [2, "support"]];
const DEPARTMENTS = [null, "service", "logistics"];

/** An admin at a desk. */
export async function staff({ world, chance }) {
  if (!world.people_move) return;
  const people = await world.server("staff", {});
  const away = people.filter(({ is_away }) => is_away);
  const { id: user_id, role, territory_id } = chance.pick(people);
  const territories = [...new Set(people.map((each) => each.territory_id).filter(Boolean))];
  const somewhere = () => chance.pick([...territories, null]);
  world.number += 1;
  const post = { user_id, role, territory_id, in_team: false, department: null };
  const [fault, change, args] = chance.weighted([
    [5, () => ["another_role", "post", { ...post, role: chance.weighted(ROLES), department: chance.pick(DEPARTMENTS) }]],
    [5, () => ["another_territory", "post", { ...post, territory_id: somewhere() }]],
    [2, () => ["into_the_team", "post", { ...post, in_team: true }]],
    [2, () => ["team_moved", "move_team", { territory_id: chance.pick(territories) }]],
    [3, () => ["left", "leave", { user_id }]],
    [4, () => ["came_back", away.length && "come_back", { user_id: away.length && chance.pick(away).id }]],
    [2, () => ["handed_over", "hand_over", { user_id: chance.pick([...away, ...people]).id, to: chance.pick(people).id }]],
    [1, () => ["territory_renamed", "call", { territory_id: chance.pick(territories), name: `Territory ${world.number}` }]],
  ])();
  if (change && (await world.server("do", { name: "dora", change, args, now: world.now })) === "done") world.note_fault(fault);
}

/** A document of the library: a new one, for others than before, or gone. */
export async function shelve({ world, phone, chance }) {
  if (!world.people_move) return;
  const documents = await world.server("library", {});
  const territories = (await world.server("staff", {})).map(({ territory_id }) => territory_id);
  const is_new = !documents.length || chance.maybe(0.3);
  const document_id = is_new ? world.code.new_id(phone.tabs[0].ports) : chance.pick(documents);
  const [fault, change, args] = !is_new && chance.maybe(0.2)
    ? ["document_withdrawn", "unshelve", { document_id }]
    : [is_new ? "document_new" : "document_for_others", "shelve", { document_id, territory_id: chance.pick([...territories, null]) }];
  if ((await world.server("do", { name: "dora", change, args, now: world.now })) === "done") world.note_fault(fault);
}

/** Shares a customer with somebody or gives it to them, whatever their role. */
export async function share_at_desk({ world, chance }) {
  const customers = await world.server("customers", {});
  if (!world.people_move || !customers.length) return;
  const [customer_id, owner_id] = chance.pick(customers);
  const user_id = chance.pick(Object.values(world.users));
  const [change, args] = chance.weighted([
    [5, ["customer.share", { customer_id, user_id }]],
    [2, ["customer.unshare", { customer_id, user_id }]],
    [3, ["customer.assign", { customer_id, from: owner_id, to: user_id }]],
  ]);
  if ((await world.server("do", { name: chance.pick(["dora", "dora", "mei"]), change, args, now: world.now })) === "done") world.note_fault("shown_at_a_desk");
}

/** Checks that users who have left are not let in, and that their phones keep what they hold. Then brings them back. */
export async function bring_back(world, sync) {
  if (!world.people_move) return;
  for (const { id: user_id, is_away } of await world.server("staff", {})) {
    if (!is_away) continue;
    for (const phone of world.phones.filter((each) => each.user_id === user_id)) await knock(world, phone, sync);
    await world.server("do", { name: "dora", change: "come_back", args: { user_id }, now: world.now });
  }
}

async function knock(world, phone, sync) {
  const kept = () => ["outbox", "journal", "replica"].map((store) => on_disk(phone, store).length);
  const before = kept();
  const outcome = await sync(phone);
  if (outcome?.state === "done") world.violate("let in", { phone: phone.number });
  // More than before is right: something may have been saved meanwhile.
  const is_less = kept().some((count, index) => count < before[index]);
  if (!phone.profile.is_lost && is_less) world.violate("not kept", { phone: phone.number, before, now: kept(), outcome });
}

/** A contact must be as the last one left it who removed or restored it, and nobody may have edited one that was removed. */
export function check_contacts(world, { effects, removed }) {
  const by_mark = new Map([...world.accounts.changes.values()].map((change) => [change.mark, change]));
  const is_removed = new Map();
  for (const mark of effects) {
    const { name, args } = by_mark.get(mark) ?? {};
    if (name === "contact.edit" && is_removed.get(args.contact_id)) world.violate("a removed contact was edited", { args });
    if (name === "contact.remove" || name === "contact.restore") is_removed.set(args.contact_id, name === "contact.remove");
  }
  for (const [id, is_gone] of is_removed) if (removed[id] !== is_gone) world.violate("a contact is not as the last one left it", { id, is_gone });
}
