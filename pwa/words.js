/**
 * Finished words for views: dates, spans, money, sizes, in English and Simplified Chinese.
 *
 * Twin of server/words.py. The tables are our own, because a phone's Intl data and Babel's differ between versions,
 * and both hosts must print the same bytes. tests/shared_cases/words.json holds both to it.
 *
 * Dates are "2026-11-23", local datetimes "2026-11-23T09:41", moments "2026-11-23T07:41:12.000Z".
 */

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const WEEKDAYS_ZH = "一二三四五六日";
/** @type {Record<string, string>} */
export const SYMBOLS = { EUR: "€", USD: "$", GBP: "£", CNY: "¥" };
/** 48,200.50 or 48.200,50: a sign before three digits parts thousands, and is always the same; one before one or two digits is the decimal sign. */
const AMOUNT = /^([0-9]{1,3}([.,])[0-9]{3}(?:\2[0-9]{3})*|[0-9]+)(?:[.,]([0-9]{1,2})0*)?$/;
const DAY_MS = 86_400_000;

/** By time zone: making a formatter costs a phone a millisecond, and a list uses it a thousand times.
 * @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();

/**
 * The wall clock of a UTC moment in a zone, to the minute.
 * @param {string} moment @param {string} time_zone
 */
export function local_datetime(moment, time_zone) {
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of formatter(time_zone).formatToParts(new Date(moment))) part[type] = value;
  return `${part.year.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** @param {string} moment @param {string} time_zone */
export function local_date(moment, time_zone) {
  return local_datetime(moment, time_zone).slice(0, 10);
}

/** @param {string} time_zone */
function formatter(time_zone) {
  let found = formatters.get(time_zone);
  if (found === undefined) formatters.set(time_zone, (found = formatter_in(time_zone)));
  return found;
}

/** By the browser's own clock where it does not know the zone: one too new for it, or what Chromium calls its own where the
 * system names none, Etc/Unknown. @param {string} [timeZone] @returns {Intl.DateTimeFormat} */
function formatter_in(timeZone) {
  const figures = /** @type {const} */ ("2-digit");
  try {
    return new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
      timeZone, hourCycle: "h23",
      year: "numeric", month: figures, day: figures, hour: figures, minute: figures,
    });
  } catch {
    return formatter_in();
  }
}

/** @param {string} day @param {string} today @param {string} locale */
export function short_date(day, today, locale) {
  const [year, month, date] = parts(day);
  const same_year = year === parts(today)[0];
  if (chinese(locale)) return `${same_year ? "" : `${year}年`}${month}月${date}日`;
  return `${date} ${MONTHS[month - 1]}${same_year ? "" : ` ${year}`}`;
}

/** Without the year, which nobody needs to congratulate. @param {string} text 1980-05-17 or --05-17 @param {string} locale */
export function birthday(text, locale) {
  return short_date(`2000${text.slice(-6)}`, "2000-01-01", locale);
}

/** @param {string} day @param {string} locale */
export function month(day, locale) {
  const [year, number] = parts(day);
  return chinese(locale) ? `${year}年${number}月` : `${MONTHS[number - 1]} ${year}`;
}

/** @param {string} day @param {string} locale */
export function weekday(day, locale) {
  return chinese(locale) ? `星期${WEEKDAYS_ZH[weekday_number(day)]}` : WEEKDAYS[weekday_number(day)];
}

/** @param {string} day @param {string} locale */
export function weekday_and_date(day, locale) {
  const [, month, date] = parts(day);
  if (chinese(locale)) return `${month}月${date}日 周${WEEKDAYS_ZH[weekday_number(day)]}`;
  return `${WEEKDAYS[weekday_number(day)].slice(0, 3)} ${date} ${MONTHS[month - 1]}`;
}

/** @param {string} local */
export function clock(local) {
  return local.slice(11, 16);
}

/**
 * A past moment in the reader's own zone: "Today 09:41", "3 Nov 09:41".
 * @param {string} local @param {string} today @param {string} locale
 */
export function moment(local, today, locale) {
  const day = local.slice(0, 10);
  const named = chinese(locale) ? ["今天", "昨天"] : ["Today", "Yesterday"];
  return `${named[days_between(day, today)] ?? short_date(day, today, locale)} ${clock(local)}`;
}

/** @param {string | null} day @param {string} today @param {string} locale */
export function ago(day, today, locale) {
  if (day === null) return chinese(locale) ? "从未" : "never";
  const passed = days_between(day, today);
  const named = chinese(locale) ? ["明天", "今天", "昨天"] : ["tomorrow", "today", "yesterday"];
  if (named[passed + 1]) return named[passed + 1];
  const span = days(Math.abs(passed), locale);
  if (passed < 0) return chinese(locale) ? `${span}后` : `in ${span}`;
  return chinese(locale) ? `${span}前` : `${span} ago`;
}

/** @param {string} due_on @param {string} today @param {string} locale */
export function due_label(due_on, today, locale) {
  const left = days_between(today, due_on);
  if (left < 0) return chinese(locale) ? `逾期 ${-left} 天` : `${days(-left, locale)} late`;
  if (left <= 1) return (chinese(locale) ? ["今天", "明天"] : ["Today", "Tomorrow"])[left];
  if (parts(due_on)[0] !== parts(today)[0]) return short_date(due_on, today, locale);
  return weekday_and_date(due_on, locale);
}

/** @param {number} count @param {string} locale */
export function days(count, locale) {
  if (chinese(locale)) return `${count} 天`;
  return count === 1 ? `${count} day` : `${count} days`;
}

const SPANS = /** @type {const} */ ([[365, "year", "年"], [30, "month", "月"], [7, "week", "周"], [1, "day", "天"]]);

/**
 * A cadence as one would say it: a month is 30 days, because that is what people set.
 * @param {number} cadence_days @param {string} locale
 */
export function every(cadence_days, locale) {
  const [length, unit, unit_zh] = SPANS.find(([span]) => cadence_days % span === 0) ?? SPANS[3];
  const count = cadence_days / length;
  if (!chinese(locale)) return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
  if (count === 1) return `每${unit_zh}`;
  return `每 ${count} ${unit_zh === "月" ? "个" : ""}${unit_zh}`;
}

/** @param {number | bigint} cents bigint for totals beyond what a number holds exactly @param {string} currency */
export function money(cents, currency) {
  const digits = String(cents).replace("-", "").padStart(3, "0");
  const grouped = quantity(digits.slice(0, -2));
  const rest = digits.slice(-2);
  return `${cents < 0 ? "-" : ""}${SYMBOLS[currency] ?? `${currency} `}${grouped}${rest === "00" ? "" : `.${rest}`}`;
}

/** @param {number | string} count not negative */
export function quantity(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** An amount as one would type it. @param {number} cents */
export function amount(cents) {
  return money(cents, "").trim().replaceAll(",", "");
}

/** @param {number} basis_points */
export function percent(basis_points) {
  return `${amount(basis_points).replace(/(\.\d)0$/, "$1")}%`;
}

/** What was typed as an amount, in cents; the text itself if it is no amount. @param {string} text @returns {number | string} */
export function cents(text) {
  const plain = [...text].slice(0, 100).join("").normalize("NFKC").replace(/[ '’]/g, "");
  const [, whole, , rest] = AMOUNT.exec(plain) ?? [];
  return whole ? Number(whole.replace(/[.,]/g, "") + `${rest ?? ""}00`.slice(0, 2)) : text;
}

/** What was typed as a number of pieces, with thousands set apart or not; the text itself if it is none. @param {string} text */
export function count(text) {
  const typed = cents(text);
  return typeof typed === "number" && typed % 100 === 0 ? typed / 100 : text;
}

/** @param {number} metres @param {string} locale */
export function distance(metres, locale) {
  const whole = Math.floor(metres + 0.5);
  if (whole < 1000) return chinese(locale) ? `${whole} 米` : `${whole} m`;
  const kilometres = in_kilometres(whole);
  return chinese(locale) ? `${kilometres} 公里` : `${kilometres} km`;
}

/** With one decimal below ten. Without fractions, because both hosts must round alike. @param {number} metres */
function in_kilometres(metres) {
  const tenths = Math.floor((metres + 50) / 100);
  if (tenths >= 100 || tenths % 10 === 0) return String(Math.floor((metres + 500) / 1000));
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

/**
 * The letter in a row's square: the first letter or figure, else the first sign there is.
 * @param {string} name
 */
export function initial(name) {
  const characters = [...name.trim()];
  const letter = characters.find((character) => /[\p{L}\p{N}]/u.test(character));
  return letter?.toUpperCase() ?? characters[0] ?? "?";
}

/** @param {string} locale */
function chinese(locale) {
  return locale === "zh-Hans";
}

/** @param {string} day */
function parts(day) {
  return day.split("-").map(Number);
}

/** @param {string} day */
function day_number(day) {
  const number = Date.parse(day) / DAY_MS;
  if (!Number.isInteger(number)) throw new Error(`not a date: ${day}`);
  return number;
}

/** Monday is 0, as in Python. @param {string} day */
function weekday_number(day) {
  return (((day_number(day) + 3) % 7) + 7) % 7;
}

/** @param {string} from @param {string} until */
function days_between(from, until) {
  return day_number(until) - day_number(from);
}
