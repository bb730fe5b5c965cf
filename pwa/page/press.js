/**
 * A press that has become something else, a swipe or a drag, is no tap any more: neither does it open what it began on nor
 * the browser's menu of it. The next press, however soon, is meant.
 */

const AFTERWARDS_MS = 300;

let is_spent = false;
let ended_at = Infinity;

export function tell_presses_apart() {
  document.addEventListener("pointerdown", () => {
    is_spent = false;
    ended_at = Infinity;
  }, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, ({ timeStamp }) => (ended_at = timeStamp), true);
  for (const what of ["click", "contextmenu"]) document.addEventListener(what, swallow, true);
}

export function spend_press() {
  is_spent = true;
}

/** @param {Event} event */
function swallow(event) {
  if (!is_spent || !event.isTrusted || event.timeStamp - ended_at > AFTERWARDS_MS) return;
  event.preventDefault();
  event.stopPropagation();
}
