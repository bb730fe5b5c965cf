/** What the worker says about sending: in the pill on every screen, and in a cookie that outlives an evicted store. */
import { cookie, set_cookie } from "./cookie.js";
import { on_message, tell } from "./worker.js";

const REMEMBERED_DAYS = 400;

/** @typedef {{text: string, state: string, unsent: number}} Pill */

/** @type {Pill | null} */
let latest = null;
/** What was the latest news when the page was last asked for. @type {Pill | null} */
let before = null;

export function keep_pill_true() {
  const { user } = document.documentElement.dataset;
  on_message("pill", ({ pill, of, is_new }) => {
    latest = pill;
    if (user && of === user) {
      if (is_new) greet(user);
      else set_cookie(cookie_of(user), pill.unsent, REMEMBERED_DAYS);
    }
    show();
  });
  document.addEventListener("htmx:config:request", () => (before = latest));
  document.addEventListener("htmx:after:swap", show);
  if (user) greet(user);
}

/** The remembered count is told to the worker before a new store's count may take its place. @param {string} user_id */
function greet(user_id) {
  const remembered = cookie(cookie_of(user_id));
  // A page may be drawn, and not yet listening, when something new comes in.
  const drawn_at = Date.now() - performance.now();
  void tell({ type: "hello", user_id, remembered: remembered === null ? null : Number(remembered), drawn_at });
}

/** One for each user of this phone: what the first left unsent is not missing in the store of the second. @param {string} user_id */
function cookie_of(user_id) {
  return `legwork_unsent_${user_id}`;
}

/** A page that the server made does not know what the phone holds, and says that all is sent. One that says otherwise is the
 * phone's own, and newer than what the phone told before the page was asked for. */
function show() {
  if (latest === null) return;
  // On a tablet the list beside a customer has one too.
  for (const pill of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pill]"))) {
    if (latest === before && pill.dataset.pill !== "sent") continue;
    pill.dataset.pill = latest.state;
    const words = pill.querySelector("span") ?? pill;
    if (words.textContent !== latest.text) words.textContent = latest.text;
  }
}
