/** The company's custom fields, on a customer's page and in its form. Twin of server/views/custom.py. */
import * as words from "../words.js";
import { options_of } from "./form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

/** @param {Record<string, string>} custom @param {Row[]} fields @param {Reader} reader @returns {[string, string][]} */
export function custom_pairs(custom, fields, reader) {
  return standing(fields).filter(({ id }) => id in custom).map((field) => [field.name, shown(field, custom[field.id], reader)]);
}

/** @param {Row[]} fields */
function standing(fields) {
  return fields.filter((field) => !field.retired_at);
}

/** @param {Row} field @param {string} value @param {Reader} reader */
function shown({ kind }, value, { t, today, locale }) {
  if (kind === "yes_no") return value === "yes" ? t("Yes") : t("No");
  return kind === "date" ? words.short_date(value, today, locale) : value;
}

/** @param {Record<string, string | null>} custom @returns {import("./form.js").Typed} */
export function custom_typed(custom) {
  return Object.fromEntries(Object.entries(custom).map(([id, value]) => [`custom.${id}`, [value ?? ""]]));
}

/** @param {Row[]} fields @param {Form} form */
export function custom_inputs(fields, form) {
  return standing(fields).map((field) => {
    const name = `custom.${field.id}`;
    const chosen = form.value(name);
    return { ...form.field(name, field.name, `fields.${name}`), kind: field.kind, options: options_of(offered(field, chosen, form.t), chosen) };
  });
}

/** The choices; includes a chosen value that is no longer offered.
 * @param {Row} field @param {string} chosen @param {import("./reader.js").Translator} t @returns {[string, string][]} */
function offered({ kind, choices }, chosen, t) {
  if (kind === "yes_no") return [["", t("Not known")], ["yes", t("Yes")], ["no", t("No")]];
  if (kind !== "choice") return [];
  const all = chosen && !choices.includes(chosen) ? [...choices, chosen] : choices;
  return [["", t("Not known")], ...all.map((/** @type {string} */ choice) => [choice, choice])];
}
