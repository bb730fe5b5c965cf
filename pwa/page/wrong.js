/** When a form comes back with errors, htmx scrolls to its top, but the wrong field, which has the focus, may be screens below. */

export function show_what_is_wrong() {
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx?.response?.status >= 400) document.activeElement?.closest("[aria-invalid]")?.scrollIntoView({ block: "center" });
  });
}
