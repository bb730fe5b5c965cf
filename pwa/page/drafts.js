/**
 * Keeps what is typed at every keystroke. The page itself writes to the database, because one that is killed has no time to ask the
 * worker. A form names its draft with data-draft; the host that renders the form next fills it in.
 */
import { drop_draft, keep_draft } from "../../sync/drafts.js";
import { open_local_database } from "../../sync/local_database.js";
import { real_ports } from "../../sync/ports.js";

/** Fields that nobody types, and that no draft keeps; in a form with `data-place` the place is not typed either. */
const NOT_TYPED = ["_csrf", "q"];
const PLACE = ["latitude", "longitude", "accuracy_m"];

/** @type {import("../../sync/local_database.js").LocalDatabase | null} */
let database = null;

/**
 * What was typed last and is not on the disk yet. While one write is under way, what is typed replaces what waits: on a slow
 * phone a queue would fall seconds behind the fingers, and a kill would lose all of it.
 * `before`: the key that the draft had before, which is deleted.
 * @type {Map<HTMLFormElement, {key: string, fields: Record<string, string[]>, before: string}>}
 */
const unwritten = new Map();

/** Forms that were submitted: what is typed into them after that is not kept. @type {WeakSet<HTMLFormElement>} */
const sent = new WeakSet();

export function keep_drafts() {
  for (const type of ["input", "change"]) document.addEventListener(type, keep);
  document.addEventListener("submit", (event) => sent.add(/** @type {HTMLFormElement} */ (event.target)), true);
  document.addEventListener("htmx:error", typed_again);
  document.addEventListener("htmx:after:swap", take_up);
  addEventListener("pagehide", keep_last);
  take_up();
}

/** When the page is left, it will not see the end of a write under way, and so what waits is written now. */
function keep_last() {
  for (const [form, { key, fields }] of unwritten) if (!sent.has(form)) void keep_draft(user_database(), key, fields);
}

/** Keeps forms that have changed without typing: one that came with a draft, perhaps of another customer, and the lines of a quote
 * (`data-keep`), which are added and taken out by taps. @param {Event} [swap] */
function take_up(swap) {
  const changed = /** @type {CustomEvent | undefined} */ (swap)?.detail?.ctx?.target;
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-draft]"))) {
    if (form.dataset.draftKey || (changed?.matches("[data-keep]") && form.contains(changed))) keep_form(form);
  }
}

/** @param {Event} event */
function keep({ target }) {
  const form = target instanceof Element ? target.closest("form[data-draft]") : null;
  if (form instanceof HTMLFormElement) keep_form(form);
}

/** @param {HTMLFormElement} form */
export function keep_form(form) {
  if (sent.has(form) || !document.documentElement.dataset.user) return;
  const [fields, base] = [fields_of(form), String(form.dataset.draft)];
  const before = form.dataset.draftKey ?? base;
  // While another customer is searched for, the form has no field for it: the draft stays with the customer before.
  fields.customer_id ??= before.split("=").slice(1);
  const key = key_of(base, fields);
  const is_writing = unwritten.has(form);
  unwritten.set(form, { key, fields, before: unwritten.get(form)?.before ?? before });
  sign_of(form)?.removeAttribute("data-all");
  if (!is_writing) write(form).then(() => say_kept(form), (error) => give_up(form, error));
  form.dataset.draftKey = key;
}

/** @param {HTMLFormElement} form */
async function write(form) {
  for (let draft; (draft = unwritten.get(form)); ) {
    await keep_draft(user_database(), draft.key, draft.fields);
    if (unwritten.get(form) === draft) unwritten.delete(form);
    if (draft.before !== draft.key) await drop_draft(user_database(), draft.before);
  }
}

/** The next keystroke tries again. @param {HTMLFormElement} form @param {unknown} error */
function give_up(form, error) {
  unwritten.delete(form);
  console.error("The draft could not be kept:", error);
}

/** A visit's draft belongs to its customer (see drafted.js): what is typed about one never shows under another.
 * @param {string} base @param {Record<string, string[]>} fields */
function key_of(base, { customer_id }) {
  return base === "/visits/new" && customer_id?.[0] ? `${base}?customer=${customer_id[0]}` : base;
}

/** The database of the page's user, so that what Alice types is never in Mei's drafts. */
export function user_database() {
  const user_id = String(document.documentElement.dataset.user);
  if (database?.user_id !== user_id) database = open_local_database(user_id, real_ports());
  return database;
}

/** @param {HTMLFormElement} form */
function fields_of(form) {
  /** @type {Record<string, string[]>} */
  const fields = {};
  const left_out = [...NOT_TYPED, ...(form.matches("[data-place]") ? PLACE : [])];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !left_out.includes(name)) (fields[name] ??= []).push(value);
  }
  return fields;
}

/** Shows that the draft is kept. `data-all` says that it is kept to the last letter, for tests. @param {HTMLFormElement} form */
function say_kept(form) {
  const sign = sign_of(form);
  sign?.removeAttribute("hidden");
  sign?.setAttribute("data-all", "");
}

/** @param {HTMLFormElement} form */
function sign_of(form) {
  return form.querySelector("[data-draft-kept]") ?? document.querySelector("[data-draft-kept]");
}

/** A form that nobody has received is still there, and what is typed into it is kept again. @param {Event} event */
function typed_again({ target }) {
  if (target instanceof HTMLFormElement) sent.delete(target);
}
