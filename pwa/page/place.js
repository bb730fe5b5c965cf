/** Fills in where a visit takes place, and finds who is near: only with permission, and nothing waits for it. */

const PLACE = { enableHighAccuracy: true, maximumAge: 60_000, timeout: 15_000 };
const STILL_HERE_MS = 300_000;
/** Good enough to sort customers by distance. */
const ROUGHLY = { maximumAge: STILL_HERE_MS, timeout: 15_000 };

/** @type {GeolocationPosition | null} */
let latest = null;

export function fill_in_places() {
  document.addEventListener("htmx:after:swap", where_allowed);
  document.addEventListener("click", (event) => {
    const asked = event.target instanceof Element && event.target.closest("[data-ask-place]");
    if (asked) navigator.geolocation?.getCurrentPosition(take, explain, PLACE);
  });
  void where_allowed();
}

async function where_allowed() {
  const visit = document.querySelector("[data-place]");
  if ((visit ?? document.querySelector("a[data-near]")) === null || !("geolocation" in navigator)) return;
  if (latest && Date.now() - latest.timestamp < STILL_HERE_MS) lead_near(latest);
  const permission = await navigator.permissions?.query({ name: "geolocation" });
  if (["prompt", undefined].includes(permission?.state)) show("form [data-ask-place]", true);
  if (permission?.state === "granted") navigator.geolocation.getCurrentPosition(take, explain, visit ? PLACE : ROUGHLY);
}

/** @param {GeolocationPosition} position */
function take(position) {
  const { coords } = (latest = position);
  for (const form of document.querySelectorAll("form[data-place]")) {
    fill(form, "latitude", coords.latitude.toFixed(6));
    fill(form, "longitude", coords.longitude.toFixed(6));
    fill(form, "accuracy_m", String(Math.ceil(coords.accuracy)));
  }
  show("form [data-ask-place]", false);
  show("form [data-placed]", true);
  lead_near(position);
  if (waiting_for_place()) document.querySelector("a[data-near]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}

/** Whether the list of customers nearby is open and asks where this is. */
function waiting_for_place() {
  return document.querySelector(".empty [data-ask-place]") !== null;
}

/** @param {string} what @param {boolean} is_shown */
function show(what, is_shown) {
  document.querySelector(what)?.toggleAttribute("hidden", !is_shown);
}

/** @param {Element} form @param {string} name @param {string} value */
function fill(form, name, value) {
  const field = form.querySelector(`input[name="${name}"]`);
  if (field instanceof HTMLInputElement) field.value = value;
}

/** @param {GeolocationPosition} position */
function lead_near({ coords }) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-near]"))) {
    const url = new URL(link.href);
    url.searchParams.set("latitude", coords.latitude.toFixed(5));
    url.searchParams.set("longitude", coords.longitude.toFixed(5));
    link.href = url.pathname + url.search;
  }
}

/** @param {GeolocationPositionError} error */
function explain(error) {
  console.info("No place:", error.message);
  if (error.code === error.PERMISSION_DENIED) show("form [data-ask-place]", false);
}
