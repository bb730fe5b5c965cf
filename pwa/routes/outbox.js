/** The outbox: what waits to be sent, with every way to deal with it. Only a phone has one. */
import { download } from "../answer.js";
import { done_or_said, notice, saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import * as forms from "../forms.js";
import { new_contact, written as written_contact } from "../views/contact_form.js";
import { new_customer, written as written_customer } from "../views/customer_form.js";
import { new_follow_up, new_task } from "../views/follow_up_form.js";
import { Form } from "../views/form.js";
import { EDITABLE, outbox, why } from "../views/outbox.js";
import { custom_typed } from "../views/custom.js";
import { SELLING } from "../views/parked_selling.js";
import { new_activity, new_visit } from "../views/visit_form.js";

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
export async function discard(asked) {
  await entry_of(asked);
  await asked.keeping.discard(Number(asked.params.seq));
  return saved(asked, "/outbox", "discarded");
}

/** What the browser threw away is not said any more. @param {Asked} asked */
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

/** Somebody who manages should look at it. @param {Asked} asked */
export async function ask(asked) {
  const { id: change_id, label } = await entry_of(asked);
  return done_or_said(asked, "entry.ask", { change_id }, { label }, () => saved(asked, "/outbox", "asked"));
}

/** Brings the customer back; the entry about it is then tried again by itself. @param {Asked} asked */
export async function restore(asked) {
  const { args, label } = await entry_of(asked);
  const { customer_id } = args;
  return done_or_said(asked, "customer.restore", { customer_id }, { label }, () => saved(asked, "/outbox", "retried"));
}

/** What another phone could not send. @param {Asked} asked */
export async function bring_in(asked) {
  const { t } = asked;
  if (await asked.keeping.bring_in(await new Response(asked.form?.get("file")).text())) return saved(asked, "/outbox", "retried");
  return notice(asked, t("This was not done"), t("This file is not an outbox of yours."), 422);
}

/** The form it came from, filled in as it was saved. @param {Asked} asked */
export async function edit_form(asked) {
  const entry = await editable(asked);
  if (!entry) throw new NotHere(asked.params.seq);
  const now = await standing(asked, entry);
  const said = Object.hasOwn(SELLING, entry.name) ? {} : typed_of_entry(entry, asked.t);
  const typed = Object.keys(asked.typed).length ? asked.typed : { ...now, ...said };
  return form_of(asked, entry, new Form(asked.t, typed, {}, why(entry, asked.t)), 200);
}

/** Sent anew as it was edited; what was parked stays readable in the journal. @param {Asked} asked */
export async function edit(asked) {
  const { t, typed } = asked;
  const entry = await editable(asked);
  if (!entry) {
    // It was applied while its form stood open. What cost time to write is shown, to be copied.
    const [written = ""] = typed.note ?? typed.name ?? [];
    return notice(asked, t("This was not done"), `${t("Somebody changed this in the meantime. Please look and decide.")} ${written}`, 409);
  }
  const replacing = { ...asked.keeping, save: replace_in(asked, entry.seq) };
  const args = args_of(asked, entry, await standing(asked, entry));
  const wrong = await wrong_with(Object.assign(Object.create(asked), { keeping: replacing }), entry.name, args, { label: entry.label, photos: forms.photos(typed) });
  return wrong ? form_of(asked, entry, wrong, 422) : saved(asked, "/outbox", "resent");
}

/** What an edit was about, as its form has it now. @param {Asked} asked @param {Entry} entry @returns {Promise<import("../views/form.js").Typed>} */
async function standing(asked, { name, args }) {
  const { store } = asked;
  if (Object.hasOwn(SELLING, name)) return SELLING[name].typed(asked, args);
  if (!name.endsWith(".edit")) return {};
  const held = await store.customer(args.customer_id ?? (await store.holder(args.contact_id)) ?? "");
  const row = args.contact_id ? held?.contacts.find(({ id }) => id === args.contact_id) : held?.customer;
  return row ? (args.contact_id ? written_contact : written_customer)(row) : {};
}

/** @param {Asked} asked @param {Entry} entry @param {import("../views/form.js").Typed} now @returns {forms.Args} */
function args_of({ typed, reader }, { name, args }, now) {
  if (Object.hasOwn(SELLING, name)) return SELLING[name].args(typed, args);
  if (name === "visit.log") return forms.visit(typed, reader.today);
  if (name === "activity.log") return forms.activity(typed, reader.today);
  const { customer_id, contact_id, follow_up_id, task_id, owner_id = null } = args; // they stay: what else was entered names them
  if (name === "follow_up.create") return { ...forms.follow_up(typed, reader.today), customer_id, follow_up_id };
  if (name === "task.ask") return { ...forms.task(typed, reader.today), customer_id, task_id };
  if (name === "customer.create") return { ...forms.customer(typed), customer_id, owner_id };
  if (name === "contact.create") return { ...forms.contact(typed, customer_id), contact_id };
  const edited = name === "contact.edit" ? forms.contact_edit(typed, contact_id) : forms.customer_edit(typed, customer_id);
  const { custom = {}, ...fields } = edited.fields;
  const said = Object.entries(fields).filter(([field, value]) => field in args.fields || value !== (now[field]?.join() ?? value));
  const own = Object.entries(custom).filter(([id, value]) => id in (args.fields.custom ?? {}) || value !== (now[`custom.${id}`]?.[0] ?? ""));
  return { ...edited, fields: { ...Object.fromEntries(said), ...(own.length ? { custom: Object.fromEntries(own) } : {}) } };
}

/** @param {Entry} entry @param {import("../views/reader.js").Translator} t @returns {import("../views/form.js").Typed} */
function typed_of_entry({ name, args }, t) {
  if (name.endsWith(".log")) return forms.typed_of_visit(args, t);
  const typed = Object.entries({ ...args, ...args.fields }).map(([field, value]) => [field, [String(value ?? "")]]);
  return { next_step: ["pick"], ...Object.fromEntries(typed), ...custom_typed(args.custom ?? args.fields?.custom ?? {}) };
}

/** @param {Asked} asked @param {number} seq @returns {import("../asked.js").Keeping["save"]} */
function replace_in({ keeping }, seq) {
  return async (change, draft, [first, ...rest]) => [
    await keeping.replace(seq, change, draft), ...(first ? await keeping.save(first, null, rest) : []),
  ];
}

/** @param {Asked} asked @param {Entry} entry @param {Form} form @param {number} status */
async function form_of(asked, entry, form, status) {
  const { t } = asked;
  const action = `/outbox/${entry.seq}/edit`;
  const [template, view] = await (Object.hasOwn(SELLING, entry.name) ? SELLING[entry.name].view(asked, entry, form) : view_of(asked, entry, form));
  const places = { action, draft: action, title: t("Edit the entry"), back: { href: "/outbox", text: t("Outbox") }, may_change: false };
  return screen(asked, template, { ...view, ...places }, "more", status);
}

/** @param {Asked} asked @param {Entry} entry @param {Form} form @returns {Promise<[string, forms.Args]>} */
async function view_of({ store, reader }, { name, args }, form) {
  if (name.endsWith(".log")) {
    const typed = { ...form.typed, visit_id: [reader.new_id()] };
    const shown = new Form(form.t, typed, form.errors, form.refused);
    return ["visits/new.html", await (name === "visit.log" ? new_visit(store, reader, {}, shown) : new_activity(store, reader, "", shown))];
  }
  if (name.startsWith("customer.")) return ["customers/form.html", await new_customer(store, reader, form)];
  const customer = { id: "", name: "", ...(await store.summary(args.customer_id ?? (await store.holder(args.contact_id)) ?? "")) };
  if (name === "follow_up.create") return ["follow_ups/new.html", new_follow_up(reader, customer, form)];
  if (name === "task.ask") return ["follow_ups/new.html", new_task(reader, customer, form)];
  const held = (await store.customer(customer.id)) ?? /** @type {any} */ ({ customer, contacts: [] });
  return ["contacts/form.html", new_contact(reader, held, form)];
}

/** @param {Asked} asked */
async function editable(asked) {
  const entry = await found(asked);
  return entry?.state === "parked" && EDITABLE.includes(entry.name) ? entry : null;
}

/** @param {Asked} asked */
async function entry_of(asked) {
  const entry = await found(asked);
  if (!entry) throw new NotHere(asked.params.seq);
  return entry;
}

/** @param {Asked} asked */
async function found({ keeping, params }) {
  return (await keeping.entries()).find(({ seq }) => String(seq) === params.seq);
}
