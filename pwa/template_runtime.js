/**
 * What compiled templates call: how Jinja2 prints, tests, compares and looks up values, as far as our templates need it. What
 * Python would refuse or print differently throws here, so that a mistake shows in tests and never on a phone.
 */

/** Text that is already HTML. */
export class Markup {
  /** @param {string} html */
  constructor(html) {
    this.html = html;
  }
}

const SIGNS = /[&<>"']/g;
/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** @param {unknown} value */
export function escape(value) {
  if (value instanceof Markup) return value.html;
  return String(printable(value)).replace(SIGNS, (sign) => ESCAPES[sign]);
}

/** @param {unknown} value */
export function escaped(value) {
  return new Markup(escape(value));
}

/** A template literal's tag: the template's own text, and between it values, which are escaped. @param {TemplateStringsArray} strings @param {unknown[]} values */
export function printed(strings, ...values) {
  return new Markup(strings.reduce((made, said, at) => made + escape(values[at - 1]) + said));
}

/** @param {unknown} items @param {(item: unknown, at: number, all: unknown[]) => Markup} turn @param {() => Markup | string} [otherwise] */
export function each(items, turn, otherwise = () => "") {
  const all = list(items);
  return all.length > 0 ? new Markup(all.map((item, at) => turn(item, at, all).html).join("")) : otherwise();
}

/**
 * Text and whole numbers print the same on both hosts; a view that hands over more has a mistake.
 * @param {unknown} value @returns {string | number}
 */
export function printable(value) {
  if (typeof value === "string" || Number.isSafeInteger(value)) return /** @type {string | number} */ (value);
  if (value instanceof Markup) return value.html;
  throw new TypeError(`cannot print ${JSON.stringify(value)}`);
}

/** What `~` makes: markup when one of its parts is. @param {unknown[]} parts */
export function join(...parts) {
  if (parts.some((part) => part instanceof Markup)) return new Markup(parts.map(escape).join(""));
  return parts.map(printable).join("");
}

/** @param {unknown} value */
export function truthy(value) {
  const known = defined(value);
  if (Array.isArray(known)) return known.length > 0;
  if (known instanceof Markup) return known.html !== "";
  if (typeof known === "object" && known !== null) return Object.keys(known).length > 0;
  return Boolean(known);
}

/** @param {unknown} left @param {() => unknown} right */
export function both(left, right) {
  return truthy(left) ? right() : left;
}

/** @param {unknown} left @param {() => unknown} right */
export function either(left, right) {
  return truthy(left) ? left : right();
}

/** @param {unknown} left @param {unknown} right */
export function equal(left, right) {
  return comparable(left) === comparable(right);
}

/** Whole numbers only: texts sort differently in Python and JavaScript. @param {unknown} left @param {unknown} right */
export function below(left, right) {
  if (typeof left !== "number" || typeof right !== "number") throw new TypeError("only numbers are more or less");
  return left < right;
}

/** @param {unknown} whole @param {unknown} part */
export function contains(whole, part) {
  if (Array.isArray(whole)) return whole.some((item) => equal(item, part));
  if (typeof whole === "string" || whole instanceof Markup) return text(whole).includes(text(part));
  if (typeof whole === "object" && whole !== null) return Object.hasOwn(whole, text(part));
  throw new TypeError(`nothing is in ${typeof whole}`);
}

/** An object's own value or a list's item; undefined when there is none. @param {unknown} owner @param {string | number} key */
export function attribute(owner, key) {
  const known = defined(owner);
  if (typeof known !== "object" || known === null || known instanceof Markup) return undefined;
  if (Array.isArray(known) && typeof key !== "number") return undefined;
  return Object.hasOwn(known, key) ? /** @type {Record<string | number, unknown>} */ (known)[key] : undefined;
}

/** @param {unknown} value */
export function length(value) {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "string" || value instanceof Markup) return [...text(value)].length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new TypeError(`${typeof value} has no length`);
}

/** @param {unknown} value @returns {unknown[]} */
function list(value) {
  if (Array.isArray(value)) return value;
  throw new TypeError(`cannot loop over ${typeof value}`);
}

/** @param {unknown} value */
function comparable(value) {
  const known = defined(value);
  if (known instanceof Markup) return known.html;
  if (typeof known === "object" && known !== null) throw new TypeError("objects are not compared");
  return known;
}

/** @param {unknown} value */
function text(value) {
  if (value instanceof Markup) return value.html;
  if (typeof value === "string") return value;
  throw new TypeError(`${typeof value} is no text`);
}

/** @param {unknown} value */
function defined(value) {
  if (value === undefined) throw new ReferenceError("a name of a template is undefined");
  return value;
}
