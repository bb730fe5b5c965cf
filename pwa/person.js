/** The language and the zone of who uses this phone. */
import { LOCALES, negotiate } from "./translations.js";

/** @param {Record<string, any>} me */
export function locale_of({ locale }) {
  return locale && LOCALES.includes(locale) ? locale : negotiate(navigator.languages);
}

/** Without one of their own people mean the phone's. @param {Record<string, any>} me */
export function time_zone_of({ time_zone }) {
  return time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
}
