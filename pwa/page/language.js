import { cookie, set_cookie } from "./cookie.js";

const REMEMBERED_DAYS = 400;

/**
 * Tells the server, in cookies, the language that was read last, for the sign-in page, where it does not know who reads; and the
 * browser's time zone, which no request names, and by which it knows when to remind people.
 */
export function remember_language() {
  const { lang, dataset } = document.documentElement;
  if (!dataset.user) return;
  remember("locale", lang);
  remember("time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** @param {string} name @param {string | undefined} value */
function remember(name, value) {
  if (value && cookie(name) !== value) set_cookie(name, value, REMEMBERED_DAYS);
}
