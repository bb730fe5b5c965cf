/** Answers as the server gives them, headers included. */

/** Equal to the server's (tests/pwa/test_parity.py compares them). An answer made by a worker has no policy unless it says one. */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "geolocation=(self), camera=(self), microphone=(self)",
  "cross-origin-opener-policy": "same-origin",
};

/** @typedef {{status?: number, headers?: Record<string, string>}} Told */

/** The body is a stream of bytes, which goes straight from the worker to the page; a text would go through the browser's own process.
 * @param {string} html @param {Told} [told] */
export function page(html, { status = 200, headers = {} } = {}) {
  const bytes = new TextEncoder().encode(html);
  const body = new ReadableStream({ start(stream) { stream.enqueue(bytes); stream.close(); } });
  return new Response(body, { status, headers: { ...HEADERS, ...headers } });
}

/** Where a browser without htmx goes after a form. @param {string} path */
export function see_other(path) {
  return new Response(null, { status: 303, headers: { location: path, "cache-control": "no-store" } });
}

/** @param {string} text @param {string} type @param {string} file_name */
export function download(text, type, file_name) {
  const disposition = `attachment; filename="${file_name}"`;
  return new Response(text, { headers: { ...HEADERS, "content-type": type, "content-disposition": disposition } });
}

/** A photo, a voice note or a document on this phone. A document is downloaded, and opened by another app. Safari plays only sound of which
 * it can ask for a range, and stops reading a blob when its record is written anew: so the bytes are read first.
 * @param {Blob} blob @param {string | null} range */
export async function file(blob, range) {
  const safe = { "content-security-policy": "default-src 'none'; sandbox", ...(blob.type.startsWith("application/") ? { "content-disposition": "attachment" } : {}) };
  const headers = { ...HEADERS, "content-type": blob.type, ...safe };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (first === undefined) return new Response(await blob.arrayBuffer(), { headers });
  const [from, to] = [Number(first), Math.min(last ? Number(last) : blob.size, blob.size - 1)];
  const told = { ...headers, "content-range": `bytes ${from}-${to}/${blob.size}` };
  return new Response(await blob.slice(from, to + 1).arrayBuffer(), { status: 206, headers: told });
}
