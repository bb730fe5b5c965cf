/** What the seal of a contract is over, as one text, and the seal itself. Twin of server/seal.py; tests/shared_cases/seal.json
 * holds both to it. */
import { sha256 } from "./identity.js";

const OF_CONTRACT = [
  "id", "title", "seller", "buyer", "lines", "total_cents", "currency", "terms",
  "signer", "signed_at", "latitude_e6", "longitude_e6", "accuracy_m", "strokes",
];
/** Without the list price, which is not on the paper. */
const OF_LINE = ["name", "unit", "quantity", "unit_price_cents", "discount_bp"];

/** `contract`: its row, or what it will be. What is not there is null. @param {Record<string, any>} contract */
export function sealed_text(contract) {
  return JSON.stringify({ ...of(contract, OF_CONTRACT), lines: contract.lines.map((/** @type {Record<string, any>} */ line) => of(line, OF_LINE)) });
}

/** @param {Record<string, any>} row @param {string[]} names @returns {Record<string, any>} */
function of(row, names) {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

/** @param {Record<string, any>} contract */
export function seal_of(contract) {
  return sha256(new TextEncoder().encode(sealed_text(contract)));
}
