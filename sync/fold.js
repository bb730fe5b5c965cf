/** Text as search compares it. Twin of `fold` in server/search_text.py; tests/shared_cases/fold.json holds both to it. */

/** Letters that Unicode does not decompose, as people type them on a keyboard without them.
 * @type {Record<string, string>} */
const PLAIN = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", þ: "th", ı: "i", ς: "σ" };
const ONLY_ASCII = /^[\x00-\x7f]*$/;
const SPACES = /[ \t\n\r\u00a0\u3000]+/g;

/** Without differences of case, accents, width and spaces, which do not matter to a search. @param {string} text */
export function fold(text) {
  return (ONLY_ASCII.test(text) ? text.toLowerCase() : bare(text)).replace(SPACES, " ").replace(/^ | $/g, "");
}

/** @param {string} text */
function bare(text) {
  const apart = text.normalize("NFKD").replace(/\p{Mn}+/gu, "");
  return apart.toLowerCase().replace(/[ßæœøđðłþıς]/g, (letter) => PLAIN[letter]);
}

/**
 * Names sort by code point, as both databases do it; JavaScript's `<` puts signs beyond U+FFFF before U+E000.
 * @param {string} one @param {string} other
 */
export function by_code_point(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    if (left !== right) return lifted(left) - lifted(right);
  }
  return one.length - other.length;
}

/** Halves of signs beyond U+FFFF come after everything else. @param {number} unit */
function lifted(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
