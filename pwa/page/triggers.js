/**
 * When the phone should try to send and fetch. Background Sync exists in Chromium alone, and fires once at most,
 * so the page asks at every sign that the signal may be back.
 */
import { cookie } from "./cookie.js";
import { on_message, tell } from "./worker.js";

const EVERY_MS = 60_000;
const EVENTS_AGAIN_MS = 30_000;
const SOON_MS = 1_000;

/** @type {EventSource | null} */
let events = null;
let was_cut = false;
/** @type {string | null} */
let token = null;

export function sync_at_every_chance() {
  addEventListener("online", () => ask("online"));
  addEventListener("pageshow", (event) => event.persisted && ask("pageshow"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask("visible");
    listen();
  });
  // The token was refused. If the cookie has a new one, it is told to the worker, which may not be able to read cookies.
  on_message("forged", () => cookie("csrftoken") !== token && ask("online"));
  setTimeout(ask_again, jittered(EVERY_MS));
  listen();
}

function ask_again() {
  if (document.visibilityState === "visible") ask("timer");
  setTimeout(ask_again, jittered(EVERY_MS));
}

/** A hundred phones that lost the same mast must not all come back in the same second. @param {number} span_ms */
function jittered(span_ms) {
  return span_ms * (0.5 + Math.random());
}

/** @param {string} why */
function ask(why) {
  token = cookie("csrftoken");
  void tell({ type: "sync", why });
}

/** The server says when there is something to pull. Only a page that somebody looks at keeps a line open for that.
 * A line that was cut and opens again says that the server can be reached. */
function listen() {
  if (document.visibilityState === "hidden") return hang_up();
  if (events !== null || !document.documentElement.dataset.user) return;
  events = new EventSource("/sync/events");
  events.addEventListener("message", () => ask("event"));
  events.addEventListener("team", () => document.querySelector("[data-live-team]")?.dispatchEvent(new Event("team")));
  events.addEventListener("open", () => {
    if (was_cut) setTimeout(() => ask("online"), jittered(SOON_MS));
    was_cut = false;
  });
  events.addEventListener("error", () => {
    was_cut = true;
    if (events?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    hang_up();
    setTimeout(listen, jittered(EVENTS_AGAIN_MS));
  });
}

function hang_up() {
  events?.close();
  events = null;
}
