/**
 * Swallows clicks that nobody meant. A press that became a swipe or a drag must open neither what it began on nor the browser's
 * menu for that. And a second tap, soon and at the same place, after one that sent a form or took a row away, would hit what has
 * come there since: the next row, or another screen's button.
 */

const AFTERWARDS_MS = 300;
const BESIDE_PX = 30;

/** Whether the press has become a swipe or a drag. */
let is_spent = false;
let ended_at = Infinity;
/** The last tap. @type {MouseEvent | null} */
let tapped = null;
/** The last tap that sent a form or took something away. @type {MouseEvent | null} */
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

/** Whether it may be the second of two taps. Browsers count a mouse's clicks in `detail`, but give every tap of a finger 1, and a
 * press by the keyboard, which has no place, 0. @param {PointerEvent} event */
function is_second({ pointerType, detail }) {
  return detail > (pointerType === "mouse" ? 1 : 0);
}
