/** What is chosen in a line of chips that moves sideways is in sight, however far along it stands. */
const CHOSEN = ".chips :is(:checked, [aria-current])";

export function show_what_is_chosen() {
  document.addEventListener("htmx:after:swap", show);
  show();
}

function show() {
  for (const one of document.querySelectorAll(CHOSEN)) bring_into_sight(one);
}

/** @param {Element} one */
function bring_into_sight(one) {
  const chip = one.closest(".chip");
  const line = one.closest(".chips");
  if (chip === null || line === null || line.scrollWidth <= line.clientWidth) return;
  const [place, around] = [chip.getBoundingClientRect(), line.getBoundingClientRect()];
  if (place.left >= around.left && place.right <= around.right) return;
  line.scrollLeft += place.left - around.left - (around.width - place.width) / 2;
}
