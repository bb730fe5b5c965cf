/**
 * Back works by a mark that htmx sets on a page's entry in the history at the first tap. The browser takes longer for that
 * than for drawing the answer, so the mark is set before, when nobody waits.
 */

export function mark_entry() {
  if (!history.state?.htmx) history.replaceState({ htmx: true }, "", location.href);
}
