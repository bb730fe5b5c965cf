/** A `details` that somebody has opened stays open when the page is drawn anew: the host that renders it does not know. */
export function keep_folds_open() {
  document.addEventListener("htmx:before:swap", (event) => {
    const { tasks } = /** @type {CustomEvent<{tasks: {fragment: DocumentFragment}[]}>} */ (event).detail;
    for (const { id } of document.querySelectorAll("main details[id][open]"))
      for (const { fragment } of tasks) fragment.querySelector(`#${id}`)?.setAttribute("open", "");
  });
}
