/** On a tablet the list of customers stays beside the customer: it marks the row of the page that is open, and keeps it in sight. There
 * its title is a second-level heading, and its search does not change the address, as on a page of its own. */

export function show_whose_page() {
  document.addEventListener("htmx:after:swap", mark);
  mark();
}

function mark() {
  for (const title of document.querySelectorAll(".side h1")) {
    title.replaceWith(Object.assign(document.createElement("h2"), { textContent: title.textContent }));
  }
  document.querySelector(".side form")?.removeAttribute("hx-replace-url");
  for (const row of document.querySelectorAll(".side a.row")) {
    const is_open = row.getAttribute("href") === location.pathname;
    if (is_open === row.hasAttribute("aria-current")) continue;
    if (!is_open) row.removeAttribute("aria-current");
    else row.setAttribute("aria-current", "true");
    if (is_open) show_in_list(/** @type {HTMLElement} */ (row));
  }
}

/** In the list alone: scrollIntoView would scroll the customer's page as well, and hide its heading. @param {HTMLElement} row */
function show_in_list(row) {
  const list = row.closest(".side");
  if (!list) return;
  const [{ top, bottom }, seen] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
  if (top < seen.top || bottom > seen.bottom) list.scrollTop += top - seen.top - (list.clientHeight - row.offsetHeight) / 2;
}
