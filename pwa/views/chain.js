/** The contacts of a customer as a tree: who reports to whom. Twin of server/views/chain.py. */
import * as words from "../words.js";
import { dialled } from "./about.js";
import { CONTACT_ROLES, said } from "./labels.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const ROLE_ORDER = ["decides", "influences", "blocks", "uses"];
const DEEPEST = 8; // lists within lists: no company is taller

/** @typedef {ReturnType<typeof contact_row> & {reports: Branch[]}} Branch */

/** The contacts who report to nobody here, each with `reports`: those who report to them, likewise.
 * @param {Row[]} contacts @param {Reader} reader @returns {Branch[]} */
export function chain(contacts, reader) {
  const [known, met] = [new Set(contacts.map(({ id }) => id)), new Set()];
  /** @param {Row[]} of @param {number} [depth] */
  const branches = (of, depth = 0) => {
    const [found, left] = [/** @type {Branch[]} */ ([]), [...of]];
    for (let contact = left.shift(); contact; contact = left.shift()) {
      if (met.has(contact.id)) continue;
      met.add(contact.id);
      const { id } = contact;
      const below = contacts.filter(({ reports_to }) => reports_to === id);
      found.push({ ...contact_row(contact, reader), reports: depth < DEEPEST ? branches(below, depth + 1) : [] });
      left.unshift(...below); // those too deep stand behind their boss
    }
    return found;
  };
  // All contacts again: those in a cycle, which two phones may have made, are below nobody of the first list.
  return branches([...contacts.filter(({ reports_to }) => !known.has(reports_to)), ...contacts]);
}

/** Decision makers first, then in the order they were added. @param {Row[]} contacts @param {string[]} [named] whom to show though removed */
export function sorted_contacts(contacts, named = []) {
  const here = contacts.filter(({ id, deleted_at }) => !deleted_at || named.includes(id));
  return sorted_by(here, (contact) => [rank(contact), contact.id]);
}

/** @param {Row} contact */
function rank({ role }) {
  return ROLE_ORDER.includes(role) ? ROLE_ORDER.indexOf(role) : ROLE_ORDER.length;
}

/** @param {Row} contact @param {Reader} reader */
function contact_row(contact, { t, locale }) {
  const born = contact.birthday ? words.birthday(contact.birthday, locale) : "";
  return {
    id: contact.id,
    name: contact.name,
    initial: words.initial(contact.name),
    role: contact.role || "",
    role_text: said(t, CONTACT_ROLES, contact.role),
    detail: joined(contact.role ? "" : t("Role not known"), born ? t("Birthday %(day)s", { day: born }) : ""),
    phone_href: contact.phone ? `tel:${dialled(contact.phone)}` : "",
    email_href: contact.email ? `mailto:${contact.email.replace(/[#%&?]/g, encodeURIComponent)}` : "",
  };
}
