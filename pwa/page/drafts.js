/**
 * Keeps what is typed at every keystroke, straight into the phone's database: a page that is killed has no time for a
 * detour. A form names its draft with data-draft; the host that renders the form next fills it in.
 */
import { drop_draft, keep_draft } from "../../sync/drafts.js";
import { open_local_database } from "../../sync/local_database.js";
import { real_ports } from "../../sync/ports.js";

/** What belongs to the page and not to what was typed. */
const NOT_TYPED = new Set(["csrf_token", "latitude", "longitude", "accuracy_m"]);

/** @type {import("../../sync/local_database.js").LocalDatabase | null} */
let database = null;

/** Forms on their way: what is typed after the tap belongs to nothing any more. @type {WeakSet<HTMLFormElement>} */
const sent = new WeakSet();

export function keep_drafts() {
  open();
  for (const type of ["input", "change"]) document.addEventListener(type, keep);
  document.addEventListener("submit", (event) => sent.add(/** @type {HTMLFormElement} */ (event.target)), true);
  document.addEventListener("htmx:error", typed_again);
  document.addEventListener("click", throw_away);
}

/** @param {Event} event */
function keep({ target }) {
  const form = target instanceof Element ? /** @type {HTMLFormElement | null} */ (target.closest("form[data-draft]")) : null;
  if (form === null || sent.has(form) || open() === null) return;
  keep_draft(/** @type {NonNullable<typeof database>} */ (database), String(form.dataset.draft), fields_of(form))
    .then(() => say_kept(form), (error) => console.error("The draft could not be kept:", error));
}

/** The user of the page, so that what Alice types is never in Mei's drafts. */
function open() {
  const user_id = document.documentElement.dataset.user;
  if (!user_id) return null;
  if (database?.user_id !== user_id) database = open_local_database(user_id, real_ports());
  return database;
}

/** @param {HTMLFormElement} form */
function fields_of(form) {
  /** @type {Record<string, string[]>} */
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !NOT_TYPED.has(name)) (fields[name] ??= []).push(value);
  }
  return fields;
}

/** @param {HTMLFormElement} form */
function say_kept(form) {
  const sign = form.querySelector("[data-draft-kept]") ?? document.querySelector("[data-draft-kept]");
  sign?.removeAttribute("hidden");
}

/** The save did not reach anyone: the form is still there and may be typed in. @param {Event} event */
function typed_again({ target }) {
  if (target instanceof HTMLFormElement) sent.delete(target);
}

/** @param {Event} event */
function throw_away({ target }) {
  const button = target instanceof Element ? target.closest("[data-draft-discard]") : null;
  const key = button?.getAttribute("data-draft-discard");
  if (key && open() !== null) void drop_draft(/** @type {NonNullable<typeof database>} */ (database), key);
}
