/** A customer's page: how to reach it, its master data, who looks after it. Twin of server/views/about.py. */
import * as words from "../words.js";
import { quoted } from "./address.js";
import { custom_pairs } from "./custom.js";
import { known } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const SELLING_ROLES = ["rep", "manager"];

/** Buttons for the ways to reach it that are known: call, write, navigate. @param {Row} row @param {Row[]} contacts @param {Translator} t */
export function doors(row, contacts, t) {
  const phone = row.phone || contacts.find((contact) => contact.phone)?.phone;
  const found = [];
  if (phone) found.push({ kind: "call", href: `tel:${dialled(phone)}`, text: t("Call"), place: "" });
  if (row.address || row.latitude !== null) {
    found.push({ kind: "navigate", href: map_href(row), text: t("Navigate"), place: place(row) });
  }
  if (phone) found.push({ kind: "message", href: `sms:${dialled(phone)}`, text: t("Message"), place: "" });
  return found;
}

/** @param {string} phone */
export function dialled(phone) {
  return phone.replace(/[^0-9+*#,;]/g, "");
}

/** @param {Row} row */
function map_href(row) {
  return `https://www.openstreetmap.org/search?query=${quoted(place(row))}`;
}

/** @param {Row} row */
function place(row) {
  if (row.latitude !== null && row.longitude !== null) return `${row.latitude.toFixed(5)},${row.longitude.toFixed(5)}`;
  return (row.address ?? "").trim().split(/\s+/).join(" ");
}

/** @param {Row} row @param {Row[]} fields the company's own @param {Reader} reader */
export function about(row, fields, reader) {
  const { t } = reader;
  const since = words.short_date(reader.day_of(row.created_at), reader.today, reader.locale);
  return known([
    [t("Phone"), row.phone], [t("Address"), row.address], [t("Kind of customer"), row.customer_type],
    ...custom_pairs(row.custom ?? {}, fields, reader), [t("Known since"), since],
  ]);
}

/** The sheet to hand over and share it, for managers and its owner.
 * @param {Row} row @param {Row[]} people @param {string[]} shared_ids @param {Reader} reader */
export function people_sheet(row, people, shared_ids, reader) {
  const here = people.filter((person) => !person.deactivated_at);
  const others = here.filter((person) => !shared_ids.includes(person.id) && person.id !== row.owner_id);
  return {
    can_share: reader.may_write() && (reader.manages() || row.owner_id === reader.me.id),
    owners: owners(row, here, reader.t),
    shared_with: here.filter((person) => shared_ids.includes(person.id)).map(named),
    may_share_with: others.map(named),
  };
}

/** @param {Row} row @param {Row[]} people @param {Translator} t */
function owners(row, people, t) {
  const sellers = people.filter((person) => SELLING_ROLES.includes(person.role) || person.id === row.owner_id);
  const nobody = { id: "", name: t("Nobody"), chosen: row.owner_id === null };
  return [nobody, ...sellers.map((person) => ({ ...named(person), chosen: person.id === row.owner_id }))];
}

/** @param {Row} person */
function named(person) {
  return { id: person.id, name: person.name, initial: words.initial(person.name) };
}
