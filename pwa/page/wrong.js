/** A form that came back with something wrong in it: htmx shows its top, and what has the focus may lie screens below. */

export function show_what_is_wrong() {
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx?.response?.status >= 400) document.activeElement?.closest("[aria-invalid]")?.scrollIntoView({ block: "center" });
  });
}
