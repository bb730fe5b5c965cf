/**
 * htmx needs a mark in the page's history entry for Back, and sets it at the first tap. The browser takes longer for that than
 * for drawing the answer, so the mark is set before, when nobody waits.
 */

export function mark_entry() {
  if (!history.state?.htmx) history.replaceState({ htmx: true }, "", location.href);
}
