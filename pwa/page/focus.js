/**
 * When a new screen comes, what had the focus may be gone, and whoever uses a keyboard or a screen reader would begin at the top of
 * the document: so the new screen's content gets the focus. If nothing had it, as after a tap, it is left alone.
 */
export function take_focus_along() {
  let had_focus = false;
  document.addEventListener("htmx:before:swap", () => {
    had_focus ||= is_somewhere();
  });
  document.addEventListener("htmx:after:swap", () => {
    if (had_focus && !is_somewhere()) document.querySelector("main")?.focus({ preventScroll: true });
    had_focus = false;
  });
}

function is_somewhere() {
  return document.activeElement !== null && document.activeElement !== document.body;
}
