/** Follow-ups: promise one, complete it, snooze it; and tasks for other departments. Twin of server/routes/follow_ups.py and tasks.py. */
import { back_of, change_row, saved, screen, wrong_with } from "../answers.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { new_follow_up, new_task } from "../views/follow_up_form.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {{path: string, change: string, done: string, view: typeof new_follow_up | typeof new_task, args: typeof forms.follow_up}} Kind */

/** @type {Kind} */
const FOLLOW_UP = { path: "/follow-ups", change: "follow_up.create", done: "follow_up", view: new_follow_up, args: forms.follow_up };
/** @type {Kind} */
const TASK = { path: "/tasks", change: "task.ask", done: "task", view: new_task, args: forms.task };

/** @param {Asked} asked */
export const form = (asked) => show(asked, FOLLOW_UP);
/** @param {Asked} asked */
export const task_form = (asked) => show(asked, TASK);
/** @param {Asked} asked */
export const create = (asked) => save(asked, FOLLOW_UP);
/** @param {Asked} asked */
export const ask = (asked) => save(asked, TASK);

/** @param {Asked} asked @param {Kind} kind */
async function show(asked, { path, view }) {
  const { customer } = await asked.held(asked.query("customer"));
  const given = await drafted(asked, `${path}/new?customer=${customer.id}`);
  return screen(asked, "follow_ups/new.html", view(asked.reader, customer, given), "customers");
}

/** @param {Asked} asked @param {Kind} kind */
async function save(asked, { path, change, done, view, args: args_of }) {
  const args = args_of(asked.typed, asked.reader.today);
  const { customer } = await asked.held(args.customer_id ?? "");
  const about = { label: customer.name, draft: `${path}/new?customer=${customer.id}` };
  const wrong = await wrong_with(asked, change, args, about);
  if (wrong) return screen(asked, "follow_ups/new.html", view(asked.reader, customer, wrong), "customers", 422);
  return saved(asked, `/customers/${customer.id}`, done, args.task_id);
}

/** @param {Asked} asked */
export async function complete(asked) {
  return change_row(asked, "follow_up.complete", "follow_up_id", {}, () => saved(asked, back_of(asked), "complete", asked.params.id));
}

/** @param {Asked} asked */
export async function reopen(asked) {
  return change_row(asked, "follow_up.reopen", "follow_up_id", {}, () => saved(asked, back_of(asked), "undone"));
}

/** `was`: the date that it had, to which Undo moves it back; Undo itself sends none. @param {Asked} asked */
export async function snooze(asked) {
  const was = forms.value(asked.typed, "was");
  return change_row(asked, "follow_up.snooze", "follow_up_id", { due_on: forms.value(asked.typed, "due_on") }, () =>
    was ? saved(asked, back_of(asked), "snooze", asked.params.id, was) : saved(asked, back_of(asked), "undone"));
}

/** @param {Asked} asked */
export async function rate(asked) {
  return change_row(asked, "task.rate", "task_id", { rating: forms.value(asked.typed, "rating") }, () => saved(asked, back_of(asked), "task_rated"));
}

/** @param {Asked} asked */
export async function withdraw_task(asked) {
  return change_row(asked, "task.withdraw", "task_id", {}, () => saved(asked, back_of(asked), "taken_back"));
}
