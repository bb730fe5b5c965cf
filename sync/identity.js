/** Ids, hashes and moments as the server writes them. Ids are UUIDv7, which sort by the time they were made. Twin of server/models/identity.py. */

/** @typedef {Pick<import("./ports.js").Ports, "clock" | "random_bytes">} Chance */

/** @param {Chance} ports @returns {string} */
export function new_id(ports) {
  const bytes = ports.random_bytes(new Uint8Array(16));
  let milliseconds = ports.clock();
  for (let at = 5; at >= 0; at -= 1) {
    bytes[at] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return hyphenated(hex(bytes));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {BufferSource} bytes */
export async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** @param {string} digits */
function hyphenated(digits) {
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, until]) => digits.slice(from, until)).join("-");
}

/** A moment as rows and changes carry it. @param {number} milliseconds */
export function wire_moment(milliseconds) {
  return new Date(milliseconds).toISOString();
}
