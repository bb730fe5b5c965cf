/**
 * Drafts of small forms on pages that show something, such as why a quote is declined. They are kept as those of other forms, but
 * the page itself puts them back. The host that saves the form deletes its draft.
 */
import { draft_of } from "../../sync/drafts.js";
import { user_database } from "./drafts.js";

const FORMS = ".sheet form:has(textarea), form[action$='/approve']";

export function keep_reasons() {
  document.addEventListener("htmx:after:swap", take_up);
  take_up();
}

/** Only with a service worker: a server would delete no draft. */
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
