/** Log a visit, correct it, take it back, plan one. Twin of server/routes/visits.py. */
import { back_of, change_row, is_for, part, save_and_show, saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import { drafted, drafted_visit, is_logged, visit_draft } from "../drafted.js";
import * as forms from "../forms.js";
import { asked_place } from "./customers.js";
import { picker } from "../views/customers.js";
import { Form } from "../views/form.js";
import { plan as plan_view, plan_for_whom } from "../views/plan_form.js";
import { correction, new_activity, new_visit } from "../views/visit_form.js";

/** @typedef {import("../asked.js").Asked} Asked */

const LOGS = ["visit.log", "activity.log"];

/** @param {Asked} asked */
export async function form(asked) {
  const customer_id = asked.query("customer");
  if (customer_id) await asked.held(customer_id);
  const given = await drafted_visit(asked, customer_id);
  const note = asked.query("note");
  const prefilled = !asked.kept && note ? new Form(asked.t, { note: [note] }) : given;
  const whom = { customer_id, planned_id: asked.query("visit"), place: asked_place(asked), opened_id: asked.store.last_opened?.customer_id };
  const view = await new_visit(asked.store, asked.reader, whom, prefilled);
  return screen(asked, "visits/new.html", view, "visit");
}

/** @param {Asked} asked */
export async function choose_customer(asked) {
  const found = await picker(asked.store, asked.reader, asked.query("q"));
  const view = { ...found, visit_id: asked.reader.new_id() };
  if (is_for(asked, "ul#picker-list")) return part(asked, "visits/_picker_list.html", view);
  if (is_for(asked, "div#who")) return part(asked, "visits/_picker.html", view);
  return screen(asked, "visits/customers.html", view, "visit");
}

/** A visit is saved even if its customer is not on this phone: what was typed must not be lost. @param {Asked} asked */
export async function log(asked) {
  const args = forms.visit(asked.typed, asked.reader.today);
  const held = args.customer_id ? await asked.store.customer(args.customer_id) : null;
  const about = { label: held?.customer.name ?? forms.value(asked.typed, "who"), draft: visit_draft(args.customer_id), photos: forms.photos(asked.typed) };
  return save_and_show(asked, "visit.log", args, about, [`/customers/${args.customer_id}`, "visit", args.visit_id], async (wrong) =>
    screen(asked, "visits/new.html", await new_visit(asked.store, asked.reader, {}, wrong), "visit", 422));
}

/** @param {Asked} asked */
export async function activity_form(asked) {
  const customer_id = asked.query("customer");
  await asked.held(customer_id);
  const given = await drafted(asked, `/activities/new?customer=${customer_id}`);
  if (await is_logged(asked.store, given.typed)) asked.kept = "";
  const shown = asked.kept ? given : new Form(asked.t, { kind: [asked.query("kind")] });
  const view = await new_activity(asked.store, asked.reader, customer_id, shown);
  return screen(asked, "visits/new.html", view, "visit");
}

/** Saved like a visit, even if its customer is not on this phone. @param {Asked} asked */
export async function log_activity(asked) {
  const args = forms.activity(asked.typed, asked.reader.today);
  const held = args.customer_id ? await asked.store.customer(args.customer_id) : null;
  const draft = `/activities/new?customer=${args.customer_id}`;
  const about = { label: held?.customer.name ?? forms.value(asked.typed, "who"), draft, photos: forms.photos(asked.typed) };
  return save_and_show(asked, "activity.log", args, about, [`/customers/${args.customer_id}`, args.kind, args.visit_id], async (wrong) =>
    screen(asked, "visits/new.html", await new_activity(asked.store, asked.reader, "", wrong), "visit", 422));
}

/** @param {Asked} asked */
export async function correct_form(asked) {
  const { held, visit } = await own_visit(asked);
  const given = await drafted(asked, `/visits/${visit.id}/correct`);
  const view = await correction(asked.store, asked.reader, held, visit, given);
  return screen(asked, "visits/new.html", view, "visit");
}

/** @param {Asked} asked */
export async function correct(asked) {
  const { held, visit } = await own_visit(asked);
  const is_visit = !forms.value(asked.typed, "kind");
  const args = { ...(is_visit ? forms.visit : forms.activity)(asked.typed, asked.reader.today), corrects: visit.id };
  const about = { label: held.customer.name, draft: `/visits/${visit.id}/correct`, photos: forms.photos(asked.typed) };
  const wrong = await wrong_with(asked, is_visit ? "visit.correct" : "activity.correct", args, about);
  if (wrong) {
    const view = await correction(asked.store, asked.reader, held, visit, wrong);
    return screen(asked, "visits/new.html", view, "visit", 422);
  }
  return saved(asked, `/customers/${held.customer.id}`, "correction");
}

/** @param {Asked} asked */
async function own_visit(asked) {
  const { held, row: visit } = await asked.row_of("visits");
  if (visit.author_id !== asked.reader.me.id || !visit.started_at) throw new NotHere(visit.id);
  return { held, visit };
}

/** Undo, in the ten seconds after Save. If the entry was not sent yet, it is not sent at all. @param {Asked} asked */
export async function withdraw(asked) {
  const { id } = asked.params;
  const entries = (await asked.keeping.entries()).filter((entry) => entry.args.visit_id === id);
  for (const entry of entries) if (entry.name === "visit.attach") await asked.keeping.discard(entry.seq);
  const unsent = entries.find((entry) => LOGS.includes(entry.name) && entry.sent_at === null);
  if (unsent === undefined) return taken_back(asked, "visit.withdraw", "undone");
  await asked.keeping.discard(unsent.seq);
  return saved(asked, back_of(asked, `/customers/${unsent.args.customer_id}`), "undone");
}

/** @param {Asked} asked */
export async function cancel(asked) {
  return taken_back(asked, "visit.cancel", "cancel");
}

/** @param {Asked} asked @param {string} name @param {string} done */
async function taken_back(asked, name, done) {
  return change_row(asked, name, "visit_id", {}, ({ id }) => saved(asked, back_of(asked, `/customers/${id}`), done));
}

/** @param {Asked} asked */
export async function plan_form(asked) {
  const customer_id = asked.query("customer");
  if (!customer_id) {
    return screen(asked, "visits/plan.html", await plan_for_whom(asked.store, asked.reader, asked.query("q")), "today");
  }
  const { customer } = await asked.held(customer_id);
  const given = await drafted(asked, `/visits/plan?customer=${customer_id}`);
  return screen(asked, "visits/plan.html", plan_view(asked.reader, customer, given), "today");
}

/** @param {Asked} asked */
export async function plan(asked) {
  const args = forms.plan(asked.typed);
  const { customer } = await asked.held(args.customer_id ?? "");
  const about = { label: customer.name, draft: `/visits/plan?customer=${customer.id}` };
  const is_over = args.planned_on && args.planned_on < asked.reader.today; // only forms check this: a plan that the server gets late was made in time
  const wrong = is_over ? new Form(asked.t, asked.typed, { planned_on: { code: "date_too_early", params: {} } }) : await wrong_with(asked, "visit.plan", args, about);
  if (wrong) return screen(asked, "visits/plan.html", plan_view(asked.reader, customer, wrong), "today", 422);
  return saved(asked, `/customers/${customer.id}`, "plan", args.visit_id);
}
