/** Labels of the values of closed lists. Twin of server/views/labels.py. */
import { msgid } from "../translations.js";
import { options_of } from "./form.js";

/** @typedef {import("../translations.js").Translator} Translator */

/** @type {Record<string, string>} */
export const OUTCOMES = {
  interested: msgid("Interested"),
  ordered: msgid("Ordered"),
  needs_quote: msgid("Needs quote"),
  not_now: msgid("Not now"),
  nobody_there: msgid("Nobody there"),
};
/** @type {Record<string, string>} */
export const ACTIVITIES = {
  visit: msgid("Visit"),
  call: msgid("Call"),
  message: msgid("Message"),
  email: msgid("Email"),
  meeting: msgid("Meeting"),
};
/** @type {Record<string, string>} */
export const CONTACT_ROLES = {
  decides: msgid("Decides"),
  influences: msgid("Influences"),
  blocks: msgid("Blocks"),
  uses: msgid("Uses"),
};
/** @type {Record<string, string>} */
export const LIFECYCLES = {
  lead: msgid("Lead"),
  prospect: msgid("Prospect"),
  active: msgid("Active"),
  dormant: msgid("Dormant"),
  lost: msgid("Lost"),
};
/** @type {Record<string, string>} */
export const PRICE_SENSITIVITIES = {
  low: msgid("Not sensitive"),
  medium: msgid("Somewhat sensitive"),
  high: msgid("Sensitive"),
};
/** @type {Record<string, string>} */
export const ROLES = {
  rep: msgid("Sales rep"),
  manager: msgid("Manager"),
  executive: msgid("Executive"),
  support: msgid("Support"),
  admin: msgid("Admin"),
};
/** @type {Record<string, string>} */
export const DEPARTMENTS = { service: msgid("Service"), logistics: msgid("Logistics"), technical: msgid("Technical") };
/** @type {Record<string, string>} */
export const RATINGS = { good: msgid("Good"), fair: msgid("Fair"), poor: msgid("Poor") };
/** Each in its own words, for whoever reads only that. @type {Record<string, string>} */
export const DOCUMENT_KINDS = {
  price_list: msgid("Price list"), contract: msgid("Contract template"), manual: msgid("Product manual"), other: msgid("Other document"),
};
export const LANGUAGES = {
  en: "English",
  "zh-Hans": "简体中文",
};

/** The kind of an activity; rows from before there were other kinds than visits have none. @param {Record<string, any>} visit @returns {string} */
export function kind_of({ kind = "visit" }) {
  return kind;
}

/** The label of a value; one that a newer version has written is shown as it is.
 * @param {Translator} t @param {Record<string, string>} labels @param {string | null | undefined} value */
export function said(t, labels, value) {
  if (value === null || value === undefined) return "";
  return Object.hasOwn(labels, value) ? t(labels[value]) : value;
}

/** @param {Translator} t @param {Record<string, string>} labels @param {string} chosen @param {string} [empty] */
export function options(t, labels, chosen, empty = "") {
  return options_of([...(empty ? [["", empty]] : []), ...Object.entries(labels).map(([value, label]) => [value, t(label)])], chosen);
}
