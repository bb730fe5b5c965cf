/**
 * The only code that knows IndexedDB. A database for each user, so that two people on one phone never meet, and a tiny
 * one beside them that remembers who is signed in.
 *
 * outbox, journal, drafts, blobs and meta are never disposable; replica always is.
 */

import { answered, promised } from "./promised.js";

/** @typedef {import("./ports.js").Ports} Ports */
/** @typedef {import("./promised.js").Transaction} Transaction */
/** @typedef {"outbox" | "journal" | "drafts" | "blobs" | "meta" | "replica"} StoreName */
/** @typedef {(database: IDBDatabase, transaction: IDBTransaction) => void} Migration */

/** One step a version, never edited once shipped. Entries of every earlier version must come through unharmed: each is kept
 * in tests/sync/earlier_schemas.js as it was.
 * @type {Migration[]} */
const MIGRATIONS = [
  (database) => {
    database.createObjectStore("outbox", { keyPath: "seq" });
    const journal = database.createObjectStore("journal", { keyPath: "id" });
    for (const name of ["mark", "rev", "done_at"]) journal.createIndex(name, name);
    database.createObjectStore("drafts", { keyPath: "key" });
    database.createObjectStore("blobs", { keyPath: "hash" });
    database.createObjectStore("meta");
    database.createObjectStore("replica");
  },
];

/** @type {Migration[]} */
const DEVICE_MIGRATIONS = [(database) => void database.createObjectStore("meta")];

/** The phone has no room left: nothing of the transaction was kept, everything from before was. */
export class StorageFull extends Error {
  name = "StorageFull";
}

export class LocalDatabase {
  /** @type {Promise<IDBDatabase> | null} */
  #opening = null;

  /** @param {string} name @param {Ports} ports @param {Migration[]} migrations the first leads to version 1 @param {string} user_id */
  constructor(name, ports, migrations, user_id) {
    this.name = name;
    this.ports = ports;
    this.migrations = migrations;
    this.user_id = user_id;
  }

  /**
   * Runs `work` in one transaction. Resolves after its `complete` event (one that only reads need not wait for that); if
   * anything throws, nothing is kept. `work` may await nothing but requests of this transaction.
   * @template T
   * @param {StoreName[]} stores @param {"readonly" | "readwrite"} mode
   * @param {(transaction: Transaction) => Promise<T>} work
   * @param {"strict" | "relaxed"} [durability] strict: on the disk, not only handed to the system
   * @returns {Promise<T>}
   */
  async transaction(stores, mode, work, durability = "relaxed") {
    const transaction = await this.#begin(stores, mode, durability);
    const completed = transaction.done.then(() => null, (/** @type {unknown} */ error) => ({ error }));
    try {
      const result = await work(transaction);
      if (mode === "readonly") return result;
      const failed = await completed;
      if (failed) throw failed.error;
      return result;
    } catch (error) {
      transaction.abort();
      throw named(error, (await completed)?.error);
    }
  }

  /** @param {StoreName[]} stores @param {(transaction: Transaction) => Promise<any>} work */
  read(stores, work) {
    return this.transaction(stores, "readonly", work);
  }

  async close() {
    const opening = this.#opening;
    this.#opening = null;
    (await opening)?.close();
  }

  /** The system may close a connection at any time (storage cleared, memory short): then it is tried once more, with a new one.
   * @param {StoreName[]} stores @param {"readonly" | "readwrite"} mode @param {"strict" | "relaxed"} durability
   * @returns {Promise<Transaction>} */
  async #begin(stores, mode, durability, again = true) {
    const connection = await this.#connection();
    try {
      return promised(connection.transaction(stores, mode, { durability }));
    } catch (error) {
      if (!again || !(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
      this.#opening = null;
      return this.#begin(stores, mode, durability, false);
    }
  }

  #connection() {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = null;
      throw named(error);
    });
    return this.#opening;
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    const request = this.ports.indexed_db.open(this.name, this.migrations.length);
    request.addEventListener("upgradeneeded", (event) => this.#upgrade(request, event));
    request.addEventListener("success", () => this.#watch(request.result));
    return answered(request);
  }

  /** @param {IDBOpenDBRequest} request @param {IDBVersionChangeEvent} event */
  #upgrade(request, event) {
    for (const migrate of this.migrations.slice(event.oldVersion)) {
      migrate(request.result, /** @type {IDBTransaction} */ (request.transaction));
    }
  }

  /** @param {IDBDatabase} connection */
  #watch(connection) {
    connection.addEventListener("close", () => (this.#opening = null));
    connection.addEventListener("versionchange", () => {
      // Whoever upgrades or deletes must not wait for us; a running transaction still ends well.
      this.#opening = null;
      connection.close();
    });
  }
}

/**
 * Makes Chromium begin a new log file. Where a kill has cut off a record, it (LevelDB with reuse_logs) goes on writing behind
 * the stump, and at the next start finds the file broken and throws away all that the origin has stored. Deleting a
 * database makes it write down what it holds and begin a new file (docs/decisions/0030).
 * @param {Ports} ports
 */
export async function leave_torn_log({ indexed_db }) {
  (await answered(indexed_db.open("new-log"))).close();
  await answered(indexed_db.deleteDatabase("new-log"));
}

/** @param {string} user_id @param {Ports} ports */
export function open_local_database(user_id, ports) {
  return new LocalDatabase(`legwork-${user_id}`, ports, MIGRATIONS, user_id);
}

/** @param {Ports} ports */
export function open_device_database(ports) {
  return new LocalDatabase("legwork-device", ports, DEVICE_MIGRATIONS, "");
}

/** Who is signed in on this phone, as far as it knows without asking the server. @param {LocalDatabase} device */
export async function current_user(device) {
  return /** @type {string | null} */ ((await device.read(["meta"], (tx) => tx.objectStore("meta").get("current_user"))) ?? null);
}

/** Somebody signed out without a signal: the form token with which the server is still to be told; else null. @param {LocalDatabase} device
 * @returns {Promise<string | null>} */
export async function owed_sign_out(device) {
  return (await device.read(["meta"], (tx) => tx.objectStore("meta").get("sign_out"))) ?? null;
}

/** @param {LocalDatabase} device @param {string | null} user_id null: nobody; their data stays under their own name
 * @param {string | null} [owed] see `owed_sign_out` */
export async function set_current_user(device, user_id, owed = null) {
  await device.transaction(["meta"], "readwrite", async (tx) => {
    const meta = tx.objectStore("meta");
    await meta.put(user_id, "current_user");
    await meta.put(owed, "sign_out");
  }, "strict");
}

/** The error to throw: StorageFull for want of room; the transaction's own error where the other says only "aborted".
 * @param {any} error @param {any} [cause] of the transaction */
function named(error, cause) {
  const full = [error, cause].find((found) => found?.name === "QuotaExceededError");
  if (full) return new StorageFull("no room left on this phone", { cause: full });
  return (error.name === "AbortError" && cause) || error;
}

/** Keys from `least` on. @param {IDBValidKey} least */
export function from_key(least) {
  return IDBKeyRange.lowerBound(least);
}

/** Keys up to `most`. @param {IDBValidKey} most */
export function up_to_key(most) {
  return IDBKeyRange.upperBound(most);
}

/** @param {string} prefix */
export function keys_within(prefix) {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}
