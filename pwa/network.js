/** Asking the server for a page: with a deadline, because a phone in a stairwell has bars and no signal. */

import { FILES, pages_cache } from "./lifecycle.js";

/** @typedef {import("./lifecycle.js").Build} Build */

export const PAGE_WITHIN_MS = 20_000;
export const LIST_WITHIN_MS = 3_000;
/** Where it can be shown as it was last seen, nobody looks at a white page for longer. */
const KEPT_AFTER_MS = 6_000;
const KEPT_PAGES = 30;
const KEPT_FILES = 300;

/** The server did not answer in time, or not at all. */
export class Unreachable extends Error {
  name = "Unreachable";
}

/**
 * A deadline without an abort signal: a navigation's request may not be given one.
 * @param {Request} request @param {number} within_ms @returns {Promise<Response>}
 */
export function ask_server(request, within_ms = PAGE_WITHIN_MS) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Unreachable("no answer in time")), within_ms);
    fetch(request).then(resolve, (error) => reject(new Unreachable("no connection", { cause: error }))).finally(() => clearTimeout(timer));
  });
}

/**
 * A page of something that does not live on this phone: fresh when there is a signal, as it was last seen when not.
 * @param {Request} request @param {Build} build @param {CacheStorage} caches @param {string} user_id
 */
export async function fresh_or_kept(request, build, caches, user_id) {
  const key = kept_under(request, user_id);
  const cache = await caches.open(pages_cache(build));
  const kept = await cache.match(key);
  try {
    const answer = await ask_server(request, kept && KEPT_AFTER_MS);
    if (answer.ok && !answer.redirected) {
      // Team opens as one last looked at it, filtered or not.
      for (const name of new Set([key, key.replace(/team\?.*&/, "team?")])) await keep(cache, name, answer.clone());
    }
    return answer;
  } catch (error) {
    if (kept && error instanceof Unreachable) return kept;
    throw error;
  }
}

/** What never changes, and does not live on this phone. @param {Request} request @param {CacheStorage} caches @param {string} user_id */
export async function kept_or_fresh(request, caches, user_id) {
  const key = kept_under(request, user_id);
  const cache = await caches.open(FILES);
  const kept = await cache.match(key);
  if (kept) return kept;
  const answer = await fetch(request).catch(() => new Response(null, { status: 504 })); // no picture, and no failure
  if (answer.status === 200) await keep(cache, key, answer.clone(), KEPT_FILES);
  return answer;
}

/** Whole pages and fragments are different answers to one address, and what Mei opened is not for Alice.
 * @param {Request} request @param {string} user_id */
function kept_under(request, user_id) {
  const url = new URL(request.url);
  url.searchParams.set("kept_for", `${user_id}.${request.headers.get("hx-request-type") ?? "full"}`);
  return url.href;
}

/** The last ones opened stay: a cache lists its entries in the order they came. @param {Cache} cache @param {string} key @param {Response} answer @param {number} [most] */
async function keep(cache, key, answer, most = KEPT_PAGES) {
  await cache.delete(key);
  await cache.put(key, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((old) => cache.delete(old)));
}
