/** IndexedDB's requests as promises: those few that sync/ makes. docs/decisions/0007 says why it is no package. */

/**
 * @typedef {object} Index
 * @property {(query?: IDBKeyRange) => Promise<any[]>} getAll
 */
/**
 * @typedef {object} ObjectStore
 * @property {(key: IDBValidKey) => Promise<any>} get
 * @property {(query?: IDBKeyRange) => Promise<any[]>} getAll
 * @property {(query?: IDBKeyRange) => Promise<IDBValidKey[]>} getAllKeys
 * @property {() => Promise<number>} count
 * @property {(value: any, key?: IDBValidKey) => Promise<IDBValidKey>} put
 * @property {(value: any) => Promise<IDBValidKey>} add
 * @property {(key: IDBValidKey | IDBKeyRange) => Promise<void>} delete
 * @property {() => Promise<void>} clear
 * @property {(name: string) => Index} index
 */
/** @typedef {{objectStore: (name: string) => ObjectStore, abort: () => void, commit: () => void, done: Promise<void>}} Transaction */

const REQUESTS = ["get", "getAll", "getAllKeys", "count", "put", "add", "delete", "clear"];

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Transaction} */
export function promised(transaction) {
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  return {
    done: /** @type {Promise<void>} */ (done),
    abort: () => end(() => transaction.abort()),
    commit: () => end(() => transaction.commit()),
    objectStore: (name) => asking(transaction.objectStore(name)),
  };
}

/** Aborts or commits, unless the browser has ended the transaction already, for want of room. @param {() => void} how */
function end(how) {
  try {
    how();
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "InvalidStateError") throw error;
  }
}

/** The methods of a store, as a prototype that all share: a save opens a dozen stores, and on a slow phone it would be noticed
 * if each made eight functions of its own. @type {Record<string, any>} */
const ASKING = {};
for (const name of REQUESTS) {
  ASKING[name] = function (/** @type {any[]} */ ...asked) {
    return heard(answered(this.source[name](...asked)));
  };
}

/** @param {any} source a store or an index @returns {any} */
function asking(source) {
  return { __proto__: ASKING, source, index: (/** @type {string} */ name) => asking(source.index(name)) };
}

/** When one request fails, all others of the transaction do, and its end says so. That nobody awaits the others any more must
 * not be reported as an unhandled rejection.
 * @template T @param {Promise<T>} answer */
function heard(answer) {
  answer.catch(() => undefined);
  return answer;
}
