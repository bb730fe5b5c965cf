/** Files of customers and opportunities, and photos of visits taken off again. Twin of server/routes/attachments.py. */
import { back_of, done_or_said, saved } from "../answers.js";
import * as forms from "../forms.js";
import { with_sale } from "./opportunities.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function add_to_customer(asked) {
  const { customer } = await asked.held(asked.params.id);
  return added(asked, { customer_id: customer.id }, customer, `/customers/${customer.id}`);
}

/** @param {Asked} asked */
export async function add_to_opportunity(asked) {
  const { sale: { row, customer } } = await with_sale(asked);
  return added(asked, { customer_id: customer.id, opportunity_id: row.id }, customer, `/opportunities/${row.id}`);
}

/** @param {Asked} asked @param {forms.Args} whose @param {import("../views/held.js").Row} customer @param {string} path */
async function added(asked, whose, { name }, path) {
  const args = { ...forms.file(asked.typed), ...whose };
  return done_or_said(asked, "file.attach", args, { label: name }, () => saved(asked, path, "file", args.attachment_id));
}

/** Detaches a file. If the entry that attaches it was not sent yet, that entry is taken back instead. @param {Asked} asked */
export async function remove(asked) {
  const { held: { customer: { id: customer_id, name: label } }, row } = await asked.row_of("attachments");
  const attachment_id = row.id;
  const back = back_of(asked, `/customers/${customer_id}`);
  if (await discarded(asked, ".attach")) return saved(asked, back, "undone");
  const name = row.visit_id ? "visit.detach" : "file.detach";
  return done_or_said(asked, name, { attachment_id }, { customer_id, label }, () => saved(asked, back, "removed", attachment_id));
}

/** Undo of `remove`. @param {Asked} asked */
export async function restore(asked) {
  const then = () => saved(asked, back_of(asked), "undone");
  return (await discarded(asked, ".detach")) ? then() : done_or_said(asked, "file.reattach", { attachment_id: asked.params.id }, {}, then);
}

/** Takes back the entry about this attachment, if it was not sent yet. Returns whether there was one.
 * @param {Asked} asked @param {string} kind the end of the change's name */
async function discarded({ keeping, params }, kind) {
  const entries = await keeping.entries();
  const unsent = entries.find(({ name, args, sent_at }) => name.endsWith(kind) && args.attachment_id === params.id && sent_at === null);
  if (unsent) await keeping.discard(unsent.seq);
  return unsent !== undefined;
}
