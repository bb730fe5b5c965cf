/** The outbox: what waits to be sent, with every way to deal with it. Only a phone has one. */
import { download } from "../answer.js";
import { saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import * as forms from "../forms.js";
import { Form } from "../views/form.js";
import { outbox, why } from "../views/outbox.js";
import { new_visit } from "../views/visit_form.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function show(asked) {
  const [entries, standing] = await Promise.all([asked.keeping.entries(), asked.keeping.standing()]);
  return screen(asked, "outbox.html", outbox(asked.reader, entries, standing), "more");
}

/** @param {Asked} asked */
export async function retry(asked) {
  await asked.keeping.send();
  return saved(asked, "/outbox", "retried");
}

/** @param {Asked} asked */
export async function discard(asked) {
  await entry_of(asked);
  await asked.keeping.discard(Number(asked.params.seq));
  return saved(asked, "/outbox", "discarded");
}

/** @param {Asked} asked */
export async function download_all(asked) {
  const everything = await asked.keeping.export_all();
  const name = `legwork-outbox-${asked.reader.today}.json`;
  return download(JSON.stringify(everything, null, 1), "application/json", name);
}

/** The form of a visit, filled in as it was saved. @param {Asked} asked */
export async function edit_form(asked) {
  const entry = await parked_visit(asked);
  const typed = Object.keys(asked.typed).length ? asked.typed : forms.typed_of_visit(entry.args, asked.t);
  return form_of(asked, new Form(asked.t, { ...typed, visit_id: [asked.reader.new_id()] }, {}, why(entry, asked.t)), 200);
}

/** Sent anew as it was edited; what was parked stays readable in the journal. @param {Asked} asked */
export async function edit(asked) {
  const entry = await parked_visit(asked);
  const args = forms.visit(asked.typed, asked.reader.today);
  const replacing = { ...asked.keeping, save: replace_in(asked, entry.seq) };
  const wrong = await wrong_with(Object.assign(Object.create(asked), { keeping: replacing }), "visit.log", args);
  return wrong ? form_of(asked, wrong, 422) : saved(asked, "/outbox", "visit");
}

/** @param {Asked} asked @param {number} seq @returns {import("../asked.js").Keeping["save"]} */
function replace_in({ keeping }, seq) {
  return (change, draft) => keeping.replace(seq, change, draft);
}

/** @param {Asked} asked @param {Form} form @param {number} status */
async function form_of(asked, form, status) {
  const { t } = asked;
  const view = await new_visit(asked.store, asked.reader, {}, form);
  const places = {
    action: `/outbox/${asked.params.seq}/edit`, draft: `/outbox/${asked.params.seq}/edit`, title: t("Edit the entry"),
    back: { href: "/outbox", text: t("Outbox") }, may_change: false,
  };
  return screen(asked, "visits/new.html", { ...view, ...places }, "more", status);
}

/** @param {Asked} asked */
async function parked_visit(asked) {
  const entry = await entry_of(asked);
  if (entry.state !== "parked" || entry.name !== "visit.log") throw new NotHere(asked.params.seq);
  return entry;
}

/** @param {Asked} asked */
async function entry_of(asked) {
  const entry = (await asked.keeping.entries()).find(({ seq }) => String(seq) === asked.params.seq);
  if (entry === undefined) throw new NotHere(asked.params.seq);
  return entry;
}

