import assert from "node:assert/strict";
import { test } from "node:test";
import { forceCloseDatabase } from "fake-indexeddb";
import { LocalDatabase, current_user, open_device_database, open_local_database, set_current_user } from "../../sync/local_database.js";
import { list, save } from "../../sync/outbox.js";
import { ALICE, BOB, phone, ports } from "./phone.js";

const CHANGE = { name: "noop", args: {} };

/** The connections that are opened from here on. */
function connections(db) {
  const found = [];
  const open = db.ports.indexed_db.open.bind(db.ports.indexed_db);
  db.ports.indexed_db.open = (name, version) => {
    const request = open(name, version);
    request.addEventListener("success", () => found.push(request.result));
    return request;
  };
  return found;
}

test("two people on one phone never meet", async () => {
  const shared = ports();
  const [alice, bob] = [open_local_database(ALICE, shared), open_local_database(BOB, shared)];
  await save(alice, CHANGE);
  assert.equal((await list(bob)).length, 0);
  assert.equal((await list(alice)).length, 1);
});

test("the phone remembers who is signed in, or that nobody is", async () => {
  const device = open_device_database(ports());
  assert.equal(await current_user(device), null);
  for (const user_id of [ALICE, BOB, null]) {
    await set_current_user(device, user_id);
    assert.equal(await current_user(device), user_id);
  }
});

test("a connection that the system closed is opened again", async () => {
  const db = phone();
  const opened = connections(db);
  const save_another = (/** @type {string} */ tag) => save(db, { ...CHANGE, args: { ...CHANGE.args, tag } });
  await save_another("a");
  forceCloseDatabase(opened[0]);
  await save_another("b");
  opened[1].close(); // no event tells of this one
  await save_another("c");
  assert.equal((await list(db)).length, 3);
  assert.equal(opened.length, 3);
});

test("a newer version of the app does not wait for an old one, and the old one opens it no more", async () => {
  const shared = ports();
  const one = (database) => database.createObjectStore("outbox", { keyPath: "seq" });
  const old = new LocalDatabase("x", shared, [one], ALICE);
  await old.transaction(["outbox"], "readwrite", (tx) => tx.objectStore("outbox").put({ seq: 1, kept: true }));
  const next = new LocalDatabase("x", shared, [one, (database) => database.createObjectStore("more")], ALICE);
  const kept = await next.read(["outbox"], (tx) => tx.objectStore("outbox").getAll());
  assert.deepEqual(kept, [{ seq: 1, kept: true }]);
  await assert.rejects(old.read(["outbox"], (tx) => tx.objectStore("outbox").getAll()), { name: "VersionError" });
});

test("what throws within a transaction keeps nothing of it", async () => {
  const db = phone();
  await assert.rejects(db.transaction(["meta"], "readwrite", async (tx) => {
    await tx.objectStore("meta").put(1, "half");
    throw new Error("stop");
  }), /stop/);
  assert.equal(await db.read(["meta"], (tx) => tx.objectStore("meta").get("half")), undefined);
});
