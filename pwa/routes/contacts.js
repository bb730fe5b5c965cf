/** Contacts of a customer: add, edit, remove. Twin of server/routes/contacts.py. */
import { back_of, change_row, saved, screen, wrong_with } from "../answers.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { edit_contact, new_contact, written } from "../views/contact_form.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function form(asked) {
  const held = await asked.held(asked.params.id);
  const given = await drafted(asked, `/customers/${asked.params.id}/contacts/new`);
  return screen(asked, "contacts/form.html", new_contact(asked.reader, held, given), "customers");
}

/** @param {Asked} asked */
export async function create(asked) {
  const { id } = asked.params;
  const held = await asked.held(id);
  const about = { label: held.customer.name, draft: `/customers/${id}/contacts/new` };
  const wrong = await wrong_with(asked, "contact.create", forms.contact(asked.typed, id), about);
  if (wrong) return screen(asked, "contacts/form.html", new_contact(asked.reader, held, wrong), "customers", 422);
  return saved(asked, `/customers/${id}`, "contact");
}

/** @param {Asked} asked */
export async function edit_form(asked) {
  const { held, row: contact } = await asked.row_of("contacts");
  const given = await drafted(asked, `/contacts/${contact.id}/edit`);
  const view = edit_contact(asked.reader, held, contact, given);
  return screen(asked, "contacts/form.html", view, "customers");
}

/** @param {Asked} asked */
export async function edit(asked) {
  const { held, row: contact } = await asked.row_of("contacts");
  const customer_id = held.customer.id;
  const about = { customer_id, label: held.customer.name, draft: `/contacts/${contact.id}/edit` };
  const args = forms.only_changed(forms.contact_edit(asked.typed, contact.id), forms.contact_edit(written(contact), contact.id).fields);
  const wrong = Object.keys(args.fields).length ? await wrong_with(asked, "contact.edit", args, about) : null;
  if (wrong) return screen(asked, "contacts/form.html", edit_contact(asked.reader, held, contact, wrong), "customers", 422);
  return saved(asked, `/customers/${customer_id}`, "contact");
}

/** @param {Asked} asked */
export function remove(asked) {
  return change_row(asked, "contact.remove", "contact_id", {}, ({ id }) => saved(asked, `/customers/${id}`, "contact_removed", asked.params.id));
}

/** Undo of `remove`. @param {Asked} asked */
export function restore(asked) {
  return change_row(asked, "contact.restore", "contact_id", {}, () => saved(asked, back_of(asked), "undone"));
}

