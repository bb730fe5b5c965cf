/**
 * What lies below the first screen is put in a moment after it: after a tap a slow phone would draw, and htmx process, three
 * times as much as anybody sees.
 */

/** From its fifth row on, a timeline is out of sight on every screen we know, and so is all that follows. */
const BELOW = ".timeline > li:nth-child(n + 5), .timeline-group:has(li:nth-child(5)) ~ .group";
const DRAWN_MS = 150;

/** @typedef {{fragment: DocumentFragment, swapSpec: {style: string}}} Swap */

/** @type {[ParentNode, Element][]} */
let kept_back = [];

export function draw_first_what_is_seen() {
  document.addEventListener("htmx:before:swap", (event) => {
    put_back();
    // Only for a new screen. Going back, or morphing a page into itself, needs all of it at once.
    const whole = /** @type {Swap[]} */ (/** @type {CustomEvent} */ (event).detail.tasks).filter(({ swapSpec }) => swapSpec.style === "innerHTML");
    kept_back = whole.flatMap(({ fragment }) => [...fragment.querySelectorAll(BELOW)]).map((part) => [/** @type {ParentNode} */ (part.parentNode), part]);
    for (const [, part] of kept_back) part.remove();
    if (kept_back.length) setTimeout(put_back, DRAWN_MS);
  });
}

function put_back() {
  const parents = new Set(kept_back.map(([parent]) => parent));
  for (const [parent, part] of kept_back) parent.append(part);
  kept_back = [];
  const { htmx } = /** @type {{htmx?: {process: Function, trigger: Function}}} */ (/** @type {unknown} */ (globalThis));
  for (const parent of parents) {
    htmx?.process(parent);
    htmx?.trigger(parent, "htmx:after:swap");
  }
}
