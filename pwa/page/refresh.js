/** Draws lists and details anew when the phone's data has changed, or the day; leaves a page alone in which somebody types. */
import { on_message } from "./worker.js";

const QUIET_MS = 2_000;
const LOOK_MS = 60_000;

let touched_at = -Infinity;
let is_stale = false;
let drawn_in = hour();

export function draw_anew() {
  for (const type of ["input", "pointerdown", "keydown"]) addEventListener(type, () => (touched_at = performance.now()), { passive: true });
  on_message("rows", () => {
    is_stale = true;
    draw_when_quiet();
  });
  document.addEventListener("visibilitychange", draw_when_quiet);
  setInterval(draw_when_quiet, LOOK_MS); // a tablet on a desk is in front at midnight, too
}

/** The local day and hour, as `Mon Nov 30 2026 11`. */
function hour() {
  return Date().slice(0, 18);
}

function draw_when_quiet() {
  const main = document.querySelector("main[data-live]");
  is_stale ||= hour() !== drawn_in;
  if (!is_stale || main === null || document.visibilityState !== "visible") return;
  if (performance.now() - touched_at < QUIET_MS) setTimeout(draw_when_quiet, QUIET_MS);
  else if (document.querySelector("main > form[data-draft]") === null) draw();
}

function draw() {
  const { htmx } = /** @type {{htmx?: {ajax: Function}}} */ (/** @type {unknown} */ (globalThis));
  is_stale = false;
  drawn_in = hour();
  // Only what is inside: a toast has ten seconds, whatever comes in meanwhile.
  void htmx?.ajax("GET", location.pathname + location.search, { target: "main", select: "main", swap: "outerMorph", push: "false" });
}
