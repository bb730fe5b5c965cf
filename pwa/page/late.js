/** An answer that comes after the user has gone on to another screen is dropped, so that nobody is taken out of what they type. */
export function drop_late_answers() {
  /** By request, the screen that it was made from. @type {WeakMap<object, Element | null>} */
  const asked_from = new WeakMap();
  document.addEventListener("htmx:before:request", (event) => {
    asked_from.set(/** @type {CustomEvent} */ (event).detail.ctx, document.querySelector("main"));
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (asked_from.get(ctx)?.isConnected === false) event.preventDefault();
  });
}
