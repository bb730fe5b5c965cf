import { cookie, set_cookie } from "./cookie.js";

const REMEMBERED_DAYS = 400;

/** The sign-in page is the server's, which knows nobody there: the cookie tells it which language was read last. */
export function remember_language() {
  const { lang, dataset } = document.documentElement;
  if (dataset.user && cookie("locale") !== lang) set_cookie("locale", lang, REMEMBERED_DAYS);
}
