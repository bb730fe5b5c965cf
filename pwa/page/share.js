/** Ways to hand out a quote: the share sheet, copied text, paper. Only those that this browser has are shown. */

export function share_quotes() {
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-share], [data-copy], [data-print]") : null;
    const told = document.querySelector("[data-share-text]");
    if (!(button instanceof HTMLElement) || !(told instanceof HTMLElement)) return;
    if ("print" in button.dataset) print();
    else void hand_over(button, told);
  });
  show();
}

function show() {
  const can = { share: "share" in navigator, copy: "clipboard" in navigator, print: true };
  for (const [what, is_there] of Object.entries(can)) {
    for (const button of document.querySelectorAll(`[data-${what}]`)) button.toggleAttribute("hidden", !is_there);
  }
}

/** A share sheet that was closed is a change of mind. If sharing fails otherwise, the text is copied.
 * @param {HTMLElement} button @param {HTMLElement} told */
async function hand_over(button, told) {
  const text = told.textContent ?? "";
  try {
    if ("share" in button.dataset) await navigator.share({ title: told.dataset.title, text });
    else await copy(text);
  } catch (error) {
    const { name } = /** @type {Error} */ (error);
    console.info("Not shared:", name);
    if (name === "AbortError") return;
    await copy(text).catch(() => offer(told));
  }
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  const [before, after] = document.querySelectorAll("[data-copy] span");
  before?.setAttribute("hidden", "");
  after?.removeAttribute("hidden");
}

/** Shows the text selected, to be copied by hand. @param {HTMLElement} told */
function offer(told) {
  told.hidden = false;
  getSelection()?.selectAllChildren(told);
  told.scrollIntoView({ block: "center" });
}
