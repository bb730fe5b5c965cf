/** One sum for each collection. A phone whose sums differ from the server's has drifted. Twin of sync/sums.py. */

/** @typedef {Record<string, [number, number]>} Sums by collection: how many rows, and crc32("id:rev") added up modulo 2^32 */

const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {string} text of ASCII letters, as ids are; of any other letter only the lower byte counts */
export function crc32(text) {
  let value = 0xffffffff;
  for (let at = 0; at < text.length; at += 1) value = TABLE[(value ^ text.charCodeAt(at)) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Adds a row to its collection's sum, or takes it away. @param {Sums} sums @param {string} collection
 * @param {{id: string, rev?: number} | null | undefined} row @param {1 | -1} sign */
export function count_row(sums, collection, row, sign) {
  if (!row) return;
  const [count, total] = sums[collection] ?? [0, 0];
  sums[collection] = [count + sign, (total + sign * crc32(`${row.id}:${row.rev}`)) >>> 0];
}

/** The collections that differ. Only those the server names count: an old phone may hold less than a new server has.
 * @param {Sums} mine @param {Record<string, string>} theirs */
export function differing(mine, theirs) {
  return Object.keys(theirs).filter((collection) => written(mine[collection] ?? [0, 0]) !== theirs[collection]);
}

/** @param {[number, number]} sum */
function written([count, total]) {
  return `${count}-${total.toString(16).padStart(8, "0")}`;
}
