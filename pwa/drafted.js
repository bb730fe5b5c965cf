/** Drafts, put back into the forms that they were typed in. */
import { Form } from "./views/form.js";

/** @typedef {import("./asked.js").Asked} Asked */

/** @param {Asked} asked @param {string} key */
export async function drafted(asked, key) {
  const draft = await asked.keeping.draft(key);
  asked.kept = draft?.key ?? "";
  return new Form(asked.t, draft?.fields);
}

/** The key of a visit's draft. There is one for each customer: what was typed about one is never shown under another.
 * @param {string} customer_id */
export function visit_draft(customer_id) {
  return customer_id ? `/visits/new?customer=${customer_id}` : "/visits/new";
}

/** The draft of a visit to this customer; without a customer, the draft last typed in, which then goes over to the customer
 * that its form is shown with. @param {Asked} asked @param {string} customer_id */
export async function drafted_visit(asked, customer_id) {
  const draft = await asked.keeping.latest_draft(visit_draft(customer_id));
  if (draft === null || (await is_logged(asked.store, draft.fields))) return new Form(asked.t);
  asked.kept = draft.key;
  return new Form(asked.t, draft.fields);
}

/** Whether the visit of a draft is saved already: the last keystroke may be kept after that.
 * @param {import("./views/held.js").Store} store @param {Record<string, string[]>} fields */
export async function is_logged(store, fields) {
  const [visit_id, customer_id] = [fields.visit_id?.[0], fields.customer_id?.[0]];
  if (!visit_id) return false;
  if (store.outbox.some((entry) => entry.args.visit_id === visit_id)) return true;
  const held = customer_id ? await store.customer(customer_id) : null;
  return held?.visits.some((visit) => visit.id === visit_id && visit.started_at) ?? false;
}
