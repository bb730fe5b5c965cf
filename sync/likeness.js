/** Whether two customers are likely to be the same company. Twin of server/likeness.py; tests/shared_cases/likeness.json holds both to it. */
import { fold } from "./fold.js";

const LATIN_FORMS = new Set((
  "gmbh mbh co kg kgaa ag se ug ohg gbr ek ev ltd limited inc incorporated llc llp plc corp corporation company sa sarl sas srl spa "
  + "bv nv oy ab as aps sro doo pty pte the and und"
).split(" "));
const CHINESE_FORMS = /(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$/;
const DOTS = /\. ?(?=[a-z]\b)/g;
const SEPARATORS = /[^\p{L}\p{N}]+/u;
const SIGNIFICANT_DIGITS = 8;
const SHORTEST_TELEPHONE_NUMBER = 7;
const SHORTEST_ADDRESS = 6;

/** @typedef {{name?: string | null, phone?: string | null, address?: string | null}} Told */

/** @param {Told} told @returns {(string | null)[]} */
export function keys_of({ name, phone, address }) {
  return [company_key(name ?? ""), phone_key(phone ?? ""), address_key(address ?? "")];
}

/** @param {string} name */
function company_key(name) {
  const words = fold(name).replace(DOTS, "").split(SEPARATORS).filter(Boolean);
  const bare = words.filter((word) => !LATIN_FORMS.has(word)).join("");
  return bare.replace(CHINESE_FORMS, "") || words.join("") || name.trim();
}

/** @param {string} phone */
function phone_key(phone) {
  const digits = fold(phone).replace("(0)", "").replace(/[^0-9]/g, "").replace(/^0+/, "");
  return digits.length >= SHORTEST_TELEPHONE_NUMBER ? digits.slice(-SIGNIFICANT_DIGITS) : null;
}

/** @param {string} address */
function address_key(address) {
  const bare = [...fold(address).split(SEPARATORS).join("")];
  return bare.length >= SHORTEST_ADDRESS ? bare.join("") : null;
}
