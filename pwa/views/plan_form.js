/** The form to plan a visit. Twin of server/views/plan_form.py. */
import { picker } from "./customers.js";
import { Form } from "./form.js";
import { back_link, who } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("./held.js").Row} Row */

/** The page that first searches for a customer. @param {Store} store @param {Reader} reader @param {string} q */
export async function plan_for_whom(store, reader, q) {
  return { ...(await picker(store, reader, q)), ...heading(reader), customer: null, back: back_link(reader, null) };
}

/** @param {Reader} reader @param {Row} customer @param {Form} given */
export function plan(reader, customer, given) {
  const { t } = reader;
  const fresh = { visit_id: [reader.new_id()], planned_on: [reader.in_days(1)] };
  const form = given.over(fresh, { customer_id: [customer.id] });
  return {
    ...heading(reader),
    draft: `/visits/plan?customer=${customer.id}`,
    refused: form.refused,
    back: back_link(reader, customer),
    customer: who(customer, reader),
    hiddens: form.hiddens(["visit_id", "customer_id"]),
    planned_on: form.field("planned_on", t("Day")),
    planned_time: form.optional("planned_time", t("Time")),
  };
}

/** @param {Reader} reader */
function heading({ t }) {
  return { title: t("Plan a visit") };
}
