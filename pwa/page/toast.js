/** Says what has just happened, with a way back, for ten seconds: longer while a finger or the focus rests on it. */

const SHOWN_MS = 10_000;

export function let_toasts_pass() {
  document.addEventListener("htmx:after:swap", watch);
  watch();
}

function watch() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-toast-seen])")) {
    toast.setAttribute("data-toast-seen", "");
    setTimeout(() => leave(toast), SHOWN_MS);
  }
}

/** @param {Element} toast */
function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 1_000);
  else toast.remove();
}
