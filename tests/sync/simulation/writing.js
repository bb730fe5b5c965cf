/** What people save: changes about what their phone shows. Every text says which customer it is about: `of <id>`. */

const STAGES = ["lead", "first_contact", "needs_confirmed", "quote", "contract", "payment", "won", "lost"];
const ACTIVITIES = ["call", "message", "email", "meeting"];
const LIFECYCLES = ["lead", "prospect", "active", "dormant", "lost"];
const OUTCOMES = ["interested", "ordered", "needs_quote", "not_now", "nobody_there"];

/** Kinds of changes: weight, and what makes one: (pen) → {name, args}, or null if the phone shows nothing for it. */
const KINDS = [
  [10, (pen) => visit_log(pen, pen.new_id())],
  [3, (pen) => ({ name: "activity.log", args: { ...visit_log(pen, pen.new_id()).args, kind: pen.chance.pick(ACTIVITIES) } })],
  [2, (pen) => pen.some("visits", (row) => !row.started_at, (row) => visit_log(pen, row.id))],
  [3, (pen) => pen.own_visit((row) => ({ name: "visit.correct", args: { ...facts_of(pen), visit_id: pen.new_id(), corrects: row.id } }))],
  [3, (pen) => pen.own_visit((row) => ({ name: "visit.withdraw", args: { visit_id: row.id } }))],
  [3, (pen) => ({ name: "visit.plan", args: { visit_id: pen.new_id(), ...pen.of, planned_on: "2026-12-01", planned_time: "10:30" } })],
  [1, (pen) => pen.some("visits", (row) => !row.started_at, (row) => ({ name: "visit.cancel", args: { visit_id: row.id } }))],
  [4, (pen) => ({ name: "follow_up.create", args: { follow_up_id: pen.new_id(), ...pen.of, due_on: "2026-12-02" } })],
  [3, (pen) => promise(pen, "complete")],
  [2, (pen) => promise(pen, "reopen")],
  [2, (pen) => promise(pen, "snooze", { due_on: `2026-12-${10 + pen.chance.below(20)}` })],
  [2, (pen) => promise(pen, "withdraw")],
  [3, (pen) => ({ name: "customer.create", args: { customer_id: pen.new_customer, name: `of ${pen.new_customer}`, ...pen.for_whom } })],
  [6, (pen) => ({ name: "customer.edit", args: { ...pen.of, fields: edited(pen, pen.chance.pick(["region", "address", "lifecycle"])) } })],
  [3, (pen) => ({ name: "customer.add_tag", args: { ...pen.of, tag: pen.text() } })],
  [2, (pen) => (pen.customer.tags?.length ? { name: "customer.remove_tag", args: { ...pen.of, tag: pen.chance.pick(pen.customer.tags) } } : null)],
  [3, (pen) => ({ name: "contact.create", args: { contact_id: pen.new_id(), ...pen.of, name: pen.text() } })],
  [2, (pen) => pen.some("contacts", () => true, (row) => ({ name: "contact.edit", args: { contact_id: row.id, fields: { email: `n${pen.number}@example.test` } } }))],
  [2, (pen) => ({ name: "opportunity.create", args: { opportunity_id: pen.new_id(), ...pen.of, name: pen.text(), amount_cents: 100, currency: "EUR", stage: "lead" } })],
  [2, (pen) => pen.some("opportunities", () => true, (row) => ({ name: "opportunity.move", args: { opportunity_id: row.id, from: row.stage, to: pen.chance.pick(STAGES) } }))],
  [2, (pen) => ({ name: "customer.assign", args: { ...pen.of, from: pen.customer.owner_id, to: pen.somebody() } })],
  [2, (pen) => ({ name: "customer.share", args: { ...pen.of, user_id: pen.somebody() } })],
  [1, (pen) => ({ name: "customer.unshare", args: { ...pen.of, user_id: pen.somebody() } })],
  [1, (pen) => (pen.role === "rep" || !pen.other ? null : { name: "customer.merge", args: { ...pen.of, into_id: pen.other } })],
  [1, (pen) => ({ name: "user.edit", args: { fields: { weekly_visits: pen.number % 100 } } })],
  [1, (pen) => ({ name: "visit.log", args: { ...visit_log(pen, pen.new_id()).args, note: "poison" } })],
  [1, (pen) => ({ name: "follow_up.create", args: { follow_up_id: pen.new_id(), ...pen.of, due_on: "1800-01-01" } })],
];

function visit_log(pen, visit_id) {
  return { name: "visit.log", args: { visit_id, ...facts_of(pen) } };
}

export function facts_of(pen) {
  const follow_up = pen.chance.maybe(0.4) ? { follow_up: { follow_up_id: pen.new_id(), due_on: "2026-12-03" } } : {};
  const met = met_by(pen);
  return { ...pen.of, started_at: pen.happened_at, outcome: pen.chance.pick(OUTCOMES), note: pen.text(), ...met, ...follow_up };
}

/** A contact to name in a visit, sometimes: one that was not removed, as far as this phone knows. */
function met_by(pen) {
  const contacts = pen.held.contacts.filter(({ deleted_at }) => !deleted_at);
  return contacts.length && pen.chance.maybe(0.3) ? { contact_ids: [pen.chance.pick(contacts).id] } : {};
}

function edited(pen, field) {
  return { [field]: field === "lifecycle" ? LIFECYCLES[pen.number % LIFECYCLES.length] : pen.text() };
}

function promise(pen, verb, more = {}) {
  return pen.some("follow_ups", () => true, (row) => ({ name: `follow_up.${verb}`, args: { follow_up_id: row.id, ...more } }));
}

/** Somebody who looks at one customer, and all that is needed to write a change about it. */
class Pen {
  constructor(held, around) {
    Object.assign(this, { held, customer: held.customer, of: { customer_id: held.customer.id }, ...around });
    this.new_customer = this.new_id();
    // Only reps own what they create. Others name an owner, else the customer would be nobody's and on no phone.
    this.for_whom = this.role === "rep" ? {} : { owner_id: this.user_id };
  }

  text() {
    return `of ${this.customer.id} ${this.number}`;
  }

  some(collection, accept, make) {
    const rows = this.held[collection].filter(accept);
    return rows.length ? make(this.chance.pick(rows)) : null;
  }

  own_visit(make) {
    return this.some("visits", (row) => row.started_at && !row.corrected_by && row.author_id === this.user_id, make);
  }

  somebody() {
    return this.chance.pick(this.users);
  }
}

/**
 * A Pen at one of the customers in this store; null if there is none.
 * @param {any} store @param {{chance: any, user_id: string, users: string[], role: string, number: number, happened_at: string, new_id: () => string}} around
 */
export async function pen_at(store, around) {
  const shown = await store.customers();
  if (!shown.length) return null;
  const held = await store.customer(around.at ?? around.chance.pick(shown).id);
  if (held === null) return null;
  const pen = new Pen(held, around);
  pen.shown = shown;
  pen.parked = store.outbox.filter(({ state, name }) => state === "parked" && !name.startsWith("entry."));
  pen.other = shown.find(({ id }) => id !== held.customer.id)?.id;
  return pen;
}

/** A change about something this store shows, or null. @param {any} store @param {any} around @param {any[]} kinds */
export async function something_to_write(store, around, kinds = KINDS) {
  const pen = await pen_at(store, around);
  let change = null;
  for (let tries = 0; pen && change === null && tries < (around.patience ?? 5); tries += 1) change = around.chance.weighted(kinds)(pen);
  return change && { ...change, customer_id: change.customer_id ?? change.args.customer_id ?? pen.customer.id, happened_at: around.happened_at };
}
