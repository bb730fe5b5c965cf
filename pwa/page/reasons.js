/**
 * Drafts of small forms on pages that show something, such as why a quote is declined, or a payment. They are kept as those of
 * other forms, but the page itself puts them back. The host that saves the form deletes its draft.
 */
import { draft_of } from "../../sync/drafts.js";
import { user_database } from "./drafts.js";

const FORMS = ".sheet form:has(textarea), form[action$='/approve'], form[action$='/payments']";

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
  const { fields = {} } = (await draft_of(user_database(), key)) ?? {};
  if (document.getElementById(`ask-${fields.payment_id}`)) return; // its last letter was kept when it had been saved
  for (const [name, [kept]] of Object.entries(fields)) {
    const field = /** @type {RadioNodeList | HTMLInputElement | null} */ (form.elements.namedItem(name));
    const is_touched = field instanceof HTMLElement && (field.type === "hidden" || field.value !== field.defaultValue);
    if (field && !is_touched) field.value = kept;
  }
}
