/**
 * The phones' storage: an IndexedDB in memory that does each step when the scheduler says so. Every commit is told to the accounts;
 * it can be full; and a loss of power undoes commits that were not `strict`.
 */
import "fake-indexeddb/auto";
import { IDBDatabase, IDBObjectStore, forceCloseDatabase } from "fake-indexeddb";

/** @type {{world: import("./world.js").World | null}} */
const playing = { world: null };
export const real_turn = globalThis.setImmediate;

/** Every step of every database waits in its phone's queue. @param {import("./world.js").World} world */
export function play_on(world) {
  playing.world = world;
  globalThis.setImmediate = (work) => playing.world.current.tasks.push(work);
}

const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function transaction(...args) {
  const begun = begin.apply(this, args);
  const phone = playing.world.current;
  if (begun.mode !== "readonly") begun.addEventListener("complete", () => committed(phone, begun));
  return begun;
};

for (const name of ["put", "add"]) {
  const write = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function writing(...args) {
    const request = write.apply(this, args);
    const { current } = playing.world;
    if (current.full && this.transaction.mode === "readwrite") current.tasks.push(() => cut(this.transaction, "QuotaExceededError"));
    return request;
  };
}

/** @param {import("./phone.js").SimulatedPhone} phone */
function committed(phone, transaction) {
  if (transaction.durability === "relaxed") phone.unflushed.push(transaction._rollbackLog);
  else phone.unflushed = [];
  if (transaction._scope.has("outbox")) playing.world.accounts.meet(phone, entries_of(transaction.db._rawDatabase, "outbox"));
  if (transaction._scope.has("journal")) playing.world.accounts.meet_endings(entries_of(transaction.db._rawDatabase, "journal"));
}

function entries_of(database, store) {
  return [...(database.rawObjectStores.get(store)?.records.values() ?? [])].map((record) => record.value);
}

/** The values in a store of this phone's databases, as committed. @param {import("./phone.js").SimulatedPhone} phone @param {string} store */
export function on_disk(phone, store) {
  return [...phone.factory._databases.values()].flatMap((database) => entries_of(database, store));
}

/** @param {import("./phone.js").SimulatedPhone} phone */
export function device_of(phone) {
  for (const database of phone.factory._databases.values()) {
    for (const { key, value } of database.rawObjectStores.get("meta")?.records.values() ?? []) if (key === "device") return value;
  }
  return undefined;
}

/** Aborts a transaction. Without the name of an error it looks as if the code itself had done it. */
function cut(transaction, name = null) {
  if (transaction._state !== "finished" && transaction._state !== "committing") transaction._abort(name);
}

/** The process with these connections was killed. A transaction whose requests were all made may still be committed. */
export function abandon(phone, connections, chance) {
  for (const connection of connections) {
    for (const transaction of connection._rawDatabase.transactions.filter((each) => each.db === connection)) {
      const asked_to_the_end = transaction._started && transaction._requests.length === 0;
      if (!asked_to_the_end || chance.maybe(0.5)) cut(transaction, "AbortError");
    }
    connection.close();
  }
}

/** The browser closes connections by itself: transactions under way are aborted. */
export function lose_connections(phone, connections) {
  for (const connection of connections) {
    for (const transaction of connection._rawDatabase.transactions.filter((each) => each.db === connection)) cut(transaction, "AbortError");
    forceCloseDatabase(connection);
  }
}

/** @param {import("./phone.js").SimulatedPhone} phone */
export function erase(phone) {
  phone.factory._databases.clear();
  phone.unflushed = [];
}

/** Undoes the last commits that were not strict; chance says how many. */
export function lose_power(phone, chance) {
  const kept = chance.below(phone.unflushed.length + 1);
  for (const undo of phone.unflushed.splice(kept).reverse()) for (const step of undo.reverse()) step();
  phone.unflushed = [];
}

const COPIED = ["outbox", "journal", "meta", "replica", "blobs"];

/** Whether a transaction is writing, so that part of it is in the stores before it is committed. */
export function is_writing(phone) {
  const transactions = [...phone.factory._databases.values()].flatMap((database) => database.transactions);
  return transactions.some((each) => each.mode !== "readonly" && each._started && each._state !== "finished");
}

/** All records of a phone's database at this moment. */
export function profile_of(phone, name) {
  const found = phone.factory._databases.get(name)?.rawObjectStores;
  return COPIED.flatMap((store) => [...(found?.get(store)?.records.values() ?? [])].map(({ key, value }) => ({ store, key, value })));
}

/** Writes such records to another phone's database, as they are. */
export async function copy_disk(profile, db) {
  await db.transaction(COPIED, "readwrite", async (tx) => {
    for (const { store, key, value } of profile) {
      await tx.objectStore(store).put(value, ...(store === "meta" || store === "replica" ? [key] : []));
    }
  }, "strict");
}
