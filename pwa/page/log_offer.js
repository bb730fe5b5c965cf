/** Somebody who has called or written to a customer from their page is asked once, when they come back, whether to log it. */

const KEY = "legwork-to-log";
const REMEMBERED_MS = 2 * 3_600_000;

/** @typedef {{customer_id: string, kind: string, at: number}} ToLog */

export function offer_to_log() {
  document.addEventListener("click", ({ target }) => {
    const tapped = target instanceof Element ? target.closest("[data-log], [data-no-log]") : null;
    if (tapped instanceof HTMLElement) remember(tapped.dataset.log);
  });
  document.addEventListener("submit", ({ target }) => target === form_here() && sessionStorage.removeItem(KEY));
  document.addEventListener("htmx:after:swap", show);
  show();
}

/** @param {string | undefined} kind undefined: there is nothing to log */
function remember(kind) {
  const customer_id = form_here()?.elements.namedItem("customer_id");
  if (kind && customer_id instanceof HTMLInputElement) {
    sessionStorage.setItem(KEY, JSON.stringify({ customer_id: customer_id.value, kind, at: Date.now() }));
  } else sessionStorage.removeItem(KEY);
  show();
}

/** @returns {HTMLFormElement | null} */
function form_here() {
  return document.querySelector("form[data-log-offer]");
}

function show() {
  // Read on every page: the browser's first read of the storage is slow, and nobody waits for it before a tap.
  /** @type {ToLog | null} */
  const told = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  const form = form_here();
  if (form === null) return;
  const is_here = told !== null && field(form, "customer_id").value === told.customer_id;
  form.hidden = !is_here || Date.now() - told.at > REMEMBERED_MS;
  if (!form.hidden && told !== null) fill(form, told);
}

/** @param {HTMLFormElement} form @param {ToLog} told */
function fill(form, { kind, at }) {
  field(form, "kind").value = kind;
  field(form, "started_at").value = new Date(at).toISOString();
  for (const label of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-of]"))) label.hidden = label.dataset.of !== kind;
  const link = /** @type {HTMLAnchorElement} */ (form.querySelector("[data-with-note]"));
  const url = new URL(link.href);
  url.searchParams.set("kind", kind);
  link.href = url.pathname + url.search;
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
