/** Asking the server for a page: with a deadline, because a phone in a stairwell has bars and no signal. */

import { page } from "./answer.js";

/** @typedef {import("./lifecycle.js").Build} Build */

/** The cache of files looked at, which is for all versions: the content of an address never changes. */
export const FILES = "legwork-files";
const PAGE_WITHIN_MS = 20_000;
export const LIST_WITHIN_MS = 3_000;
/** How long to wait for the server where a page can be shown as it was last seen. */
const KEPT_AFTER_MS = 6_000;
const KEPT_PAGES = 30;
const KEPT_FILES = 300;

/** The cache of the server's pages that were opened. They name the assets of their version, so they are deleted with it.
 * @param {Build} build */
export const pages_cache = (build) => `legwork-pages-${build.version}`;

/**
 * Rejects if the server does not answer in time, or not at all. The request itself is not aborted: browsers allow no signal for
 * one that opens a page.
 * @param {RequestInfo} request @param {number} within_ms until the whole of a page is here @returns {Promise<Response>}
 */
export function ask_server(request, within_ms = PAGE_WITHIN_MS) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, within_ms);
    answer_of(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Rejects an answer without our server's mark, as from a hotel's portal or a proxy that finds no server. A redirect does not show
 * its headers, and is believed.
 * @param {RequestInfo} request */
async function answer_of(request) {
  const answer = await fetch(request);
  if (answer.status && !answer.headers.has("x-request-id")) throw answer;
  // A page that was cut off midway, or stops coming, counts as none.
  if (answer.headers.get("content-type")?.startsWith("text/html")) await answer.clone().text();
  return answer;
}

/**
 * A page of something that is not on this phone: fresh with a signal, without one as it was last seen.
 * @param {Request} request @param {Build} build @param {CacheStorage} caches @param {string} user_id @param {() => Promise<Response>} otherwise
 */
export async function fresh_or_kept(request, build, caches, user_id, otherwise) {
  const key = kept_under(request, user_id);
  const cache = await caches.open(pages_cache(build));
  const kept = await cache.match(key);
  const answer = await ask_server(request, kept && KEPT_AFTER_MS).catch(() => null);
  if (!answer) return kept ? as_asked(kept, request, otherwise) : otherwise();
  if (answer.ok && !answer.redirected) {
    // Team is also kept under its address without a filter, so that it opens as it was last seen.
    for (const name of new Set([key, key.replace(/team\?.*&/, "team?")])) await keep(cache, name, answer.clone()).catch(console.info);
  }
  return answer;
}

/** The kept answer in the form that is asked for now: it may be a whole page where a part is asked for, or the other way round.
 * @param {Response} kept @param {Request} request @param {() => Promise<Response>} around some other page */
async function as_asked(kept, request, around) {
  const [before, inner] = (await kept.clone().text()).split(/(?<=id="app" class="app">)/);
  const is_part = request.headers.get("hx-request-type") === "partial";
  if (!before.includes("<title>") || is_part !== Boolean(inner)) return kept;
  return page(inner || (await (await around()).text()).replace(/<title>.*|(?<=id="app" class="app">)[^]*/g, "") + before);
}

/** A file, which never changes: as it was kept, or else from the server. @param {Request} request @param {CacheStorage} caches @param {string} user_id */
export async function kept_or_fresh(request, caches, user_id) {
  const key = kept_under(request, user_id);
  const cache = await caches.open(FILES);
  const kept = await cache.match(key);
  if (kept) return kept;
  const answer = await ask_server(request).catch(() => new Response(null, { status: 504 })); // no picture, and no error on the page
  if (answer.status === 200) await keep(cache, key, answer.clone(), KEPT_FILES).catch(console.info);
  return answer;
}

/** The key in a cache. It names the user: what Mei opened is not for Alice. @param {Request} request @param {string} user_id */
function kept_under(request, user_id) {
  const url = new URL(request.url);
  url.searchParams.set("kept_for", user_id);
  return url.href;
}

/** Puts an answer into the cache, and deletes the oldest: a cache lists its entries in the order they came, one that is put again last. @param {Cache} cache @param {string} key @param {Response} answer @param {number} [most] */
async function keep(cache, key, answer, most = KEPT_PAGES) {
  await cache.put(key, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, -most).map((old) => cache.delete(old)));
}
