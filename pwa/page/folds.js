/** What somebody has unfolded stays so when the page is drawn anew, of which whoever draws it knows nothing. */
export function keep_folds_open() {
  document.addEventListener("htmx:before:swap", (event) => {
    const { tasks } = /** @type {CustomEvent<{tasks: {fragment: DocumentFragment}[]}>} */ (event).detail;
    for (const { id } of document.querySelectorAll("main details[id][open]"))
      for (const { fragment } of tasks) fragment.querySelector(`#${id}`)?.setAttribute("open", "");
  });
}
