/** An answer that comes when one has gone on to another screen leaves that one alone: nobody is taken out of what they type. */
export function drop_late_answers() {
  /** The screen on which it was asked. @type {WeakMap<object, Element | null>} */
  const asked_from = new WeakMap();
  document.addEventListener("htmx:before:request", (event) => {
    asked_from.set(/** @type {CustomEvent} */ (event).detail.ctx, document.querySelector("main"));
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (asked_from.get(ctx)?.isConnected === false) event.preventDefault();
  });
}
