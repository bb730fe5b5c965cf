/** What the worker says about sending is shown in the pill on every screen, and kept in a cookie: a store that the browser throws
 * away is missed by it. */
import { cookie, set_cookie } from "./cookie.js";
import { on_message, tell } from "./worker.js";

const REMEMBERED_DAYS = 400;

/** @typedef {{text: string, state: string, unsent: number}} Pill */

/** @type {Pill | null} */
let latest = null;
/** What the worker had said when the page was asked for. @type {Pill | null} */
let before = null;

export function keep_pill_true() {
  const { user } = document.documentElement.dataset;
  on_message("pill", ({ pill, of, is_new }) => {
    // Somebody else has signed in, or in another tab the user has signed out: what is shown and typed here would be under a wrong name.
    if (user && of !== null && of !== user && (of || document.hidden)) return location.reload();
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

/** Tells the worker the remembered count. Until it has heard that, the count of a new store does not overwrite the cookie. @param {string} user_id */
function greet(user_id) {
  const remembered = cookie(cookie_of(user_id));
  // Rows may have changed after the page was rendered and before it listens: the worker then says so again.
  const drawn_at = Date.now() - performance.now();
  void tell({ type: "hello", user_id, remembered: remembered === null ? null : Number(remembered), drawn_at });
}

/** A cookie for each user of this phone: the second user's store is not expected to hold what the first one left unsent.
 * @param {string} user_id */
function cookie_of(user_id) {
  return `legwork_unsent_${user_id}`;
}

/** A page from the server does not know the outbox, and says that all is sent. A page that says otherwise was made by the phone, and
 * is newer than what the worker had said before the page was asked for. */
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
