/** One check for each type of arg. Twin of sync/field_checks.py, which says why. */

/** @typedef {import("./validation.js").Arg} Arg */

const BLANK = " \\t\\n\\r\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const AROUND = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "g");
const SEEN = new RegExp(`[^${BLANK}\\p{DI}\\u2800]`, "u");
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]/u;
export const EVERY_CONTROL = new RegExp(CONTROL.source, "gu");
const BETWEEN = /[,，、;；\n]/;
const NUMERAL = /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MONTH_DAY = /^(?:--)?([0-9]{2})-([0-9]{2})$/;
const MOMENT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;
const CLOCK = /^([0-9]{1,2}):([0-9]{2})$/;
const EMAIL = new RegExp(`^[^${BLANK}@]+@[^${BLANK}@]+\\.[^${BLANK}@]+$`);
const PHONE = /^(?:[0-9+()./\-#*,; ]|ext|x|转|分机)+$/i;
const TIME_ZONE = /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/;
const STROKES = /^(m-?[0-9]{1,4} -?[0-9]{1,4}( -?[0-9]{1,4} -?[0-9]{1,4})+)+$/;
const FIRST_YEAR = 1900;
const FIRST_DUE_YEAR = 2000;
const LAST_YEAR = 2100;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export class Wrong extends Error {
  /** @param {string} code @param {Record<string, number>} [params] */
  constructor(code, params = {}) {
    super(code);
    this.error = { code, params };
  }
}

/** @param {unknown} value @returns {value is Record<string, any>} */
export function is_object(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {any} value */
export function is_blank(value) {
  return value === null || value === undefined || (typeof value === "string" && !SEEN.test(value));
}

/** @param {string} text */
export function trimmed(text) {
  return text.replace(AROUND, "");
}

/** In code points, as Python counts. @param {string} text */
function length(text) {
  return [...text].length;
}

/** @param {any} value @param {Arg} spec @returns {string} */
function text(value, { max = 0, multiline }) {
  if (typeof value !== "string") throw new Wrong("not_text");
  let kept = trimmed(value.replace(/\r\n?/g, "\n"));
  if (length(kept) > 2 * max) throw new Wrong("too_long", { max });
  kept = kept.normalize("NFC");
  if (!multiline) kept = kept.replace(/[\t\n]+/g, " ");
  if (CONTROL.test(kept)) throw new Wrong("control_characters");
  if (length(kept) > max) throw new Wrong("too_long", { max });
  return kept;
}

/** @param {any} value @param {string} code */
function short(value, code) {
  if (typeof value !== "string" || length(value) > 100) throw new Wrong(code);
  return plain(value);
}

/** @param {string} text */
export function plain(text) {
  return trimmed(text.normalize("NFKC"));
}

/** @param {any} value @param {Arg} spec @returns {string} */
function choice(value, spec) {
  if (typeof value !== "string" || !spec.choices?.includes(value)) throw new Wrong("unknown_choice");
  return value;
}

/** @param {any} value @param {Arg} spec @returns {number} */
function number(value, spec) {
  const given = typeof value === "string" ? numeral(value) : value;
  if (typeof given !== "number" || isNaN(given)) throw new Wrong("not_a_number");
  const { type, min = given, max = given } = spec;
  const of_money = type === "hundredths";
  if (given < min) throw new Wrong(of_money && min ? "too_little" : "too_small", { min });
  if (given > max) throw of_money ? new Wrong("too_much", { max: max / 100 }) : new Wrong("too_large", { max });
  return given;
}

/** @param {string} value */
function numeral(value) {
  const plain = short(value, "not_a_number");
  if (!NUMERAL.test(plain)) throw new Wrong("not_a_number");
  return Number(plain);
}

/** @param {any} value @param {Arg} spec @returns {number} */
function integer(value, spec) {
  const given = number(value, spec);
  if (!Number.isInteger(given)) throw new Wrong("not_a_number");
  return given;
}

/** @param {any} value @param {number} first_year @param {string} code @returns {string} */
function date(value, first_year = FIRST_YEAR, code = "not_a_date") {
  const plain = short(value, code);
  const found = DATE.exec(plain);
  if (!found || !is_real(Number(found[1]), Number(found[2]), Number(found[3]))) throw new Wrong(code);
  check_year(Number(found[1]), first_year);
  return plain;
}

/** @param {number} year @param {number} first_year */
function check_year(year, first_year) {
  if (year < first_year) throw new Wrong("date_too_early");
  if (year > LAST_YEAR) throw new Wrong("date_too_late");
}

/** @param {number} year @param {number} month @param {number} day */
function is_real(year, month, day) {
  if (year < 1 || month < 1 || month > 12) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

/** @param {any} value @returns {string} */
function birthday(value) {
  const found = MONTH_DAY.exec(short(value, "not_a_date"));
  if (!found) return date(value);
  if (!is_real(2000, Number(found[1]), Number(found[2]))) throw new Wrong("not_a_date");
  return `--${found[1]}-${found[2]}`;
}

/** @param {any} value @returns {string} */
function moment(value) {
  const found = MOMENT.exec(short(value, "not_a_moment"));
  if (!found) throw new Wrong("not_a_moment");
  const [hour, minute, second, hours, minutes] = [2, 3, 4, 7, 8].map((part) => Number(found[part] ?? 0));
  if (Math.max(hour, hours) > 23 || Math.max(minute, second, minutes) > 59) throw new Wrong("not_a_moment");
  const [year, month, day] = date(found[1], FIRST_YEAR, "not_a_moment").split("-").map(Number);
  const thousandths = Number(`${found[5] ?? ""}000`.slice(0, 3));
  const away = (hours * 60 + minutes) * (found[6] === "-" ? -1 : 1);
  const found_at = new Date(Date.UTC(year, month - 1, day, hour, minute - away, second, thousandths));
  check_year(found_at.getUTCFullYear(), FIRST_YEAR);
  return found_at.toISOString();
}

/** @param {any} value @returns {string} */
function clock(value) {
  const found = CLOCK.exec(short(value, "not_a_time"));
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) throw new Wrong("not_a_time");
  return `${found[1].padStart(2, "0")}:${found[2]}`;
}

/** @param {any} value */
export const is_id = (value) => typeof value === "string" && ID.test(value);

/** @param {any} value @returns {string} */
function id(value) {
  if (!is_id(value)) throw new Wrong("not_an_id");
  return value;
}

/** @param {any} value @returns {string} */
function sha256(value) {
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw new Wrong("not_an_id");
  return value;
}

/** @param {any} value @param {Arg} spec @returns {string} */
function strokes(value, { max = 0 }) {
  if (typeof value !== "string") throw new Wrong("not_strokes");
  if (length(value) > max) throw new Wrong("too_long", { max });
  if (!STROKES.test(value)) throw new Wrong("not_strokes");
  return value;
}

/** @param {any} value @param {Arg} spec @returns {string} */
function email(value, spec) {
  const kept = text(value, spec);
  if (!EMAIL.test(kept)) throw new Wrong("not_an_email");
  return kept;
}

/** @param {any} value @param {Arg} spec @returns {string} */
function phone(value, spec) {
  const is_short = typeof value === "string" && length(value) < 1000;
  const kept = text(is_short ? value.normalize("NFKC").replace(/[\p{DI}\u2800]/gu, "") : value, spec);
  if (!PHONE.test(kept) || kept.replace(/[^0-9]/g, "").length < 3) throw new Wrong("not_a_phone");
  return kept;
}

/** @param {any} value @param {Arg} spec @returns {string} */
function time_zone(value, { max = 0 }) {
  const plain = short(value, "unknown_choice");
  if (!TIME_ZONE.test(plain) || plain.length > max) throw new Wrong("unknown_choice");
  return plain;
}

/** @param {any} value @returns {string} */
function currency(value) {
  const plain = short(value, "unknown_choice").toUpperCase();
  if (!/^[A-Z]{3}$/.test(plain)) throw new Wrong("unknown_choice");
  return plain;
}

/** @param {any} value @param {Arg} spec @returns {any[]} */
function list(value, { max = 0, of }) {
  const items = typeof value === "string" ? parts(value) : value;
  if (!Array.isArray(items)) throw new Wrong("not_a_list");
  const given = items.slice(0, 10_000).filter((item) => !is_blank(item));
  if (given.length > max) throw new Wrong("too_many", { max });
  return [...new Set(given.map((item) => CHECKS[/** @type {Arg} */ (of).type](item, /** @type {Arg} */ (of))))];
}

/** @param {string} line */
function parts(line) {
  return [...line].slice(0, 100_000).join("").split(BETWEEN).map(trimmed);
}

/** Texts by the id of their field. custom_values.js, which knows the fields, checks what they say.
 * @param {any} value @param {Arg} spec @returns {Record<string, string | null>} */
function custom(value, { max = 0 }) {
  if (!is_object(value)) throw new Wrong("not_an_object");
  const entries = Object.entries(value);
  if (entries.length > max) throw new Wrong("too_many", { max });
  return Object.fromEntries(entries.map(([field_id, text]) => {
    if (text !== null && typeof text !== "string") throw new Wrong("not_text");
    return [id(field_id), is_blank(text) ? null : text];
  }));
}

/** @type {Record<string, (value: any, spec: Arg) => any>} */
export const CHECKS = {
  text, choice, number, integer, birthday, moment, clock, id, sha256, strokes, email, phone, time_zone, currency, list, custom,
  hundredths: integer,
  date: (value) => date(value),
  due_date: (value) => date(value, FIRST_DUE_YEAR),
};
