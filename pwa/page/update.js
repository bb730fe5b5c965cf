/** A new version of the app may take over when nobody is typing; the next screen is then loaded whole. */
const TYPING_MS = 30_000;

let typed_at = -Infinity;
let replaced = false;

export function make_way_for_updates() {
  if (!("serviceWorker" in navigator)) return;
  const had_one = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => (replaced = had_one));
  navigator.serviceWorker.addEventListener("message", answer);
  document.addEventListener("input", () => (typed_at = performance.now()));
  document.addEventListener("htmx:before:request", load_whole); // the address now has what a form of filters adds to it
  // The page after a form is loaded whole, too: the browser itself sends the form, because htmx does not hear of it.
  document.addEventListener("submit", (event) => replaced && event.stopImmediatePropagation(), true);
  document.addEventListener("visibilitychange", () => void offer_again());
}

/** @param {MessageEvent} event */
function answer({ data, ports }) {
  if (data?.type === "may_update") ports[0]?.postMessage(performance.now() - typed_at > TYPING_MS);
}

/** This page has the scripts and the style sheet of the version before, so whatever screen comes next is loaded whole: one that was
 * tapped, one that is gone back to, or this one, drawn anew. A screen is what its heading comes with. @param {Event} event */
function load_whole(event) {
  const { request, target } = /** @type {CustomEvent} */ (event).detail.ctx;
  if (!replaced || request.method.toUpperCase() !== "GET" || !target?.querySelector("h1")) return;
  event.preventDefault();
  if (request.action === location.pathname + location.search) location.reload();
  else location.assign(request.action);
}

/** A version that was told to wait asks again when the phone is put away. */
async function offer_again() {
  if (document.visibilityState !== "hidden") return;
  const registration = await navigator.serviceWorker.getRegistration();
  registration?.waiting?.postMessage({ type: "take_over" });
}
