/** Sheets are popovers, which Safari has since 17. In older ones this script opens and closes them by the same buttons. */

const OPEN = { display: "grid", gap: "12px", zIndex: "30" }; // above the dock and the toasts

export function open_sheets() {
  if ("popover" in HTMLElement.prototype) return;
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const wanted = target.closest("[popovertarget]")?.getAttribute("popovertarget");
    for (const sheet of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[popover]"))) {
      const is_open = sheet.hasAttribute("style");
      const opens = sheet.id === wanted ? !is_open : is_open && sheet.contains(target);
      if (opens) Object.assign(sheet.style, OPEN);
      else sheet.removeAttribute("style");
    }
  });
}
