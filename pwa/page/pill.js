/** What the worker says about sending: in the pill on every screen, and in a cookie that outlives an evicted store. */
import { cookie, set_cookie } from "./cookie.js";
import { on_message, tell } from "./worker.js";

const REMEMBERED_DAYS = 400;

/** @typedef {{text: string, state: string, unsent: number}} Pill */

/** @type {Pill | null} */
let latest = null;

export function keep_pill_true() {
  on_message("pill", ({ pill }) => {
    latest = pill;
    set_cookie("legwork_unsent", pill.unsent, REMEMBERED_DAYS);
    show();
  });
  document.addEventListener("htmx:after:swap", show);
  const remembered = cookie("legwork_unsent");
  const { user, host } = document.documentElement.dataset;
  if (user) void tell({ type: "hello", user_id: user, host, remembered: remembered === null ? null : Number(remembered) });
}

/** A page that the server made does not know what the phone holds. */
function show() {
  const pill = document.querySelector("[data-pill]");
  if (latest === null || !(pill instanceof HTMLElement)) return;
  pill.dataset.pill = latest.state;
  const words = pill.querySelector("[data-pill-text]") ?? pill;
  if (words.textContent !== latest.text) words.textContent = latest.text;
}
