/**
 * Sentences typed on a page that shows something, such as why a quote is declined: the page keeps them as it keeps what is
 * typed in a form of its own, and puts them back itself. Who takes the form in drops what was kept.
 */
import { draft_of } from "../../sync/drafts.js";
import { user_database } from "./drafts.js";

const FORMS = ".sheet form:has(textarea), form[action$='/approve']";

export function keep_reasons() {
  document.addEventListener("htmx:after:swap", take_up);
  take_up();
}

/** A server alone would drop nothing. */
function take_up() {
  if (!navigator.serviceWorker?.controller || !document.documentElement.dataset.user) return;
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(FORMS))) {
    if (form.dataset.draft) continue;
    form.dataset.draft = new URL(form.action).pathname;
    put_back(form, form.dataset.draft).catch(console.error);
  }
}

/** @param {HTMLFormElement} form @param {string} key */
async function put_back(form, key) {
  const draft = await draft_of(user_database(), key);
  const field = form.querySelector("textarea, [name=note]");
  const kept = draft?.fields[/** @type {HTMLTextAreaElement} */ (field).name]?.[0];
  if (kept && field instanceof HTMLElement && "value" in field && !field.value) field.value = kept;
}
