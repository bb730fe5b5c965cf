/** On a tablet the list stays beside the customer: it shows whose page is open, and keeps that row in sight.
 * Its title is a page's own elsewhere, and here stands below the customer's; so is the address, where its search stands else. */

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
    if (is_open) row.scrollIntoView({ block: "nearest" });
  }
}
