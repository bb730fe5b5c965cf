/**
 * Everything the phone's half of sync takes from its surroundings. The service worker and the page pass the real ones,
 * the simulator its own, so that one seed replays one history. No other file here may reach for the time, the network,
 * chance, locks or IndexedDB.
 */

/**
 * @typedef {object} LocksPort the part of Web Locks that is used
 * @property {(name: string, options: {ifAvailable: boolean},
 *             work: (lock: object | null) => Promise<unknown>) => Promise<unknown>} request
 */

/**
 * @typedef {object} Ports
 * @property {IDBFactory} indexed_db
 * @property {(address: string, options: RequestInit) => Promise<Response>} fetch
 * @property {LocksPort | null} locks null where the browser has none; nothing depends on it but politeness
 * @property {() => number} clock milliseconds since 1970
 * @property {() => number} random from 0 to below 1
 * @property {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} random_bytes fills what it is given
 * @property {(work: () => void, milliseconds: number) => unknown} set_timer
 * @property {(timer: any) => void} clear_timer
 * @property {() => boolean} online false only when the browser is sure; true promises nothing
 * @property {() => string | null | Promise<string | null>} csrf_token
 */

/**
 * @param {Partial<Ports>} [own] what the host knows better, such as a service worker the CSRF token
 * @returns {Ports}
 */
export function real_ports(own = {}) {
  return {
    indexed_db: globalThis.indexedDB,
    fetch: (address, options) => globalThis.fetch(address, options),
    locks: /** @type {LocksPort | null} */ (/** @type {unknown} */ (globalThis.navigator?.locks ?? null)),
    clock: () => Date.now(),
    random: () => Math.random(),
    random_bytes: (bytes) => crypto.getRandomValues(bytes),
    set_timer: (work, milliseconds) => setTimeout(work, milliseconds),
    clear_timer: (timer) => clearTimeout(timer),
    online: () => globalThis.navigator?.onLine !== false,
    csrf_token: () => null, // pages send nothing
    ...own,
  };
}
