/** The outbox: entries that wait to be sent or are parked, and all that can be done with them. Only a phone has one. */
import { download } from "../answer.js";
import { done_or_said, notice, saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { edit_contact, new_contact, written as written_contact } from "../views/contact_form.js";
import { custom_typed } from "../views/custom.js";
import { edit_customer, new_customer, written as written_customer } from "../views/customer_form.js";
import { new_follow_up, new_task } from "../views/follow_up_form.js";
import { Form } from "../views/form.js";
import { EDITABLE, outbox, why } from "../views/outbox.js";
import { sentences } from "../views/reader.js";
import { correction, new_activity, new_visit, who } from "../views/visit_form.js";
import { FORMS } from "./parked.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../../sync/outbox.js").Entry} Entry */

/** @param {Asked} asked */
export async function show(asked) {
  const [entries, standing] = await Promise.all([asked.keeping.entries(), asked.keeping.standing()]);
  return screen(asked, "outbox.html", outbox(asked.reader, entries, { ...standing, lost: asked.store.lost }), "more");
}

/** @param {Asked} asked */
export async function retry(asked) {
  await asked.keeping.send();
  return saved(asked, "/outbox", "retried");
}

/** @param {Asked} asked */
export function discard(asked) {
  return of_entry(asked, async ({ seq }) => {
    await asked.keeping.discard(seq);
    return saved(asked, "/outbox", "discarded");
  });
}

/** The user has read that the browser threw entries away: it is not said any more. @param {Asked} asked */
export async function read(asked) {
  await asked.keeping.forget_eviction();
  return saved(asked, "/outbox", "read");
}

/** @param {Asked} asked */
export async function download_all(asked) {
  const everything = await asked.keeping.export_all();
  const name = `legwork-outbox-${asked.reader.today}.json`;
  return download(JSON.stringify(everything, null, 1), "application/json", name);
}

/** Asks a manager to look at it. @param {Asked} asked */
export function ask(asked) {
  return of_entry(asked, ({ id: change_id, label }) =>
    done_or_said(asked, "entry.ask", { change_id }, { label }, () => saved(asked, "/outbox", "asked")));
}

/** Restores the contact or customer that a parked entry is about; the entry is then tried again by itself. @param {Asked} asked */
export function restore(asked) {
  return of_entry(asked, ({ args: { customer_id, contact_id }, label, detail }) => {
    const [name, args] = detail?.contact_id ? ["contact.restore", { contact_id }] : ["customer.restore", { customer_id }];
    return done_or_said(asked, name, args, { label }, () => saved(asked, "/outbox", "retried"));
  });
}

/** Brings in the outbox of another phone from a file. @param {Asked} asked */
export async function bring_in(asked) {
  const { t } = asked;
  const count = await asked.keeping.bring_in(await new Response(asked.form?.get("file")).text());
  if (count === null) return notice(asked, t("This was not done"), t("This file is not an outbox of yours."), 422);
  return saved(asked, "/outbox", count ? "brought_in" : "known", "", String(count));
}

/** The form that a parked entry came from, filled in as it was saved, or with the draft of its editing. @param {Asked} asked */
export async function edit_form(asked) {
  const entry = await editable(asked);
  if (!entry) throw new NotHere(asked.params.seq);
  const given = await drafted(asked, entry.id);
  const typed = asked.kept ? given.typed : await typed_of_entry(asked, entry);
  return form_of(asked, entry, new Form(asked.t, typed, entry.detail?.fields, why(entry, asked.t)));
}

/** Sends a parked entry anew as it was edited; the old one stays in the journal. @param {Asked} asked */
export async function edit(asked) {
  const { t, typed } = asked;
  const entry = await editable(asked);
  if (!entry) {
    // It was applied while its form was open. What took time to write is shown, so that it can be copied.
    const [written = ""] = typed.note ?? typed.name ?? [];
    return notice(asked, t("This was not done"), sentences(t("Somebody changed this in the meantime. Please look and decide."), written), 409);
  }
  const replacing = Object.assign(Object.create(asked), { keeping: { ...asked.keeping, save: replace_in(asked, entry.seq) } });
  const customer_id = entry.args.customer_id ? null : entry.customer_id; // if the args name a customer, that may be another one after editing
  const about = { label: forms.value(typed, "who") || entry.label, customer_id, draft: entry.id, photos: forms.photos(typed) };
  const args = await args_of(asked, entry);
  if (args.to !== entry.args.to) about.label = entry.label?.replace(/ → [^→]*$/, "") ?? null; // where it was to be moved before
  const wrong = (await FORMS[entry.name]?.lacking?.(asked, args)) ?? (await wrong_with(replacing, entry.name, args, about));
  return wrong ? form_of(asked, entry, wrong, 422) : saved(asked, "/outbox", "resent");
}

/** The customer that a change is about, and `row`, the customer or contact that it edits, as far as they are on this phone. @param {Asked} asked @param {Entry} entry */
async function subject({ store }, { args: { customer_id, contact_id }, label }) {
  const id = customer_id ?? (await store.holder(contact_id)) ?? "";
  const found = await store.customer(id);
  const held = found ?? /** @type {any} */ ({ customer: { id, name: label ?? "" }, contacts: [] });
  return { held, row: contact_id ? found?.contacts.find((contact) => contact.id === contact_id) : found?.customer };
}

/** @param {Asked} asked @param {Entry} entry @returns {Promise<forms.Args>} */
async function args_of(asked, entry) {
  const { typed, reader } = asked;
  const { name, args } = entry;
  if (name in FORMS) return FORMS[name].args(typed, args);
  const { corrects } = args;
  if (is_seen(name)) return { ...(name.startsWith("visit") ? forms.visit : forms.activity)(typed, reader.today), ...(corrects ? { corrects } : {}) };
  const { customer_id, contact_id, follow_up_id, task_id, owner_id = null } = args; // ids stay, because other entries name them
  if (name === "follow_up.create") return { ...forms.follow_up(typed, reader.today), customer_id, follow_up_id };
  if (name === "task.ask") return { ...forms.task(typed, reader.today), customer_id, task_id };
  if (name === "customer.create") return { ...forms.customer(typed), customer_id, owner_id };
  if (name === "contact.create") return { ...forms.contact(typed, customer_id), contact_id };
  const { row } = await subject(asked, entry);
  /** @param {import("../views/form.js").Typed} form */
  const edit = (form) => (contact_id ? forms.contact_edit(form, contact_id) : forms.customer_edit(form, customer_id));
  const opened = row ? edit((contact_id ? written_contact : written_customer)(row)).fields : {};
  return forms.only_changed(edit(typed), opened, args.fields);
}

/** @param {Asked} asked @param {Entry} entry @returns {Promise<import("../views/form.js").Typed>} */
async function typed_of_entry(asked, { name, args, code }) {
  if (name in FORMS) return FORMS[name].typed(asked, args);
  // The visit keeps its id, because photos wait for it; but in a conflict another visit has that id.
  if (is_seen(name)) return { ...forms.typed_of_visit(args, asked.t), ...(code === "conflict" ? { visit_id: [asked.reader.new_id()] } : {}) };
  const { custom = {}, ...fields } = args.fields ?? args;
  const typed = Object.entries(fields).map(([field, value]) => [field, Array.isArray(value) ? value : [String(value ?? "")]]);
  return { next_step: ["pick"], ...Object.fromEntries(typed), ...custom_typed(custom) };
}

/** A `save` that replaces this entry by the first change. @param {Asked} asked @param {number} seq @returns {import("../asked.js").Keeping["save"]} */
function replace_in({ keeping }, seq) {
  return async (change, draft, [first, ...rest]) => [
    await keeping.replace(seq, change, draft), ...(first ? await keeping.save(first, null, rest) : []),
  ];
}

/** @param {Asked} asked @param {Entry} entry @param {Form} form @param {number} status */
async function form_of(asked, entry, form, status = 200) {
  const { t } = asked;
  const [template, view] = await (entry.name in FORMS ? FORMS[entry.name].view(asked, entry, form) : view_of(asked, entry, form));
  const places = { action: `/outbox/${entry.seq}/edit`, draft: entry.id };
  return screen(asked, template, { ...view, ...places, title: t("Edit the entry"), back: { href: "/outbox", text: t("Outbox") } }, "more", status);
}

/** @param {Asked} asked @param {Entry} entry @param {Form} form @returns {Promise<[string, forms.Args]>} */
async function view_of(asked, entry, form) {
  const { store, reader } = asked;
  const { name, args } = entry;
  const { held, row } = await subject(asked, entry);
  const { customer } = held;
  if (args.corrects) return ["visits/new.html", await correction(store, reader, held, { ...args, id: args.corrects }, form)];
  if (is_seen(name)) {
    const view = await (name === "visit.log" ? new_visit(store, reader, {}, form) : new_activity(store, reader, "", form));
    return ["visits/new.html", { ...view, customer: view.customer ?? who(customer, reader), may_change: !view.customer, takes_place: false }];
  }
  if (name === "follow_up.create") return ["follow_ups/new.html", new_follow_up(reader, customer, form)];
  if (name === "task.ask") return ["follow_ups/new.html", new_task(reader, customer, form)];
  const is_contact = name.startsWith("contact.");
  const is_edit = name.endsWith(".edit");
  const here = is_edit && row;
  const view = is_contact
    ? (here ? edit_contact(reader, held, row, form) : new_contact(reader, held, form))
    : await (here ? edit_customer(store, reader, row, form) : new_customer(store, reader, form));
  return [`${is_contact ? "contacts" : "customers"}/form.html`, is_edit && !row ? said_alone(form, view, customer) : view];
}

/** The form of an edit with only the fields that it edits, because the row itself is no longer on this phone. @param {Form} form @param {forms.Args} view @param {import("../views/held.js").Row} customer @returns {forms.Args} */
function said_alone(form, view, { name }) {
  /** @param {any} field @returns {any} */
  const said = (field) => {
    if (Array.isArray(field)) return field.map(said);
    return field?.label && !(field.name in form.typed) ? { ...field, label: "" } : field;
  };
  const fields = Object.fromEntries(Object.entries(view).map(([key, field]) => [key, said(field)]));
  const refused = sentences(form.refused, form.t("%(name)s is no longer on this phone. Only what you changed is sent.", { name }));
  return { ...fields, refused, looks_around: false, further_open: true };
}

/** Whether the change logs or corrects a visit, a call or a message. @param {string} name */
function is_seen(name) {
  return /^(visit|activity)\.(log|correct)$/.test(name);
}

/** @param {Asked} asked */
async function editable(asked) {
  const entry = await found(asked);
  return entry?.state === "parked" && EDITABLE.includes(entry.name) ? entry : null;
}

/** Acts on the entry that the address names. If it was applied meanwhile, the outbox is shown without it. @param {Asked} asked @param {(entry: Entry) => Promise<Response>} act */
async function of_entry(asked, act) {
  const entry = await found(asked);
  return entry ? act(entry) : saved(asked, "/outbox", "");
}

/** @param {Asked} asked */
async function found({ keeping, params }) {
  return (await keeping.entries()).find(({ seq }) => String(seq) === params.seq);
}
