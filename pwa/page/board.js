/**
 * On the board an opportunity can be dragged to another column: that opens the sheet of moving there, as its links do.
 * Links can be dragged by themselves, by mouse, and by finger after holding it for a moment.
 */

/** @type {HTMLAnchorElement | null} */
let dragged = null;

export function let_sales_be_dragged() {
  document.addEventListener("dragstart", ({ target }) => {
    dragged = target instanceof Element ? target.closest("[data-drag] a.sale") : null;
  });
  document.addEventListener("dragover", (event) => {
    const stage = stage_below(event);
    mark(stage);
    if (stage) event.preventDefault(); // which says that it may be dropped here
  });
  document.addEventListener("drop", (event) => {
    const stage = stage_below(event);
    if (!stage || !dragged) return;
    event.preventDefault();
    location.assign(`${dragged.pathname}/move?to=${encodeURIComponent(stage.id.replace("stage-", ""))}`);
  });
  document.addEventListener("dragend", () => {
    mark(null);
    dragged = null;
  });
}

/** Another one than it comes from. @param {DragEvent} event */
function stage_below({ target }) {
  const stage = dragged && target instanceof Element ? target.closest("[data-drag] .stage") : null;
  return stage?.contains(dragged) ? null : stage;
}

/** @param {Element | null} stage */
function mark(stage) {
  for (const other of document.querySelectorAll(".stage[data-over]")) if (other !== stage) other.removeAttribute("data-over");
  stage?.setAttribute("data-over", "");
}
