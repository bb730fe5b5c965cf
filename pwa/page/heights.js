/**
 * On a phone the stages lie side by side, and one of them fills the screen: the page is as high as that one. Beside a longer
 * one it could be scrolled on, into nothing.
 */

const NEAR = 0.15; // of its width; the next one's edge, which invites to swipe, is less
/** As high as the one that is here; its heading and rows keep their heights, of which the edge shows. */
const AWAY = { contain: "size", overflow: "clip", gridAutoRows: "max-content" };
const HERE = { contain: "", overflow: "", gridAutoRows: "" };
const NARROW = matchMedia("(max-width: 899px)");

/** @type {IntersectionObserver | undefined} */
let observer;

export function fit_page_to_stage() {
  document.addEventListener("htmx:after:swap", watch);
  NARROW.addEventListener("change", watch);
  watch();
}

function watch() {
  observer?.disconnect();
  const board = document.querySelector(".board");
  if (board === null) return;
  observer = new IntersectionObserver(fit, { root: board, threshold: NEAR }); // told of each at once, and when it crosses that
  for (const stage of board.children) observer.observe(stage);
}

/** @param {IntersectionObserverEntry[]} stages */
function fit(stages) {
  for (const { target, intersectionRatio } of stages) {
    Object.assign(/** @type {HTMLElement} */ (target).style, NARROW.matches && intersectionRatio < NEAR ? AWAY : HERE);
  }
}
