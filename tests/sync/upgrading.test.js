// A phone that an earlier version of the app has left opens with this one: nothing is lost, all of it is sent once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { draft_of } from "../../sync/drafts.js";
import { file_of } from "../../sync/kept_files.js";
import { LocalDatabase, open_local_database } from "../../sync/local_database.js";
import { list, note_eviction, save, unsent_count } from "../../sync/outbox.js";
import { replica_state } from "../../sync/replica.js";
import { sync_now } from "../../sync/sender.js";
import { open_store } from "../../sync/store.js";
import { SCHEMAS, leave } from "./earlier_schemas.js";
import { ALICE, customer, id, killed, phone, ports } from "./phone.js";
import { Server } from "./server.js";

const ABOUT = { user_id: ALICE, customer_id: id("c", 1), visit_ids: [1, 2, 3].map((number) => id("v", number)) };

/** Stores, keys and indexes, once today's version has opened it. */
async function shape_of(db) {
  await list(db);
  const database = await new Promise((resolve) => {
    db.ports.indexed_db.open(db.name).onsuccess = ({ target }) => resolve(target.result);
  });
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names);
  const shape = names.map((name) => [name, transaction.objectStore(name).keyPath, [...transaction.objectStore(name).indexNames]]);
  database.close();
  return shape;
}

/** That phone with a server that has heard what it had acknowledged, and what its answer was lost of. */
async function left_by(version) {
  const server = new Server();
  server.write("customers", customer(1));
  const given = ports({ fetch: server.fetch() });
  await leave(given.indexed_db, Number(version), ABOUT);
  const { journal: [done], outbox: [sent] } = SCHEMAS[version].records(ABOUT);
  const changes = [done, sent].map(({ seq, id: change_id, name, args }) => ({ seq, id: change_id, name, args }));
  await server.fetch()("/sync/push", { body: JSON.stringify({ device_id: done.device_id, user_id: ALICE, epoch: null, changes }) });
  server.requests.length = 0;
  return { server, db: open_local_database(ALICE, given) };
}

test("every version that was shipped is known as it was", () => {
  assert.deepEqual(Object.keys(SCHEMAS), open_local_database(ALICE, ports()).migrations.map((_, at) => String(at + 1)));
});

for (const version of Object.keys(SCHEMAS)) {
  test(`left by version ${version}: nothing is lost, and all of it is sent once`, async () => {
    const { server, db } = await left_by(version);
    assert.deepEqual((await list(db)).map(({ seq, name }) => [seq, name]), [[2, "visit.log"], [3, "visit.log"], [4, "noop"]]);
    const added = await save(db, { name: "customer.add_tag", args: { customer_id: id("c", 1), tag: "new" } });
    assert.equal(added.seq, 5);
    assert.equal((await sync_now(db, "start")).state, "done");
    assert.equal(await unsent_count(db), 0);
    assert.deepEqual(server.applied.map(([, name]) => name), ["visit.log", "visit.log", "visit.log", "noop", "customer.add_tag"]);
    assert.equal(new Set(server.applied.map(([change_id]) => change_id)).size, 5);
    assert.equal((await draft_of(db, `/visits/new?customer=${id("c", 1)}`)).fields.note[0], "Half a sentence");
    assert.equal(await (await file_of(db, "a".repeat(64))).text(), "of a visit");
  });

  test(`left by version ${version}: what it knew of an eviction is still said, and no other is made up`, async () => {
    const { server, db } = await left_by(version);
    await note_eviction(db, 3);
    assert.equal((await open_store(db)).lost, 2);
    await sync_now(db, "start");
    assert.deepEqual(server.requests[0].body.evicted, { lost: 2, at: "2026-11-19T08:00:00.000Z" });
  });

  test(`left by version ${version}: a store like one made today`, async () => {
    const { db } = await left_by(version);
    const shape = await shape_of(db);
    assert.deepEqual(shape, await shape_of(open_local_database(ALICE, ports())));
    assert.ok(shape.some(([name, key, indexes]) => name === "journal" && key === "id" && indexes.length === 3));
  });
}

test("an upgrade cut off halfway leaves the phone as it was, and is done the next time", async () => {
  const { db } = await left_by(1);
  const cut = new LocalDatabase(db.name, db.ports, [...db.migrations, (database, transaction) => {
    database.deleteObjectStore("outbox");
    transaction.abort();
  }], ALICE);
  await assert.rejects(list(cut));
  assert.equal((await list(db)).length, 3);
  await db.close();
  const whole = new LocalDatabase(db.name, db.ports, [...db.migrations, (database) => void database.createObjectStore("more")], ALICE);
  assert.equal((await list(whole)).length, 3);
});

/** The rows as a version has left them that knew no sales: it kept them, and no list of its own named them. @param {Server} server */
async function with_rows_of_another_shape(server) {
  server.write("customers", customer(1));
  server.write("opportunities", { id: id("o", 1), customer_id: id("c", 1), name: "Seals", deleted_at: null });
  const db = phone({ fetch: server.fetch() });
  await sync_now(db, "start");
  await db.transaction(["replica", "meta"], "readwrite", async (tx) => {
    const state = await replica_state(tx);
    delete state.live.shape;
    const [replica, key] = [tx.objectStore("replica"), "000001/agenda/000000"];
    await replica.put((await replica.get(key)).map(([customer_id, { opportunities: _opportunities, ...agenda }]) => [customer_id, agenda]), key);
    await tx.objectStore("meta").put(state, "replica");
  });
  server.requests.length = 0;
  return killed(db);
}

test("rows that another version kept come anew, all of them once, and are shown until then", async () => {
  const server = new Server();
  const db = await with_rows_of_another_shape(server);
  server.page = 1;
  await save(db, { name: "customer.add_tag", args: { customer_id: id("c", 1), tag: "new" } });
  const opened = [];
  server.pull = async function pull(query) {
    opened.push((await open_store(db)).ready);
    return Server.prototype.pull.call(this, query);
  };
  assert.equal((await sync_now(db, "start")).state, "done");
  assert.deepEqual((await (await open_store(db)).agenda()).opportunities.map((row) => row.name), ["Seals"]);
  assert.deepEqual((await (await open_store(db)).customer(id("c", 1))).customer.tags, ["new"]);
  assert.ok(opened.length > 1 && opened.every(Boolean));
  assert.deepEqual(server.requests.filter(({ path }) => path === "/sync/pull").map(({ query }) => query.has("cursor")), [false, ...Array(opened.length - 1).fill(true)]);
  server.requests.length = 0;
  await sync_now(killed(db), "start");
  assert.deepEqual(server.requests.map(({ query }) => query.has("cursor")), [true]);
});

test("a first copy that another version had begun begins anew", async () => {
  const server = new Server();
  const db = await with_rows_of_another_shape(server);
  await db.transaction(["meta"], "readwrite", async (tx) => {
    const state = await replica_state(tx);
    state.live.complete = false;
    await tx.objectStore("meta").put(state, "replica");
  });
  assert.equal((await sync_now(db, "start")).state, "done");
  assert.deepEqual((await (await open_store(db)).agenda()).opportunities.map((row) => row.name), ["Seals"]);
});
