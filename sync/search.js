/**
 * Search as one types. Each customer is one folded line; a thousand lines, joined by line feeds, are a chunk, which the
 * browser's own string search goes through in a millisecond. Lines are kept in the order of lists, so that the first hits
 * found are the first to show.
 */

import { by_code_point, fold } from "./fold.js";

/** @typedef {{id: string, sort_key: string, line: string}} Line */
/** @typedef {{lines: Line[], text: string, starts: Int32Array | null}} Chunk starts is null while the text is out of date */

const CHUNK = 1000;

export class SearchIndex {
  /** @type {Chunk[]} */
  #chunks = [];
  /** @type {Map<string, Line>} */
  #by_id = new Map();

  /** @param {Line[]} lines in any order */
  constructor(lines) {
    const sorted = [...lines].sort(by_place);
    for (let from = 0; from < sorted.length; from += CHUNK) this.#chunks.push(chunk_of(sorted.slice(from, from + CHUNK)));
    for (const line of sorted) this.#by_id.set(line.id, line);
  }

  /** Every id in the order of lists. */
  ids() {
    return this.#chunks.flatMap((chunk) => chunk.lines.map((line) => line.id));
  }

  /** @param {Line} line */
  put(line) {
    const known = this.#by_id.get(line.id);
    if (known && known.line === line.line && known.sort_key === line.sort_key) return;
    this.remove(line.id);
    this.#by_id.set(line.id, line);
    const chunk = this.#chunk_for(line);
    chunk.lines.splice(place_in(chunk.lines, line), 0, line);
    chunk.starts = null;
    if (chunk.lines.length > 2 * CHUNK) this.#split(chunk);
  }

  /** @param {string} id */
  remove(id) {
    const known = this.#by_id.get(id);
    if (!known) return;
    this.#by_id.delete(id);
    const chunk = this.#chunk_for(known);
    chunk.lines.splice(place_in(chunk.lines, known), 1);
    chunk.starts = null;
  }

  /**
   * Those whose line begins with the words first, then those that have them anywhere, each in the order of lists.
   * @param {string} query @param {number} limit @param {(id: string) => boolean} [accept]
   * @returns {{line: Line, first: boolean}[]}
   */
  find(query, limit, accept = () => true) {
    const asked = question(query);
    if (!asked) return [];
    /** @param {Line} line */
    const begins = (line) => line.line.startsWith(asked.whole);
    const first = this.#scan(`\n${asked.whole}`, limit, (line) => accept(line.id));
    const rest = this.#scan(asked.longest, limit - first.length,
      (line) => !begins(line) && matches(asked, line.line) && accept(line.id));
    return [...first.map((line) => ({ line, first: true })), ...rest.map((line) => ({ line, first: false }))];
  }

  /** @param {string} needle @param {number} limit @param {(line: Line) => boolean} accept */
  #scan(needle, limit, accept) {
    /** @type {Line[]} */
    const found = [];
    for (const chunk of this.#chunks) {
      if (found.length >= limit) break;
      scan_chunk(fresh(chunk), needle, (line) => {
        if (accept(line)) found.push(line);
        return found.length < limit;
      });
    }
    return found;
  }

  /** @param {Line} line */
  #chunk_for(line) {
    if (!this.#chunks.length) this.#chunks.push(chunk_of([]));
    const after = this.#chunks.findIndex(({ lines }) => lines.length > 0 && by_place(lines[lines.length - 1], line) >= 0);
    return this.#chunks[after < 0 ? this.#chunks.length - 1 : after];
  }

  /** @param {Chunk} chunk */
  #split(chunk) {
    const half = chunk.lines.splice(CHUNK);
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, chunk_of(half));
  }
}

/** @typedef {{whole: string, words: string[], longest: string}} Question */

/** @param {string} query @returns {Question | null} */
export function question(query) {
  const folded = fold(query.slice(0, 100));
  // "089 12-34" is a telephone number however it is broken up.
  const whole = /^[\d +()./-]*\d[\d +()./-]*$/.test(folded) ? folded.replace(/\D/g, "") : folded;
  if (!whole) return null;
  const words = whole.split(" ");
  return { whole, words, longest: words.reduce((one, other) => (other.length > one.length ? other : one)) };
}

/** @param {Question} asked @param {string} line */
export function matches(asked, line) {
  return asked.words.every((word) => line.includes(word));
}

/**
 * What a customer is found by: its folded name first, how it is typed in Latin letters, region, telephone in figures.
 * @param {Record<string, any>} customer
 */
export function line_of({ search_text, phone }) {
  const text = (search_text ?? "").replaceAll("\n", " ");
  const figures = phone?.replace(/\D/g, "");
  return figures && !text.includes(figures) ? `${text} ${figures}` : text;
}

/** @param {Pick<Line, "sort_key" | "id">} one @param {Pick<Line, "sort_key" | "id">} other */
export function by_place(one, other) {
  return by_code_point(one.sort_key, other.sort_key) || by_code_point(one.id, other.id);
}

/** @param {Line[]} lines @returns {Chunk} */
function chunk_of(lines) {
  return { lines, text: "", starts: null };
}

/** The chunk with its text up to date. @param {Chunk} chunk @returns {Chunk & {starts: Int32Array}} */
function fresh(chunk) {
  if (!chunk.starts) {
    chunk.text = `\n${chunk.lines.map((line) => line.line).join("\n")}\n`;
    chunk.starts = new Int32Array(chunk.lines.length);
    let start = 0;
    chunk.lines.forEach((line, at) => {
      /** @type {Int32Array} */ (chunk.starts)[at] = start;
      start += line.line.length + 1;
    });
  }
  return /** @type {Chunk & {starts: Int32Array}} */ (chunk);
}

/** @param {Chunk & {starts: Int32Array}} chunk @param {string} needle @param {(line: Line) => boolean} visit returns false when that is enough */
function scan_chunk({ lines, text, starts }, needle, visit) {
  let at = text.indexOf(needle);
  while (at >= 0 && lines.length) {
    const number = line_at(starts, at);
    if (!visit(lines[number])) return;
    at = number + 1 < starts.length ? text.indexOf(needle, starts[number + 1]) : -1;
  }
}

/** The last line that starts at or before a place in the text. @param {Int32Array} starts @param {number} at */
function line_at(starts, at) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The index of the line, or where it belongs. @param {Line[]} lines @param {Line} line */
function place_in(lines, line) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (by_place(lines[middle], line) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
