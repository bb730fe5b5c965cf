import { cookie, set_cookie } from "./cookie.js";

const REMEMBERED_DAYS = 400;

/**
 * The sign-in page is the server's, which knows nobody there: the cookie tells it which language was read last. The time zone,
 * which no browser says by itself, tells it when to write to people.
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
