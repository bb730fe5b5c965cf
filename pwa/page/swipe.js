/**
 * Rows that may be swiped: right presses the row's [data-swipe-right] button, left its [data-swipe-left].
 * The buttons are there for keyboards, screen readers and everybody who does not know of swipes.
 */
import { spend_press } from "./press.js";

/** In CSS pixels: from where on letting go presses the button, and from where on it is no tap and no scrolling. */
const FAR_ENOUGH = 96;
const SURELY_SIDEWAYS = 12;

/** @type {{row: HTMLElement, id: number, x: number, y: number, dx: number, sideways: boolean} | null} */
let drag = null;

export function let_rows_be_swiped() {
  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", finish);
  document.addEventListener("pointercancel", forget);
}

/** @param {PointerEvent} event */
function begin(event) {
  const row = event.target instanceof Element ? event.target.closest("[data-swipe]") : null;
  if (!(row instanceof HTMLElement) || event.pointerType === "mouse") return;
  drag = { row, id: event.pointerId, x: event.clientX, y: event.clientY, dx: 0, sideways: false };
}

/** @param {PointerEvent} event */
function follow(event) {
  if (drag === null || event.pointerId !== drag.id) return;
  drag.dx = event.clientX - drag.x;
  if (Math.abs(event.clientY - drag.y) > Math.abs(drag.dx) && !drag.sideways) return forget();
  if (Math.abs(drag.dx) > SURELY_SIDEWAYS) {
    drag.sideways = true;
    spend_press();
  }
  if (!drag.sideways || button_of(drag) === null) return;
  drag.row.style.setProperty("transform", `translateX(${drag.dx}px)`);
  drag.row.dataset.swipe = Math.abs(drag.dx) < FAR_ENOUGH ? "" : drag.dx > 0 ? "right" : "left";
}

/** @param {PointerEvent} event */
function finish(event) {
  if (drag === null || event.pointerId !== drag.id) return;
  const button = Math.abs(drag.dx) >= FAR_ENOUGH ? button_of(drag) : null;
  forget();
  button?.click();
}

function forget() {
  drag?.row.style.removeProperty("transform");
  if (drag !== null) drag.row.dataset.swipe = "";
  drag = null;
}

/** @param {NonNullable<typeof drag>} moved @returns {HTMLElement | null} */
function button_of(moved) {
  return moved.row.querySelector(moved.dx > 0 ? "[data-swipe-right]" : "[data-swipe-left]");
}
