/**
 * On the board an opportunity can be dragged to another column: that opens the sheet for moving it there, as its links do.
 * A mouse or a pen drags at once. A finger has to rest on it first: one that moves before that scrolls, as everywhere.
 */
import { spend_press } from "./press.js";

/** A board with a single column has no other one to drag to. */
const BOARD = "[data-drag]:not(.one)";
const HELD_MS = 350; // before any browser opens its own menu for a finger that rests
/** In CSS pixels: how far a pointer moves to drag, and how near to the edge the board scrolls. */
const MOVED = 6;
const EDGE = 48;
const SCROLLED_PER_MS = 0.7;

/**
 * @typedef {{card: HTMLAnchorElement, from: string | undefined, id: number, is_finger: boolean, x: number, y: number, timer: number}} Press
 * `from`: the id of the card's column; x and y: where the press began, in the window as `at`
 */

/** @type {Press | null} */
let press = null;
/** Where the pointer is now. */
let at = { x: 0, y: 0 };
/** The copy of the card that follows the pointer. @type {HTMLElement | null} */
let lifted = null;

export function let_sales_be_dragged() {
  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", forget);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && forget());
  document.addEventListener("dragstart", (event) => press && event.preventDefault()); // links have a drag of their own
  document.addEventListener("htmx:after:swap", hold_boards);
  hold_boards();
}

/** A touch scrolls unless `touchmove` is prevented, which only a listener can do that was there before the touch began. */
function hold_boards() {
  for (const board of document.querySelectorAll(BOARD)) board.addEventListener("touchmove", hold_still, { passive: false });
}

/** @param {Event} event */
function hold_still(event) {
  if (lifted) event.preventDefault();
}

/** @param {PointerEvent} event */
function begin({ target, button, isPrimary, pointerId: id, pointerType, x, y }) {
  const card = target instanceof Element && target.closest(`${BOARD} a.sale`);
  if (!(card instanceof HTMLAnchorElement) || button || !isPrimary) return;
  forget();
  card.draggable = false; // else a tablet lifts the link before it fires dragstart
  const is_finger = pointerType === "touch", timer = is_finger ? setTimeout(lift, HELD_MS) : 0;
  press = { card, from: card.closest(".stage")?.id, id, is_finger, x, y, timer };
}

/** @param {PointerEvent} event */
function follow({ pointerId, x, y }) {
  if (press?.id !== pointerId) return;
  const across = x - press.x, down = y - press.y;
  if (!lifted && Math.hypot(across, down) < MOVED) return;
  if (!lifted && press.is_finger) return forget();
  if (!lifted) lift();
  at = { x, y };
  lifted?.style.setProperty("translate", `${across}px ${down}px`);
}

function lift() {
  if (!press) return;
  spend_press();
  const { card, id, is_finger, x, y } = press;
  if (is_finger) navigator.vibrate?.(15);
  else card.setPointerCapture(id); // to hear of the pointer outside of the window, too
  const { left, top, width } = card.getBoundingClientRect();
  lifted = document.createElement("div");
  lifted.className = "stage list lifted";
  lifted.inert = true; // so that elementFromPoint finds the column below it
  lifted.style.cssText = `left: ${left}px; top: ${top}px; width: ${width}px`;
  lifted.append(card.cloneNode(true));
  document.body.append(lifted);
  card.style.opacity = ".4";
  board_here()?.style.setProperty("scroll-snap-type", "none");
  at = { x, y };
  look_below(performance.now());
}

/** Near an edge the board is scrolled, so that a column out of sight can be reached. @param {number} before when it looked last */
function look_below(before) {
  requestAnimationFrame((now) => {
    const board = board_here();
    if (!lifted || !board) return;
    const { left, right } = board.getBoundingClientRect();
    const way = at.x < left + EDGE ? -1 : at.x > right - EDGE ? 1 : 0;
    if (way) board.scrollBy({ left: way * SCROLLED_PER_MS * (now - before), behavior: "instant" });
    mark(stage_below());
    look_below(now);
  });
}

/** @param {PointerEvent} event */
function drop({ pointerId, x, y }) {
  if (press?.id !== pointerId) return;
  at = { x, y };
  const { card } = press, stage = lifted && stage_below();
  forget();
  if (stage) location.assign(`${card.pathname}/move?to=${encodeURIComponent(stage.id.replace("stage-", ""))}`);
}

function forget() {
  clearTimeout(press?.timer);
  press?.card.style.removeProperty("opacity");
  board_here()?.style.removeProperty("scroll-snap-type");
  lifted?.remove();
  press = lifted = null;
  mark(null);
}

/** @returns {HTMLElement | null} */
function board_here() {
  return document.querySelector(BOARD);
}

/** The column below the pointer, if it is another one than the card's own. */
function stage_below() {
  const stage = document.elementFromPoint(at.x, at.y)?.closest(`${BOARD} .stage`);
  return stage && stage.id !== press?.from ? stage : null;
}

/** @param {Element | null} stage */
function mark(stage) {
  for (const other of document.querySelectorAll(".stage[data-over]")) if (other !== stage) other.removeAttribute("data-over");
  stage?.setAttribute("data-over", "");
}
