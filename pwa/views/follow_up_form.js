/** Promise a next step. Twin of server/views/follow_up_form.py. */
import { Form } from "./form.js";
import { back_link, hiddens, next_step, who } from "./visit_form.js";

/** @param {import("./reader.js").Reader} reader @param {import("./held.js").Row} customer @param {Form} given */
export function new_follow_up(reader, customer, given) {
  const { t } = reader;
  const fresh = { follow_up_id: [reader.new_id()], next_step: ["1"] };
  const form = new Form(t, { ...fresh, ...given.typed, customer_id: [customer.id] }, given.errors, given.refused);
  const steps = next_step(form);
  return {
    title: t("Follow-up"),
    action: "/follow-ups",
    draft: `/follow-ups/new?customer=${customer.id}`,
    draft_kept: false,
    refused: form.refused,
    back: back_link(reader, customer),
    customer: who(customer, reader),
    hiddens: hiddens(form, ["follow_up_id", "customer_id"]),
    note: form.field("note", t("What did you promise?")),
    next_step: { ...steps, options: steps.options.filter((step) => step.value !== "none") },
    due_on: form.field("due_on", t("On which day")),
  };
}
