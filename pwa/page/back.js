/**
 * The link at the top of a screen goes back in the history where it can: the list then is as it was left, with what was looked for and
 * scrolled to. As a link it would open at its top. So each entry of the history bears its trail: the addresses of the last few
 * before it, oldest first.
 */

const LONGEST = 12;
const LEFT = "legwork_trail";

export function go_back_to_lists() {
  /** @type {string[]} */
  let left = [];
  if (!history.state?.trail) keep(came_from_here() ? JSON.parse(sessionStorage.getItem(LEFT) ?? "[]") : []);
  document.addEventListener("htmx:before:history:update", () => (left = with_this_one()));
  document.addEventListener("htmx:after:history:push", () => keep(left));
  document.addEventListener("htmx:after:history:replace", () => keep(left.slice(0, -1)));
  addEventListener("pagehide", () => sessionStorage.setItem(LEFT, JSON.stringify(with_this_one())));
  document.addEventListener("click", go_back, true); // before htmx follows the link
}

function came_from_here() {
  return document.referrer.startsWith(`${location.origin}/`);
}

/** @returns {string[]} */
function with_this_one() {
  return [...(history.state?.trail ?? []), location.pathname + location.search].slice(-LONGEST);
}

/** @param {string[]} trail */
function keep(trail) {
  history.replaceState({ ...history.state, trail }, "");
}

/** @param {MouseEvent} event */
function go_back(event) {
  const link = event.target instanceof Element ? event.target.closest(".bar a.back") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const steps = steps_to(link);
  if (steps === 0) return;
  event.preventDefault();
  event.stopPropagation();
  history.go(-steps);
}

/** How far back the link's screen is, past what was opened from it; 0 if one came from another place of the app.
 * @param {HTMLAnchorElement} link */
function steps_to({ pathname, search }) {
  const places = [...document.querySelectorAll(".dock a:not(.plus)")].map((place) => place.getAttribute("href"));
  const before = with_this_one().slice(0, -1).reverse().map((path) => new URL(path, location.origin));
  const at = before.findIndex((url) => url.pathname === pathname || places.includes(url.pathname));
  return before[at]?.pathname === pathname && (!search || search === before[at].search) ? at + 1 : 0;
}
