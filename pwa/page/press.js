/**
 * A press that has become something else, a swipe or a drag, is no tap any more: it opens neither what it began on nor the
 * browser's menu for that. The next press, however soon, is meant; but not a second tap at the place of one that sent a form
 * or took something away: what has come there since is the next row, or another screen's button.
 */

const AFTERWARDS_MS = 300;
const BESIDE_PX = 30;

let is_spent = false;
let ended_at = Infinity;
/** The last tap. @type {MouseEvent | null} */
let tapped = null;
/** The last one with which something went. @type {MouseEvent | null} */
let gone = null;

export function tell_presses_apart() {
  document.addEventListener("pointerdown", () => {
    is_spent = false;
    ended_at = Infinity;
  }, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, ({ timeStamp }) => (ended_at = timeStamp), true);
  document.addEventListener("submit", () => (gone = tapped), true);
  for (const what of /** @type {const} */ (["click", "contextmenu"])) document.addEventListener(what, swallow, true);
}

export function spend_press() {
  is_spent = true;
}

/** @param {MouseEvent} event */
function swallow(event) {
  const { target, timeStamp, clientX, clientY, isTrusted } = event;
  const is_soon = gone && timeStamp - gone.timeStamp < AFTERWARDS_MS && Math.hypot(clientX - gone.clientX, clientY - gone.clientY) < BESIDE_PX;
  const is_again = is_soon && is_second(/** @type {PointerEvent} */ (event));
  if (isTrusted && (is_again || (is_spent && timeStamp - ended_at <= AFTERWARDS_MS))) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  tapped = event;
  if (/** @type {Element} */ (target).closest("button.icon-button")) gone = event;
}

/** Browsers count a mouse's clicks, but not a finger's taps. What the keyboard presses is counted by none, and has no
 * place. @param {PointerEvent} event */
function is_second({ pointerType, detail }) {
  return detail > (pointerType === "mouse" ? 1 : 0);
}
