/** What surrounds every screen: the dock, the pill, the toast. Twin of server/views/frame.py. */
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { is_id } from "../../sync/field_checks.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {{state: string, text: string}} Pill */

/** Toasts by the redirect's `done`, and the address that Undo posts to. `{id}`: the row. @type {Record<string, string[]>} */
const TOASTS = {
  visit: [msgid("Visit saved"), "/visits/{id}/withdraw"],
  call: [msgid("Call logged"), "/visits/{id}/withdraw"],
  message: [msgid("Message logged"), "/visits/{id}/withdraw"],
  email: [msgid("Email logged"), "/visits/{id}/withdraw"],
  meeting: [msgid("Meeting logged"), "/visits/{id}/withdraw"],
  correction: [msgid("Corrected")],
  plan: [msgid("Visit planned"), "/visits/{id}/cancel"],
  cancel: [msgid("Planned visit taken back")],
  follow_up: [msgid("Follow-up saved")],
  complete: [msgid("Done"), "/follow-ups/{id}/reopen"],
  snooze: [msgid("Moved to another day"), "/follow-ups/{id}/snooze"],
  task: [msgid("Task saved"), "/tasks/{id}/withdraw"],
  taken_back: [msgid("Taken back")],
  task_rated: [msgid("Thank you")],
  contact_removed: [msgid("Contact removed"), "/contacts/{id}/restore"],
  customer: [msgid("Customer saved")],
  contact: [msgid("Contact saved")],
  merged: [msgid("Customer merged")],
  deleted: [msgid("Customer deleted"), "/customers/{id}/restore"],
  restored: [msgid("Customer restored")],
  opportunity: [msgid("Opportunity saved")],
  move: [msgid("Moved")],
  approve: [msgid("Approved")],
  approval_asked: [msgid("Approval asked for")],
  approval_declined: [msgid("Not approved")],
  quote: [msgid("Quote saved"), "/quotes/{id}/withdraw"],
  quote_sent: [msgid("Marked as sent")],
  quote_accepted: [msgid("Quote accepted")],
  quote_declined: [msgid("Quote declined")],
  contract: [msgid("Contract saved"), "/contracts/{id}/withdraw"],
  contract_sent: [msgid("Marked as sent")],
  contract_signed: [msgid("Contract signed")],
  contract_cancelled: [msgid("Contract cancelled")],
  order: [msgid("Order placed"), "/orders/{id}/withdraw"],
  payment: [msgid("Payment saved")],
  owner: [msgid("Handed over")],
  share: [msgid("Shared")],
  decline: [msgid("Not shared")],
  unshare: [msgid("No longer shared")],
  file: [msgid("File added"), "/attachments/{id}/remove"],
  document: [msgid("Saved. Phones have it with their next sync.")],
  pinned: [msgid("Pinned")],
  unpinned: [msgid("No longer kept on this phone")],
  removed: [msgid("Taken off"), "/attachments/{id}/restore"],
  undone: [msgid("Undone")],
  brought_in: [msgid("Entries brought in: %(n)s")],
  known: [msgid("Everything in it was here already.")],
  language: [msgid("This is Legwork in English now")],
};

/** `done`: the query parameters done, id and was, which the redirect after a form set.
 * @param {Reader} reader @param {{path: string, partial: boolean, current: string, done: Record<string, string>, back: string, pill: Pill, alone?: boolean}} around */
export function frame(reader, { path, partial, current, done, back, pill, alone }) {
  const said = alone ? reader.t("No signal: here are only customers that are yours or shared with you.") : "";
  return { locale: reader.locale, path, partial, current, plus_href: plus_href(path), me: me(reader), pill, alone: said, toast: toast(reader.t, done, back) };
}

/** The address of the + button: on pages of a customer, a visit to that one. @param {string} path */
function plus_href(path) {
  const [, customers, customer_id] = path.split("/");
  return customers === "customers" && is_id(customer_id) ? `/visits/new?customer=${customer_id}` : "/visits/new";
}

/** @param {Reader} reader */
export function me({ me: user }) {
  return { id: user.id, name: user.name, role: user.role, initial: words.initial(user.name) };
}

/** @param {Translator} t @param {Record<string, string>} done @param {string} back */
export function toast(t, done, back) {
  const [text, undo = ""] = Object.hasOwn(TOASTS, done.done ?? "") ? TOASTS[done.done] : [];
  if (!text) return null;
  const undo_href = is_id(done.id) ? undo.replace("{id}", done.id) : "";
  const fields = [{ name: "back", value: back }];
  if (done.was) fields.push({ name: "due_on", value: done.was });
  return { text: t(text, { n: Number(done.was) || 0 }), undo_href, fields: undo_href ? fields : [] };
}
