/**
 * Installing and updating the service worker. A new version deletes the caches of old versions and nothing else: outbox,
 * journal, drafts and blobs are in IndexedDB.
 */

import { ask_server, pages_cache } from "./network.js";

const ANSWER_WITHIN_MS = 1_000;
const FLUSH_WITHIN_MS = 30_000;

/** @typedef {{version: string, assets: string[], catalogs: Record<string, string>, later: string[]}} Build `catalogs`: addresses by locale */

/** @param {Build} build */
export const assets_cache = (build) => `legwork-assets-${build.version}`;

/** Keeps what a phone needs at once; of the languages, the one that its browser asks for. @param {Build} build @param {CacheStorage} caches @param {string} locale */
export async function install(build, caches, locale) {
  const cache = await caches.open(assets_cache(build));
  const language = build.catalogs[locale];
  await Promise.all([...build.assets, ...(language ? [language] : [])].map((address) => keep_asset(cache, address)));
}

/** Keeps what a phone can do without at first: scripts used later, and the other languages. @param {Build} build @param {CacheStorage} caches */
export async function keep_rest(build, caches) {
  const cache = await caches.open(assets_cache(build));
  for (const address of [...build.later, ...Object.values(build.catalogs)]) {
    if (!(await cache.match(address))) await keep_asset(cache, address);
  }
}

/** Only our server's answer is kept: a portal's page under the name of a style sheet would stay until the next version.
 * @param {Cache} cache @param {string} address */
async function keep_asset(cache, address) {
  const answer = await ask_server(address);
  if (!answer.ok) throw answer;
  await cache.put(address, answer);
}

/** @param {Build} build @param {CacheStorage} caches */
export async function discard_old_versions(build, caches) {
  const kept = [assets_cache(build), pages_cache(build)];
  const names = await caches.keys();
  const old = names.filter((name) => /^legwork-(assets|pages)-/.test(name) && !kept.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/**
 * Takes over from the version before, once that one is not sending, unless somebody is typing in a page. Such a page asks for it
 * again when it is hidden.
 * @param {{skip_waiting: () => Promise<void>, pages: () => Promise<readonly {postMessage: Function}[]>,
 *   locks: LockManager, sending: string[]}} worker
 */
export async function take_over({ skip_waiting, pages, locks, sending }) {
  const answers = await Promise.all((await pages()).map(ask_page));
  if (answers.includes(false)) return;
  await after_flush(locks, sending, skip_waiting);
}

/** Whether the page lets a new version take over. One that does not answer in time is not one in which somebody is typing. @param {{postMessage: Function}} page @returns {Promise<boolean>} */
function ask_page(page) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    /** @param {boolean} answer */
    const done = (answer) => {
      clearTimeout(timer);
      port1.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done(true), ANSWER_WITHIN_MS);
    port1.onmessage = ({ data }) => done(data !== false);
    page.postMessage({ type: "may_update" }, [port2]);
  });
}

/**
 * Acts while it holds the senders' locks, so that nobody sends. A sender that hangs does not hold up an update for ever:
 * cutting it off is safe, only wasteful.
 * @param {LockManager} locks @param {string[]} names @param {() => Promise<void>} act
 */
async function after_flush(locks, names, act) {
  const [name, ...rest] = names;
  if (name === undefined) return act();
  try {
    await locks.request(name, { signal: AbortSignal.timeout(FLUSH_WITHIN_MS) }, () => after_flush(locks, rest, act));
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "TimeoutError") throw error;
    await act();
  }
}
