/**
 * What had the focus may be gone with the screen it was on, and whoever goes by keys or by ear would begin above all of it:
 * the new screen has it then. Where nothing had it, as under a finger or while a page draws itself anew, nobody is moved.
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
