/**
 * What each change does to the rows it touches: small twins of the verbs in server/models. They never refuse: a change that
 * the server refuses is parked, and then no longer laid over. Doing one twice does no harm.
 */

import { fold } from "./fold.js";
import { OPPORTUNITY_VERBS } from "./overlay_opportunities.js";
import { SELLING_VERBS } from "./overlay_selling.js";
import { HANGING } from "./replica_rows.js";

/** @typedef {import("./overlay_world.js").World} World */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {Record<string, any>} Args */
/** @typedef {(world: World, args: Args, happened_at: string) => void} Verb */

const NO_CUSTOMER = {
  phone: null, address: null, region: null, customer_type: null, lifecycle: "lead", cadence_days: 30, price_sensitivity: null,
  preferred_product_ids: null, preferred_products: null, preferred_times: null, comparisons: {}, latitude: null, longitude: null, last_touch_at: null, deleted_at: null,
};
const NO_CONTACT = { role: null, phone: null, email: null, birthday: null, reports_to: null, deleted_at: null };
const NOT_DONE = {
  started_at: null, ended_at: null, outcome: null, note: null, pain_point: null, contact_ids: [], product_ids: [],
  competitors: [], latitude: null, longitude: null, accuracy_m: null,
};
const NO_VISIT = { kind: "visit", planned_on: null, planned_time: null, ...NOT_DONE, corrects: null, corrected_by: null, withdrawn_at: null };
const NO_ANSWER = { answer: null, answered_by: null, answered_at: null, rating: null, withdrawn_at: null };

/** @type {Record<string, Verb>} */
export const VERBS = {
  ...OPPORTUNITY_VERBS,
  ...SELLING_VERBS,
  "customer.create": create_customer,
  "customer.edit": (world, { customer_id, fields: { custom = {}, ...fields } }, happened_at) =>
    change_customer(world, customer_id, (row) => found_by({ ...row, ...fields, ...moved(world, row, fields.lifecycle, happened_at), custom: told({ ...row.custom, ...custom }) }, row)),
  "customer.add_tag": (world, { customer_id, tag }) =>
    change_customer(world, customer_id, (row) => ({ ...row, tags: [...new Set([...(row.tags ?? []), tag])].sort() })),
  "customer.remove_tag": (world, { customer_id, tag }) =>
    change_customer(world, customer_id, (row) => ({ ...row, tags: without(row.tags, tag) })),
  "customer.compare": (world, { customer_id, competitor, note = null, tags = [] }) =>
    change_customer(world, customer_id, (row) => {
      const { [competitor]: _, ...others } = row.comparisons ?? {};
      const told = note || tags.length ? { [competitor]: { note, tags: [...new Set(tags)] } } : {};
      return { ...row, comparisons: { ...others, ...told } };
    }),
  "customer.assign": assign,
  "customer.share": (world, { customer_id, user_id }) =>
    change_customer(world, customer_id, (row) => ({
      ...answered(row, user_id), shared_with: [...without(row.shared_with, user_id), user_id].sort(),
    })),
  "customer.decline": (world, { customer_id, user_id }) =>
    change_customer(world, customer_id, (row) => answered(row, user_id)),
  "customer.unshare": (world, { customer_id, user_id }) =>
    change_customer(world, customer_id, (row) => ({ ...row, shared_with: without(row.shared_with, user_id) })),
  "customer.delete": (world, { customer_id }) => {
    const draft = world.drafts.get(customer_id);
    if (draft) draft.customer = null;
  },
  "contact.create": (world, { contact_id, ...fields }, happened_at) =>
    world.put("contacts", { ...NO_CONTACT, id: contact_id, customer_id: fields.customer_id, created_at: happened_at, ...fields }),
  "contact.edit": (world, { contact_id, fields }) => world.change("contacts", world.find("contacts", contact_id), fields),
  "contact.remove": (world, { contact_id }, deleted_at) => world.change("contacts", world.find("contacts", contact_id), { deleted_at }),
  "contact.restore": (world, { contact_id }) => world.change("contacts", world.find("contacts", contact_id), { deleted_at: null }),
  "visit.plan": (world, { visit_id, customer_id, planned_on, planned_time = null }, happened_at) => {
    const known = world.find("visits", visit_id) ?? blank_visit(world, visit_id, customer_id, happened_at);
    if (!known.started_at) world.put("visits", { ...known, planned_on, planned_time });
  },
  "visit.log": log_visit,
  "visit.correct": correct_visit,
  "activity.log": log_visit,
  "activity.correct": correct_visit,
  "visit.cancel": (world, { visit_id }) => {
    if (!world.find("visits", visit_id)?.started_at) world.drop("visits", visit_id);
  },
  "visit.withdraw": withdraw_visit,
  "visit.attach": attach,
  "visit.detach": detach,
  "file.attach": attach,
  "file.detach": detach,
  "file.reattach": (world, { attachment_id }) => {
    const taken = world.taken_off.get(attachment_id);
    if (taken) world.put("attachments", taken);
  },
  "follow_up.create": (world, args, happened_at) => promise(world, args.customer_id, null, args, happened_at),
  "follow_up.complete": (world, { follow_up_id }, happened_at) => {
    const found = world.find("follow_ups", follow_up_id);
    world.change("follow_ups", found, { completed_at: found?.completed_at ?? happened_at });
  },
  "follow_up.reopen": (world, { follow_up_id }) =>
    world.change("follow_ups", world.find("follow_ups", follow_up_id), { completed_at: null }),
  "follow_up.snooze": (world, { follow_up_id, due_on }) =>
    world.change("follow_ups", world.find("follow_ups", follow_up_id), { due_on }),
  "follow_up.withdraw": (world, { follow_up_id }) => world.drop("follow_ups", follow_up_id),
  "task.ask": (world, { task_id, ...told }, happened_at) =>
    world.put("tasks", { ...NO_ANSWER, ...told, id: task_id, customer_id: told.customer_id, asked_by: world.me.id, created_at: happened_at }),
  "task.answer": (world, { task_id, answer }, happened_at) => {
    const found = world.find("tasks", task_id);
    if (!found?.answered_at) world.change("tasks", found, { answer, answered_by: world.me.id, answered_at: happened_at });
  },
  "task.rate": (world, { task_id, rating }) => world.change("tasks", world.find("tasks", task_id), { rating }),
  "task.withdraw": (world, { task_id }) => world.drop("tasks", task_id),
};

/** @type {Verb} */
function attach(world, { attachment_id, visit_id = null, ...told }, happened_at) {
  world.put("attachments", {
    author_id: world.me.id, created_at: happened_at, received_at: null, refused_at: null, withdrawn_at: null, opportunity_id: null, ...told,
    id: attachment_id, customer_id: told.customer_id, visit_id: visit_id && (standing(world, visit_id, "")?.id ?? visit_id),
  });
}

/** @type {Verb} */
function detach(world, { attachment_id }) {
  const found = world.find("attachments", attachment_id);
  if (found) world.taken_off.set(attachment_id, found);
  world.drop("attachments", attachment_id);
}

/** @type {Verb} */
function create_customer(world, { customer_id, custom = {}, ...fields }, happened_at) {
  const { me } = world;
  const owner_id = fields.owner_id ?? (me.role === "rep" ? me.id : null);
  const row = { ...NO_CUSTOMER, ...fields, custom: told(custom), id: customer_id, owner_id, territory_id: me.territory_id ?? null };
  world.put_customer(found_by({ ...row, created_at: happened_at, tags: [], shared_with: [], asked_by: [] }, null));
}

/** @param {World} world @param {string} customer_id @param {(row: Row) => Row} changed */
function change_customer(world, customer_id, changed) {
  const row = world.customer(customer_id);
  if (row) world.put_customer(changed(row));
}

/** The move between lifecycles, dated as the server will do it: not before the last one known. @param {World} world @param {Row} row @param {string | undefined} to @param {string} happened_at */
function moved({ me }, { lifecycle: from, lifecycle_moves: moves }, to, happened_at) {
  if (!to || to === from) return {};
  const at = [happened_at, ...(moves ?? []).slice(-1).map((/** @type {Args} */ move) => move.at)].sort().pop();
  return { lifecycle_moves: [...(moves ?? []), { by: me.id, at, from, to }] };
}

/** Without the fields that are empty. @param {Record<string, string | null>} custom */
function told(custom) {
  return Object.fromEntries(Object.entries(custom).filter(([, text]) => text !== null));
}

/** The row with what search finds it by. Only the server makes pinyin: until then a new Chinese name is found by its own
 * characters only, and sorts last.
 * @param {Row} row @param {Row | null} before @returns {Row} */
function found_by(row, before) {
  const further = words_of(row.custom);
  if (before && ["name", "region", "phone"].every((field) => row[field] === before[field]) && further.join() === words_of(before.custom).join()) return row;
  const dialled = (row.phone ?? "").replace(/\D/g, "");
  const words = [fold(row.name), ...[row.region, row.phone].filter(Boolean).map(fold), dialled === row.phone ? "" : dialled, ...further];
  const sort_key = row.name === before?.name ? before?.sort_key : fold(row.name);
  return { ...row, sort_key, search_text: words.filter(Boolean).join(" ") };
}

/** Custom values to search in: not dates and numbers, among which any telephone number could be found. @param {Record<string, string>} [custom] */
function words_of(custom = {}) {
  const texts = Object.keys(custom).sort().map((id) => custom[id]);
  return texts.filter((text) => !["yes", "no"].includes(text) && !/^[0-9.-]*$/.test(text)).map(fold);
}

/** @type {Verb} */
function assign(world, { customer_id, from = null, to = null }) {
  change_customer(world, customer_id, (row) => (row.owner_id === from ? { ...answered(row, to), owner_id: to } : row));
}

/** Without this user's request for access. @param {Row} row @param {string | null} user_id @returns {Row} */
function answered(row, user_id) {
  return { ...row, asked_by: without(row.asked_by, user_id) };
}

/** @param {string[] | undefined} list @param {string | null} value */
function without(list, value) {
  return (list ?? []).filter((one) => one !== value);
}

/** @param {World} world @param {string} id @param {string} customer_id @param {string} created_at @returns {Row} */
function blank_visit(world, id, customer_id, created_at) {
  return { ...NO_VISIT, id, customer_id, author_id: world.me.id, created_at };
}

/** @param {World} world @param {Args} args */
function facts_of(world, { visit_id: _id, customer_id: _whose, corrects: _old, follow_up: _promised, place, ...facts }) {
  return { ...facts, author_id: world.me.id, ...place };
}

/** @type {Verb} */
function log_visit(world, args, happened_at) {
  const known = world.find("visits", args.visit_id) ?? blank_visit(world, args.visit_id, args.customer_id, happened_at);
  world.put("visits", { ...known, ...facts_of(world, args) });
  const started_at = earlier(args.started_at, world.now);
  const last = world.customer(args.customer_id)?.last_touch_at;
  if (!last || last < started_at) world.derive(args.customer_id, { last_touch_at: started_at });
  if (args.follow_up) promise(world, args.customer_id, args.visit_id, args.follow_up, happened_at);
}

/** @type {Verb} */
function correct_visit(world, args, happened_at) {
  const old = standing(world, args.corrects, args.visit_id);
  const blank = blank_visit(world, args.visit_id, args.customer_id, happened_at);
  const row = { ...blank, kind: old?.kind ?? blank.kind, ...facts_of(world, args) };
  const plan = old && { planned_on: old.planned_on, planned_time: old.planned_time, author_id: old.author_id, corrects: old.id };
  world.put("visits", { ...row, ...plan });
  world.change("visits", old, { corrected_by: args.visit_id });
  for (const collection of HANGING) {
    for (const row of world.all(collection, (one) => Boolean(old) && one.visit_id === old?.id)) {
      world.change(collection, row, { visit_id: args.visit_id, customer_id: args.customer_id });
    }
  }
  if (args.follow_up) correct_promise(world, args, happened_at);
  for (const customer_id of new Set([args.customer_id, old?.customer_id])) recount_touch(world, customer_id);
}

/** @param {World} world @param {Args} args @param {string} happened_at */
function correct_promise(world, { customer_id, visit_id, follow_up }, happened_at) {
  const promised = world.find("follow_ups", follow_up.follow_up_id);
  if (!promised) return promise(world, customer_id, visit_id, follow_up, happened_at);
  return world.change("follow_ups", promised, { due_on: follow_up.due_on, note: follow_up.note ?? null });
}

/** The visit that stands, which is the latest correction; but not `new_id`, the row being made, in case it is laid over twice.
 * @param {World} world @param {string} id @param {string} new_id */
function standing(world, id, new_id) {
  let visit = world.find("visits", id);
  while (visit?.corrected_by && visit.corrected_by !== new_id) {
    const later = world.find("visits", visit.corrected_by);
    if (!later) return visit;
    visit = later;
  }
  return visit;
}

/** Undo. The visit's follow-up and photos go with it; a plan that it fulfilled or a row that it corrected stands again. @type {Verb} */
function withdraw_visit(world, { visit_id }) {
  const visit = world.find("visits", visit_id);
  if (!visit?.started_at || visit.corrected_by) return;
  const corrected = world.find("visits", visit.corrects);
  for (const collection of HANGING) {
    for (const row of world.all(collection, (one) => one.visit_id === visit_id)) {
      if (corrected) world.change(collection, row, { visit_id: corrected.id, customer_id: corrected.customer_id });
      else world.drop(collection, row.id);
    }
  }
  if (corrected) world.change("visits", corrected, { corrected_by: null });
  if (visit.planned_on && !corrected) world.put("visits", { ...visit, ...NOT_DONE });
  else world.drop("visits", visit_id);
  for (const customer_id of new Set([visit.customer_id, corrected?.customer_id])) recount_touch(world, customer_id);
}

/** @param {World} world @param {string} customer_id @param {string | null} visit_id @param {Args} args @param {string} happened_at */
function promise(world, customer_id, visit_id, { follow_up_id, due_on, note = null }, happened_at) {
  world.put("follow_ups", {
    id: follow_up_id, customer_id, visit_id, owner_id: world.me.id, due_on, note, created_at: happened_at,
    completed_at: null, withdrawn_at: null,
  });
}

/** @param {World} world @param {string | undefined} customer_id */
function recount_touch(world, customer_id) {
  const draft = customer_id === undefined ? undefined : world.drafts.get(customer_id);
  if (!draft) return;
  const moments = draft.visits.filter((visit) => visit.started_at && !visit.corrected_by).map((visit) => visit.started_at).sort();
  const latest = moments.at(-1);
  world.derive(String(customer_id), { last_touch_at: latest ? earlier(latest, world.now) : null });
}

/** A clock that runs ahead must not keep a customer warm in the future. @param {string} one @param {string} other */
function earlier(one, other) {
  return one < other ? one : other;
}
