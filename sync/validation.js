/**
 * What args of a change may hold: the same checks and the same sentences as sync/validation.py, its twin, which says why.
 * tests/shared_cases/validation.json holds both to it.
 */

import changes from "../build/generated/changes.js";
import { CHECKS, EVERY_CONTROL, Wrong, is_blank, is_object } from "./field_checks.js";

/** @typedef {{code: string, params: Record<string, number>}} FieldError */
/** @typedef {Record<string, FieldError>} Errors */
/**
 * @typedef {object} Arg
 * @property {string} type @property {boolean} [required] @property {boolean} [multiline]
 * @property {number} [min] @property {number} [max] @property {string[]} [choices]
 * @property {Arg} [of] @property {Record<string, Arg>} [fields] @property {string} [creates]
 */

/** @type {Record<string, Record<string, Arg>>} */
const CHANGES = changes;

/** For the errors that a form can make; the rest are said by the server alone. @type {Record<string, string>} */
const SENTENCES = {
  required: "This is needed.",
  too_long: "At most %(max)s characters, please.",
  not_a_number: "This must be a number.",
  too_small: "This must be at least %(min)s.",
  too_large: "This must be at most %(max)s.",
  too_little: "This must be above zero.",
  too_much: "This must be at most %(max)s.",
  not_a_date: "This is not a date.",
  date_too_early: "This date is too long ago.",
  date_too_late: "This date is too far away.",
  not_a_moment: "This is not a date and time.",
  not_a_time: "This is not a time of day.",
  unknown_choice: "Please choose one of the list.",
  not_an_id: "This does not point at anything.",
  not_an_email: "This is not an email address.",
  not_a_phone: "This is not a phone number.",
  too_many: "At most %(max)s, please.",
  unknown_field: "This field is not known here.",
  control_characters: "This holds characters that cannot be kept.",
};

const MOST_UNKNOWN_FIELDS = 20;
const LONGEST_FIELD_NAME = 60;

/** The sentence beside the field, in the reader's language.
 * @param {(msgid: string, values?: Record<string, any>) => string} t @param {string} code @param {Record<string, any>} params */
export function message(t, code, params) {
  return t(SENTENCES[code] ?? SENTENCES.unknown_choice, params);
}

/** Clean args, and errors by field (`follow_up.due_on`). An arg that was left out is not in the clean ones.
 * @param {string} name @param {any} args @returns {[Record<string, any>, Errors]} */
export function validate(name, args) {
  if (!is_object(args)) return [{}, { "": { code: "not_an_object", params: {} } }];
  return members(CHANGES[name], args, "", false);
}

/** @param {Record<string, Arg>} specs @param {Record<string, any>} given @param {string} path @param {boolean} editing
 * @returns {[Record<string, any>, Errors]} */
function members(specs, given, path, editing) {
  /** @type {Record<string, any>} */
  const clean = {};
  const errors = unknown(specs, given, path);
  for (const [name, spec] of Object.entries(specs)) {
    if (editing && !Object.hasOwn(given, name)) continue;
    try {
      const value = member(spec, given[name], path + name, errors);
      if (value !== null || editing) clean[name] = value;
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      errors[path + name] = wrong.error;
    }
  }
  return [clean, errors];
}

/** @param {Record<string, Arg>} specs @param {Record<string, any>} given @param {string} path @returns {Errors} */
function unknown(specs, given, path) {
  const strange = Object.keys(given).filter((name) => !Object.hasOwn(specs, name)).slice(0, MOST_UNKNOWN_FIELDS);
  const shown = strange.map((name) => [...name].slice(0, LONGEST_FIELD_NAME).join("").replace(EVERY_CONTROL, "?"));
  return Object.fromEntries(shown.map((name) => [path + name, { code: "unknown_field", params: {} }]));
}

/** @param {Arg} spec @param {any} value @param {string} path @param {Errors} errors @returns {any} */
function member(spec, value, path, errors) {
  if (is_empty(value, spec)) {
    if (spec.required) throw new Wrong("required");
    return null;
  }
  if (!spec.fields) return CHECKS[spec.type](value, spec);
  if (spec.type === "rows") return rows(spec, value, path, errors);
  if (!is_object(value)) throw new Wrong("not_an_object");
  const [clean, wrong] = members(spec.fields, value, `${path}.`, spec.type === "edits");
  Object.assign(errors, wrong);
  return clean;
}

/** @param {Arg} spec @param {any} value @param {string} path @param {Errors} errors */
function rows({ fields = {}, max = 0 }, value, path, errors) {
  if (!Array.isArray(value)) throw new Wrong("not_a_list");
  if (value.length > max) throw new Wrong("too_many", { max });
  return value.map((row, number) => {
    if (!is_object(row)) throw new Wrong("not_an_object");
    const [clean, wrong] = members(fields, row, `${path}.${number}.`, false);
    Object.assign(errors, wrong);
    return clean;
  });
}

/** @param {any} value @param {Arg} spec */
function is_empty(value, spec) {
  if (spec.fields && is_object(value)) {
    const inside = Object.values(value);
    return spec.type === "edits" ? inside.length === 0 : inside.every(is_blank);
  }
  return is_blank(value) || (Array.isArray(value) && value.length === 0);
}
