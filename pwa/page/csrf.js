import { cookie } from "./cookie.js";

/** Every write to the server names the token of our own cookie, which no other site can read. */
export function sign_writes() {
  document.addEventListener("htmx:config:request", (event) => {
    const { request } = /** @type {CustomEvent} */ (event).detail.ctx;
    const token = cookie("csrftoken");
    if (token !== null && request.method.toUpperCase() !== "GET") request.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("submit", sign_form);
}

/** A form that the browser itself sends has no headers: it carries the token as a field. @param {SubmitEvent} event */
function sign_form({ target, defaultPrevented }) {
  if (defaultPrevented || !(target instanceof HTMLFormElement) || target.method !== "post") return;
  const token = cookie("csrftoken");
  if (token === null) return;
  const known = target.querySelector('input[name="_csrf"]');
  const field = known instanceof HTMLInputElement ? known : document.createElement("input");
  Object.assign(field, { type: "hidden", name: "_csrf", value: token });
  if (known === null) target.append(field);
}
