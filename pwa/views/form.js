/** A form as it is shown: fields, the values typed, their errors. Twin of server/views/form.py. */
import { message } from "../../sync/validation.js";

/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {import("../../sync/validation.js").Errors} Errors */
/** @typedef {Record<string, string[]>} Typed every name with the values typed or ticked for it */
/** @typedef {{value: string, label: string, chosen: boolean}} Option */

export class Form {
  /** @param {Translator} t @param {Typed} [typed] @param {Errors} [errors] @param {string} [refused] why the whole was refused, finished */
  constructor(t, typed = {}, errors = {}, refused = "") {
    this.t = t;
    this.typed = typed;
    this.errors = errors;
    this.refused = refused;
  }

  /** The same over what the fields are before anything is typed. @param {Typed} before @param {Typed} [fixed] what typing does not change */
  over(before, fixed = {}) {
    return new Form(this.t, { ...before, ...this.typed, ...fixed }, this.errors, this.refused);
  }

  /** The same, or what is saved while nothing is typed. @param {Typed} saved */
  or(saved) {
    return Object.keys(this.typed).length ? this : this.over(saved);
  }

  get is_wrong() {
    return Boolean(this.refused || Object.keys(this.errors).length);
  }

  /** @param {string} name @returns {string} */
  value(name) {
    return this.typed[name]?.[0] ?? "";
  }

  /** @param {string} name */
  values(name) {
    return [...(this.typed[name] ?? [])];
  }

  /** The error beside a field; that of `follow_up` includes those of its parts. @param {string[]} names */
  error(...names) {
    for (const [wrong, error] of Object.entries(this.errors)) {
      if (is_of(wrong, names)) return message(this.t, error.code, error.params);
    }
    return "";
  }

  /** `also`: other names under which errors of this field may come. @param {string} name @param {string} label @param {string[]} also */
  field(name, label, ...also) {
    const [error, focus] = [this.error(name, ...also), is_of(Object.keys(this.errors)[0], [name, ...also])];
    return { name, label, value: this.value(name), error, focus, optional: false, options: /** @type {Option[]} */ ([]) };
  }

  /** @param {string} name @param {string} label @param {string[]} also */
  optional(name, label, ...also) {
    return { ...this.field(name, label, ...also), optional: true };
  }

  /** @param {string} name @param {string} label @param {Option[]} options */
  choices(name, label, options) {
    return { ...this.field(name, label), options };
  }

  /** Checkboxes; ticked values that are no longer offered are included, so that they can be kept or removed. @param {string} name @param {string} label
   * @param {[string, string][]} pairs */
  ticks(name, label, pairs) {
    const ticked = this.values(name);
    const gone = ticked.filter((id) => id && !pairs.some(([value]) => value === id)).map((id) => [id, this.t("No longer here")]);
    const options = [...pairs, ...gone].map(([value, said]) => ({ value, label: said, chosen: ticked.includes(value) }));
    return { ...this.field(name, label), options };
  }

  /** @param {string[]} names */
  hiddens(names) {
    return names.map((name) => ({ name, value: this.value(name) }));
  }
}

/** What a field offers. @param {string[][]} pairs values and their texts, which are shown as they are @param {string} chosen @returns {Option[]} */
export function options_of(pairs, chosen) {
  return pairs.map(([value, label]) => ({ value, label, chosen: value === chosen }));
}

/** @param {string | undefined} wrong @param {string[]} names */
function is_of(wrong, names) {
  return names.some((name) => wrong === name || wrong?.startsWith(`${name}.`));
}
