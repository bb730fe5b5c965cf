/** Promises: make one, keep it, move it. Twin of server/routes/follow_ups.py. */
import { back_of, done_or_said, saved, screen, wrong_with } from "../answers.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { new_follow_up } from "../views/follow_up_form.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function form(asked) {
  const { customer } = await asked.held(asked.query("customer"));
  const { given, kept } = await drafted(asked, `/follow-ups/new?customer=${customer.id}`);
  return screen(asked, "follow_ups/new.html", { ...new_follow_up(asked.reader, customer, given), draft_kept: kept }, "customers");
}

/** @param {Asked} asked */
export async function create(asked) {
  const args = forms.follow_up(asked.typed, asked.reader.today);
  const { customer } = await asked.held(args.customer_id ?? "");
  const about = { label: customer.name, draft: `/follow-ups/new?customer=${customer.id}` };
  const wrong = await wrong_with(asked, "follow_up.create", args, about);
  if (wrong) return screen(asked, "follow_ups/new.html", new_follow_up(asked.reader, customer, wrong), "customers", 422);
  return saved(asked, `/customers/${customer.id}`, "follow_up");
}

/** @param {Asked} asked */
export async function complete(asked) {
  return changed(asked, "follow_up.complete", {}, () => saved(asked, back_of(asked), "complete", asked.params.id));
}

/** @param {Asked} asked */
export async function reopen(asked) {
  return changed(asked, "follow_up.reopen", {}, () => saved(asked, back_of(asked), "undone"));
}

/** `was`: the day before, so that Undo can move it back; Undo itself does not say it. @param {Asked} asked */
export async function snooze(asked) {
  const was = forms.value(asked.typed, "was");
  return changed(asked, "follow_up.snooze", { due_on: forms.value(asked.typed, "due_on") }, () =>
    was ? saved(asked, back_of(asked), "snooze", asked.params.id, was) : saved(asked, back_of(asked), "undone"));
}

/** @param {Asked} asked @param {string} name @param {import("../forms.js").Args} args @param {() => Promise<Response>} then */
async function changed(asked, name, args, then) {
  const { customer } = await asked.held((await asked.store.holder(asked.params.id)) ?? "");
  const about = { customer_id: customer.id, label: customer.name };
  return done_or_said(asked, name, { follow_up_id: asked.params.id, ...args }, about, then);
}
