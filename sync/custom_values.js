/** Checks the values of fields that a company defines itself, all of which are texts. Twin of sync/custom_values.py. */
import { CHECKS, Wrong, is_blank, plain } from "./field_checks.js";

/** @typedef {import("./replica_rows.js").Row} Row */

const LONGEST = 500;
const MOST = 10 ** 12;
const YES_NO = ["yes", "no"];

/** Brings the custom values of otherwise valid args into their final form, in place. Returns errors by field.
 * @param {Record<string, any>} clean @param {Row[]} fields @returns {import("./validation.js").Errors} */
export function check_custom(clean, fields) {
  return { ...check_in(clean, "", fields), ...check_in(clean.fields ?? {}, "fields.", fields) };
}

/** @param {Record<string, any>} holder @param {string} path @param {Row[]} fields */
function check_in({ custom }, path, fields) {
  /** @type {import("./validation.js").Errors} */
  const errors = {};
  for (const [id, given] of Object.entries(custom ?? {})) {
    try {
      custom[id] = value_of(fields.find((field) => field.id === id), given);
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      errors[`${path}custom.${id}`] = wrong.error;
    }
  }
  return errors;
}

/** The value in its final form, or throws Wrong.
 * @param {Record<string, any> | undefined} field its kind and choices; undefined: nobody has defined it @param {any} given */
export function value_of(field, given) {
  if (!field) throw new Wrong("unknown_field");
  if (is_blank(given)) return null;
  if (field.kind === "number") {
    const told = plain(given).replace(/^(-?\d+),(\d\d?)$/, "$1.$2"); // before three digits a comma may part thousands: that is refused
    CHECKS.number(told, { type: "number", min: -MOST, max: MOST });
    return told;
  }
  const type = field.kind === "yes_no" ? "choice" : field.kind;
  return CHECKS[type](given, { type, max: LONGEST, choices: field.kind === "yes_no" ? YES_NO : field.choices });
}
