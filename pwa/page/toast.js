/**
 * Toasts say what has just happened, and offer Undo, for ten seconds, or longer while a finger or the focus rests on them. Also says
 * that nothing was done, where a form needs the server and there is no signal.
 */

const SHOWN_MS = 10_000;

export function let_toasts_pass() {
  document.addEventListener("htmx:after:swap", watch);
  document.addEventListener("htmx:error", say_no_signal);
  watch();
}

function watch() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-toast-seen])")) {
    toast.setAttribute("data-toast-seen", "");
    setTimeout(() => leave(toast), SHOWN_MS);
  }
}

/** The words are in a template on the page, because they could not be fetched now. @param {Event} event */
function say_no_signal({ target }) {
  const words = target instanceof HTMLFormElement && /** @type {HTMLTemplateElement | null} */ (document.querySelector("template[data-no-signal]"));
  if (!words) return;
  document.querySelector(".toasts")?.replaceChildren(words.content.cloneNode(true));
  watch();
}

/** @param {Element} toast */
function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 1_000);
  else toast.remove();
}
