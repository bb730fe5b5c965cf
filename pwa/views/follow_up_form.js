/** The form of a follow-up, and of a task for another department. Twin of server/views/follow_up_form.py. */
import { Form } from "./form.js";
import { DEPARTMENTS, options } from "./labels.js";
import { back_link, next_step, who } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Row} Row */

/** @param {Reader} reader @param {Row} customer @param {Form} given */
export function new_follow_up(reader, customer, given) {
  const { t } = reader;
  const form = of_customer(reader, customer, given, "follow_up_id");
  return {
    ...on_a_day(reader, customer, form, "/follow-ups", "follow_up_id"),
    title: t("Follow-up"),
    departments: null,
    note: form.field("note", t("What did you promise?")),
    hint: t("Bring the sample, call back, send the quote"),
    save: t("Save follow-up"),
  };
}

/** @param {Reader} reader @param {Row} customer @param {Form} given */
export function new_task(reader, customer, given) {
  const { t } = reader;
  const form = of_customer(reader, customer, given, "task_id");
  return {
    ...on_a_day(reader, customer, form, "/tasks", "task_id"),
    title: t("Ask a department"),
    departments: form.choices("department", t("Whom"), options(t, DEPARTMENTS, form.value("department"))),
    note: form.field("note", t("What do you need from them?")),
    hint: t("Which seal fits the old pump, when can it be there"),
    save: t("Ask a department"),
  };
}

/** @param {Reader} reader @param {Row} customer @param {Form} given @param {string} key */
function of_customer(reader, customer, given, key) {
  return given.over({ [key]: [reader.new_id()], next_step: ["1"] }, { customer_id: [customer.id] });
}

/** @param {Reader} reader @param {Row} customer @param {Form} form @param {string} path @param {string} key */
function on_a_day(reader, customer, form, path, key) {
  const steps = next_step(form);
  return {
    action: path,
    draft: `${path}/new?customer=${customer.id}`,
    refused: form.refused,
    back: back_link(reader, customer),
    customer: who(customer, reader),
    hiddens: form.hiddens([key, "customer_id"]),
    next_step: { ...steps, options: steps.options.filter((step) => step.value !== "none") },
    due_on: form.field("due_on", reader.t("On which day")),
  };
}
