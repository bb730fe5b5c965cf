import { cookie } from "./cookie.js";

/** Every write that htmx sends to the server names the token of our own cookie, which no other site can read. */
export function sign_writes() {
  document.addEventListener("htmx:config:request", (event) => {
    const { request } = /** @type {CustomEvent} */ (event).detail.ctx;
    const token = cookie("csrftoken");
    if (token !== null && request.method.toUpperCase() !== "GET") request.headers["X-CSRFToken"] = token;
  });
}
