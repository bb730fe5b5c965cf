/** Documents of the company's library that the user has pinned: kept on this phone, each in its latest version. */
import { ask_server } from "./network.js";
import { file_href } from "./views/files.js";
import { open_store } from "../sync/store.js";

/** @typedef {import("../sync/local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("../sync/replica_rows.js").Row} Row */
/** @typedef {Pick<Row, "id" | "sha256" | "name" | "media_type" | "version">} Pin as of the version fetched last; without `sha256` none was */
/** @typedef {{pinned: Pin, kept: boolean}} Standing whether the file of that version is here */

const LIBRARY = "legwork-library";
/** Of all pinned documents together. */
export const MOST_BYTES = 100_000_000;

/** @param {LocalDatabase} db @returns {Promise<Pin[]>} */
const pins_of = (db) => db.read(["meta"], async (tx) => (await tx.objectStore("meta").get("pins")) ?? []);

/** @param {LocalDatabase} db @param {(pins: Pin[]) => Pin[]} changed */
function change_pins(db, changed) {
  return db.transaction(["meta"], "readwrite", async (tx) => {
    const meta = tx.objectStore("meta");
    await meta.put(changed((await meta.get("pins")) ?? []), "pins");
  }, "strict");
}

/** @param {Pick<LocalDatabase, "user_id">} db @param {string} sha256 */
const key_of = ({ user_id }, sha256) => `/files/${sha256}?kept_for=${user_id}`;

/** @param {LocalDatabase} db @param {CacheStorage} caches @returns {Promise<Map<string, Standing>>} by the document's id */
export async function standing_of(db, caches) {
  const cache = await caches.open(LIBRARY);
  const found = (await pins_of(db)).map(async (pinned) => {
    const kept = Boolean(pinned.sha256 && (await cache.match(key_of(db, pinned.sha256))));
    return /** @type {const} */ ([pinned.id, { pinned, kept }]);
  });
  return new Map(await Promise.all(found));
}

/** @param {LocalDatabase} db @param {CacheStorage} caches @param {string} sha256 */
export async function pinned_file(db, caches, sha256) {
  return (await caches.open(LIBRARY)).match(key_of(db, sha256));
}

/** Pins a document. False: all together would be over MOST_BYTES. @param {LocalDatabase} db @param {Row[]} documents @param {Row} wanted */
export async function pin(db, documents, wanted) {
  const others = (await pins_of(db)).filter(({ id }) => id !== wanted.id);
  const sizes = others.map(({ id }) => documents.find((row) => row.id === id)?.size ?? 0);
  if (sizes.reduce((sum, size) => sum + size, wanted.size) > MOST_BYTES) return false;
  const added = /** @type {Pin} */ ({ id: wanted.id });
  await change_pins(db, (pins) => [...pins.filter(({ id }) => id !== wanted.id), added]);
  return true;
}

/** @param {LocalDatabase} db @param {string} id */
export const unpin = (db, id) => change_pins(db, (pins) => pins.filter((one) => one.id !== id));

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/** Fetches what is pinned and not here in its latest version; drops what is no longer pinned. Calls run one after the other.
 * @param {LocalDatabase} db @param {CacheStorage} caches @returns {Promise<boolean>} whether anything came or went */
export function keep_pinned(db, caches) {
  const done = last.then(() => fetch_pinned(db, caches));
  last = done.catch(() => undefined);
  return done;
}

/** A version stays until the next one is here. @param {LocalDatabase} db @param {CacheStorage} caches @returns {Promise<boolean>} */
async function fetch_pinned(db, caches) {
  const pins = await pins_of(db);
  if (!pins.length && !(await caches.has(LIBRARY))) return false;
  const [store, cache] = [await open_store(db), await caches.open(LIBRARY)];
  const documents = await store.library();
  let [changed, left] = [false, MOST_BYTES];
  for (const pinned of pins) {
    const row = documents.find(({ id }) => id === pinned.id);
    if (row) left -= row.size;
    if (row && left >= 0 && !(await cache.match(key_of(db, row.sha256)))) changed = (await fetched(db, cache, row)) || changed;
    else if (row && left >= 0 && pinned.sha256 !== row.sha256) await note(db, row);
    else if (store.ready && (!row || left < 0)) await (row ? note(db, { id: row.id }) : unpin(db, pinned.id));
  }
  const wanted = new Set((await pins_of(db)).filter(({ sha256 }) => sha256).map(({ sha256 }) => key_of(db, sha256)));
  for (const { url } of await cache.keys()) {
    const { pathname, search } = new URL(url);
    if (search !== `?kept_for=${db.user_id}` || wanted.has(pathname + search)) continue;
    changed = (await cache.delete(url)) || changed;
  }
  return changed;
}

/** @param {LocalDatabase} db @param {Cache} cache @param {Row} row */
async function fetched(db, cache, row) {
  const address = file_href(row.sha256, row.name, row.media_type);
  const answer = await ask_server(address).catch(() => null);
  if (answer?.status !== 200 || answer.redirected) return false; // a redirect leads to the page for signing in
  // If there is no room, what is here stays, and the next sync tries again.
  const is_put = await cache.put(key_of(db, row.sha256), answer).then(() => true, () => false);
  if (is_put) await note(db, row);
  return is_put;
}

/** Notes which version is here, unless it was unpinned meanwhile. @param {LocalDatabase} db @param {any} row */
function note(db, { id, sha256, name, media_type, version }) {
  return change_pins(db, (pins) => pins.map((one) => (one.id === id ? { id, sha256, name, media_type, version } : one)));
}

/** Deletes the pinned documents of everybody. @param {CacheStorage} caches */
export const forget_pinned = (caches) => caches.delete(LIBRARY);
