/**
 * Languages on the phone: the English text is the key. Each other language has a catalog of its own, so that nobody has to
 * fetch what they do not read.
 *
 *     const t = translator("zh-Hans");
 *     t("Signed in as %(name)s", { name: "Mei" });
 *     t.n("%(n)s visit", "%(n)s visits", 3);
 *
 * Twin of server/translations.py.
 */
import { printable } from "./template_runtime.js";
import { crc32 } from "../sync/sums.js";

/** @typedef {Record<string, unknown>} Values */
/** @typedef {(msgid: string) => string | undefined} Messages a plural is kept under its singular */
/**
 * @typedef {object} Translations
 * @property {string} locale
 * @property {(msgid: string) => string} text as it stands, its places still to fill
 * @property {(singular: string, plural: string, count: number) => string} plural
 * @property {(singular: string, plural: string, count: number, values?: Values) => string} n
 */
/** @typedef {((msgid: string, values?: Values) => string) & Translations} Translator */

export const LOCALES = ["en", "zh-Hans"];

/** @type {Map<string, Translator>} */
const translators = new Map([["en", make_translator("en", () => undefined)]]);

/** @typedef {[number[], string[]]} Catalog as pwa/build.py writes it: the steps from each sign to the next, and the translation for each */

/** @param {string} locale @param {Catalog} catalog */
export function learn(locale, [steps, texts]) {
  let sign = 0;
  const by_sign = new Map(texts.map((text, at) => [(sign += steps[at]), text]));
  translators.set(locale, make_translator(locale, (msgid) => by_sign.get(sign_of(msgid))));
}

/** A catalog names English texts by short checksums: with the texts themselves it would weigh a third more. @param {string} msgid */
function sign_of(msgid) {
  return crc32(msgid) % 2 ** 20;
}

/** @param {string} locale */
export function speaks(locale) {
  return translators.has(locale);
}

/** In English for a language that was not learned yet. @param {string} locale @returns {Translator} */
export function translator(locale) {
  if (!LOCALES.includes(locale)) throw new RangeError(`no such locale: ${locale}`);
  return translators.get(locale) ?? make_translator(locale, () => undefined);
}

/** @param {string} locale @param {Messages} messages @returns {Translator} */
export function make_translator(locale, messages) {
  /** @param {string} msgid */
  const text = (msgid) => messages(msgid) ?? msgid;
  /** @param {string} singular @param {string} plural @param {number} count */
  const plural = (singular, plural, count) => messages(singular) ?? (count === 1 ? singular : plural);
  return Object.assign(
    /** @param {string} msgid @param {Values} [values] */
    (msgid, values = {}) => filled(text(msgid), values, printable),
    {
      locale, text, plural,
      /** @param {string} singular @param {string} many @param {number} count @param {Values} [values] */
      n: (singular, many, count, values = {}) =>
        filled(plural(singular, many, count), { n: count, ...values }, printable),
    },
  );
}

/** Marks a text to be translated where it is written, if `t(…)` gets it elsewhere, from a variable.
 * @param {string} text */
export function msgid(text) {
  return text;
}

/**
 * @param {string} text @param {Values} values @param {(value: unknown) => string | number} print
 */
export function filled(text, values, print) {
  return text.replace(/%(?:\((\w+)\)s|(.?))/gs, (found, name, sign) => {
    if (sign === "%") return "%";
    if (name === undefined || !Object.hasOwn(values, name)) throw new RangeError(`${found} has no value in: ${text}`);
    return String(print(values[name]));
  });
}

/**
 * The locale of ours the browser asks for first; readers of any Chinese get Simplified, not English.
 * @param {readonly string[]} languages as in navigator.languages
 */
export function negotiate(languages) {
  for (const tag of languages) {
    const language = tag.split("-")[0].toLowerCase();
    if (language === "zh") return "zh-Hans";
    if (language === "en") return "en";
  }
  return "en";
}
