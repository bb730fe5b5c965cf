/**
 * What is typed on a page that shows something, such as why a quote is declined, or a payment: the page keeps it as it keeps
 * what is typed in a form of its own, and puts it back itself. Who takes the form in drops what was kept.
 */
import { draft_of } from "../../sync/drafts.js";
import { user_database } from "./drafts.js";

const FORMS = ".sheet form:has(textarea), form[action$='/approve'], form[action$='/payments']";

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
  const { fields = {} } = (await draft_of(user_database(), key)) ?? {};
  if (document.getElementById(`ask-${fields.payment_id}`)) return; // its last letter was kept when it had been saved
  for (const [name, [kept]] of Object.entries(fields)) {
    const field = /** @type {RadioNodeList | HTMLInputElement | null} */ (form.elements.namedItem(name));
    const is_touched = field instanceof HTMLElement && (field.type === "hidden" || field.value !== field.defaultValue);
    if (field && !is_touched) field.value = kept;
  }
}
