/** Add a person at a customer, and edit one. Twin of server/views/contact_form.py. */
import { sorted_contacts } from "./chain.js";
import { Form, options_of } from "./form.js";
import { CONTACT_ROLES, options } from "./labels.js";
import { back_link } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const WRITTEN = ["name", "role", "phone", "email", "birthday", "reports_to"];

/** @param {Reader} reader @param {Held} held @param {Form} given */
export function new_contact(reader, held, given) {
  const form = given.over({ contact_id: [reader.new_id()] });
  const { id } = held.customer;
  return {
    ...fields(reader, held, sorted_contacts(held.contacts), form),
    title: reader.t("New contact"),
    action: `/customers/${id}/contacts`,
    draft: `/customers/${id}/contacts/new`,
    is_new: !Object.keys(form.errors).length,
    hiddens: form.hiddens(["contact_id"]),
    remove_at: "",
  };
}

/** @param {Reader} reader @param {Held} held @param {Row} contact @param {Form} given */
export function edit_contact(reader, held, contact, given) {
  const form = given.over(written(contact));
  const others = sorted_contacts(held.contacts).filter((other) => other.id !== contact.id);
  return {
    ...fields(reader, held, others, form),
    title: reader.t("Edit contact"),
    action: `/contacts/${contact.id}`,
    draft: `/contacts/${contact.id}/edit`,
    is_new: false,
    hiddens: [],
    remove_at: `/contacts/${contact.id}/remove`,
  };
}

/** The form's fields as they would have been typed; a birthday without a year is stored as --05-17. @param {Row} contact @returns {import("./form.js").Typed} */
export function written(contact) {
  return Object.fromEntries(WRITTEN.map((name) => [name, [(contact[name] || "").replace(/^--(?=\d)/, "")]]));
}

/** @param {Reader} reader @param {Held} held @param {Row[]} others @param {Form} form */
function fields(reader, held, others, form) {
  const { t } = reader;
  /** @param {string} name @param {string} label */
  const field = (name, label) => form.field(name, label, `fields.${name}`);
  const roles = options(t, CONTACT_ROLES, form.value("role"), t("Not known"));
  return {
    refused: form.refused,
    customer_name: held.customer.name,
    back: back_link(reader, held.customer),
    name: field("name", t("Full name")),
    role: { ...field("role", t("Part in the decision")), options: roles },
    phone: field("phone", t("Phone")),
    email: field("email", t("Email")),
    birthday: field("birthday", t("Birthday")),
    reports_to: { ...field("reports_to", t("Reports to")), options: bosses(form, others) },
  };
}

/** @param {Form} form @param {Row[]} others */
function bosses(form, others) {
  const chosen = form.value("reports_to");
  const gone = chosen && !others.some(({ id }) => id === chosen) ? [{ id: chosen, name: form.t("No longer here") }] : [];
  const rows = [...others, ...gone];
  if (!rows.length) return [];
  return options_of([["", form.t("Nobody, or not known")], ...rows.map(({ id, name }) => [id, name])], chosen);
}
