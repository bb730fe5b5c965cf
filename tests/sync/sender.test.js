import assert from "node:assert/strict";
import { test } from "node:test";
import { keep_draft } from "../../sync/drafts.js";
import * as outbox from "../../sync/outbox.js";
import { push_body, receipts_of } from "../../sync/exchange.js";
import { last_synced_at, subscribe, sync_now } from "../../sync/sender.js";
import { replay } from "../../sync/replay.js";
import { restart_afresh } from "../../sync/replica_writing.js";
import { settle, take_batch } from "../../sync/sending.js";
import { open_store } from "../../sync/store.js";
import { BOB, NOON, customer, id, killed, phone } from "./phone.js";
import { Server, faults, json } from "./server.js";

/** A server with one customer, and Alice's phone on a line with these faults, one a request. */
function company(line = [], own = {}) {
  const server = new Server();
  server.write("customers", customer(1));
  return { server, db: phone({ fetch: server.fetch(line), ...own }) };
}

const tag = (text) => ({ name: "customer.add_tag", args: { customer_id: id("c", 1), tag: text } });

async function journal(db) {
  return db.read(["journal"], (tx) => tx.objectStore("journal").getAll());
}

async function device_id(db) {
  return (await db.transaction(["meta"], "readwrite", (tx) => outbox.device_of(tx, db.ports))).device_id;
}

async function settled(db, server, entry) {
  assert.equal(await outbox.unsent_count(db), 0);
  assert.equal(server.times_applied(entry.id), 1);
}

test("what was saved is sent, acknowledged, moved to the journal and seen in the rows", async () => {
  const { server, db } = company();
  const entry = await outbox.save(db, tag("key account"));
  const outcome = await sync_now(db, "saved");
  assert.deepEqual(outcome, { state: "done", changed: true, problem: null });
  await settled(db, server, entry);
  const [kept] = await journal(db);
  assert.equal(kept.id, entry.id);
  assert.equal(kept.ending, "applied");
  const store = await open_store(db);
  const { customer: row } = await store.customer(id("c", 1));
  assert.deepEqual(row.tags, ["key account"]);
  assert.equal(row.waiting, undefined);
  assert.equal(await last_synced_at(db), "2026-11-23T12:00:00.000Z");
});

test("a request carries the token and the envelope of the contract, and takes no redirect", async () => {
  const { server, db } = company();
  await outbox.save(db, { ...tag("a"), label: "never sent", customer_id: id("c", 1) });
  await sync_now(db, "saved");
  const [{ options, body }] = server.requests;
  assert.equal(options.redirect, "manual");
  assert.equal(options.credentials, "same-origin");
  assert.equal(options.headers["X-CSRFToken"], "token");
  assert.deepEqual(Object.keys(body).sort(), ["changes", "device_id", "epoch", "protocol", "sent_at", "unsent", "user_id"]);
  assert.deepEqual(Object.keys(body.changes[0]).sort(), ["args", "base_rev", "group", "happened_at", "id", "name", "seq"]);
});

const NOTHING = ["another_type", "no_connection", "captive_portal", "looks_like_ours", "half_a_body", "redirected", "bad_gateway", "answer_lost"];
for (const fault of NOTHING) {
  test(`${fault.replaceAll("_", " ")}: nothing is acknowledged, and later it is applied once`, async () => {
    const { server, db } = company([faults[fault]]);
    const entry = await outbox.save(db, tag("once"));
    const first = await sync_now(db, "saved");
    assert.equal(first.state, "failed");
    assert.equal(await outbox.unsent_count(db), 1);
    assert.equal((await sync_now(db, "online")).state, "done");
    await settled(db, server, entry);
  });
}

const LIES = {
  "for another device": (body) => ({ ...body, device_id: id("d", 9) }),
  "for another user": (body) => ({ ...body, user_id: BOB }),
  "of an older protocol": (body) => ({ ...body, protocol: 0 }),
  "of a newer protocol": (body) => ({ ...body, protocol: 2 }),
  "with a receipt for another change": (body) => ({ ...body, receipts: [{ ...body.receipts[0], id: id("x", 1) }] }),
  "with a receipt for another number": (body) => ({ ...body, receipts: [{ ...body.receipts[0], seq: 7 }] }),
  "with a status nobody knows": (body) => ({ ...body, receipts: [{ ...body.receipts[0], status: "fine" }] }),
  "without receipts": (body) => ({ ...body, receipts: [] }),
  "with half of its fields": ({ receipts, device_id: device, user_id }) => ({ receipts, device_id: device, user_id }),
};
for (const [what, change] of Object.entries(LIES)) {
  test(`an answer ${what} acknowledges nothing`, async () => {
    const { server, db } = company([faults.altered(change)]);
    const entry = await outbox.save(db, tag("once"));
    assert.equal((await sync_now(db, "saved")).state, what === "of a newer protocol" ? "update_needed" : "failed");
    assert.equal(await outbox.unsent_count(db), 1);
    await sync_now(db, "online");
    await settled(db, server, entry);
  });
}

test("killed after the server has applied it and before the receipt came: applied once", async () => {
  const { server, db } = company([faults.answer_lost, faults.no_connection]);
  const entry = await outbox.save(db, tag("once"));
  await sync_now(db, "saved");
  const again = killed(db);
  assert.equal((await sync_now(again, "start")).state, "done");
  await settled(again, server, entry);
});

test("signed out: everything is kept, nothing else is asked, and it goes on after signing in", async () => {
  const { server, db } = company([faults.says(401, { code: "signed_out" })]);
  const entry = await outbox.save(db, tag("kept"));
  assert.equal((await sync_now(db, "saved")).state, "signed_out");
  assert.equal(server.requests.length, 1);
  assert.equal((await sync_now(db, "visible")).state, "done");
  await settled(db, server, entry);
});

test("lost: what was unsent is handed in, and then nothing is left on the phone", async () => {
  const wiped = (last_seq) => faults.says(401, { code: "signed_out", wipe: true, last_seq, epoch: "epoch-1" });
  const { server, db } = company([faults.none, faults.none, wiped(3), wiped(3)]);
  await outbox.save(db, tag("before"));
  await sync_now(db, "saved");
  for (const text of ["two", "three"]) await outbox.save(db, tag(text));
  await keep_draft(db, "/visits/new", { note: ["half a sentence"] });
  const { state, problem } = await sync_now(db, "saved");
  assert.deepEqual([state, problem], ["signed_out", "wiped"]);
  assert.deepEqual(server.requests.at(-2).body.changes.map(({ seq }) => seq), [2, 3], "it was all handed in");
  for (const name of ["outbox", "journal", "drafts", "blobs", "meta", "replica"]) {
    assert.deepEqual(await db.read([name], (tx) => tx.objectStore(name).getAll()), [], name);
  }
});

test("lost, at a server that was restored: what it has forgotten is handed in, too", async () => {
  const wiped = (last_seq) => faults.says(401, { code: "signed_out", wipe: true, last_seq, epoch: "epoch-2" });
  const another_history = faults.says(409, { code: "epoch", epoch: "epoch-2" });
  const { server, db } = company([faults.none, faults.none, another_history, wiped(0), wiped(2), wiped(2)]);
  const sent = await outbox.save(db, tag("on Tuesday"));
  await sync_now(db, "saved");
  const unsent = await outbox.save(db, tag("on Wednesday"));
  const { state, problem } = await sync_now(db, "saved");
  assert.deepEqual([state, problem], ["signed_out", "wiped"]);
  const { changes } = server.requests.findLast(({ path }) => path === "/sync/push").body;
  assert.deepEqual(changes.map(({ seq, id }) => [seq, id]), [[1, sent.id], [2, unsent.id]]);
  assert.deepEqual(await db.read(["journal"], (tx) => tx.objectStore("journal").getAll()), []);
});

test("lost, but the server has not taken all of it: what is unsent stays", async () => {
  const wiped = faults.says(401, { code: "signed_out", wipe: true, last_seq: 1, epoch: "epoch-1" });
  const { db } = company(Array(9).fill(wiped));
  for (const text of ["one", "two"]) await outbox.save(db, tag(text));
  assert.equal((await sync_now(db, "asked")).problem, "signed_out");
  assert.deepEqual((await outbox.list(db)).map(({ seq }) => seq), [2]);
});

test("lost, and cloned before: what is saved during the push is not let go of by the other's number", async () => {
  const wiped = faults.says(401, { code: "signed_out", wipe: true, last_seq: 2, epoch: "epoch-1" });
  /** @type {any} */
  const saved_meanwhile = async (/** @type {any[]} */ ...asked) => {
    await outbox.save(db, tag("meanwhile"));
    return wiped(...asked);
  };
  const { server, db } = company([saved_meanwhile, ...Array(9).fill(wiped)]);
  await outbox.save(db, tag("before"));
  assert.equal((await sync_now(db, "saved")).problem, "wiped");
  const pushes = server.requests.filter(({ path }) => path === "/sync/push").map(({ body }) => body.changes);
  assert.deepEqual(pushes.map((changes) => changes.map(({ seq, args }) => [seq, args.tag])), [[[1, "before"]], [[2, "meanwhile"]]]);
});

test("a proxy's 401 in HTML is not ours and signs nobody out", async () => {
  const { db } = company([async () => new Response("<h1>Proxy</h1>", { status: 401 })]);
  await outbox.save(db, tag("kept"));
  assert.equal((await sync_now(db, "saved")).state, "failed");
});

test("signed in as somebody else: the outbox is not sent and stays with its user", async () => {
  const { server, db } = company();
  server.user_id = BOB;
  await outbox.save(db, tag("Alice's"));
  assert.equal((await sync_now(db, "saved")).state, "wrong_user");
  assert.equal(server.applied.length, 0);
  assert.equal(await outbox.unsent_count(db), 1);
});

test("too old: says so, keeps everything, and what comes in still comes in", async () => {
  const { db } = company([faults.says(426, { code: "too_old", needs: 2 })]);
  await outbox.save(db, tag("kept"));
  const outcome = await sync_now(db, "saved");
  assert.equal(outcome.state, "update_needed");
  assert.equal((await (await open_store(db)).customers()).length, 1);
  assert.equal(await outbox.unsent_count(db), 1);
});

test("asked to wait: waits as long as asked, with jitter, unless the user asks", async () => {
  let now = NOON;
  const { server, db } = company([faults.says(503, { code: "later" }, { "Retry-After": "30" })], { clock: () => now });
  await outbox.save(db, tag("later"));
  assert.equal((await sync_now(db, "saved")).state, "later");
  assert.equal(server.requests.length, 1);
  now += 29_000;
  assert.equal((await sync_now(db, "online")).state, "later");
  assert.equal(server.requests.length, 1);
  now += 17_000;
  assert.equal((await sync_now(db, "online")).state, "done");
});

test("asked to wait, a phone whose clock is then set back by a day waits no day", async () => {
  let now = NOON;
  const { db } = company([faults.says(503, { code: "later" }, { "Retry-After": "30" })], { clock: () => now });
  await outbox.save(db, tag("later"));
  assert.equal((await sync_now(db, "saved")).state, "later");
  now -= 86_400_000;
  assert.equal((await sync_now(db, "online")).state, "done");
});

test("failing: the timer is patient, twice as long each time within five minutes, other signs are tried at once", async () => {
  const waits = [];
  const line = Array.from({ length: 24 }, () => faults.no_connection);
  const own = { set_timer: (_work, ms) => waits.push(ms) };
  const { server, db } = company(line, own);
  await outbox.save(db, tag("later"));
  for (let times = 0; times < 12; times += 1) await sync_now(db, "visible");
  const backoffs = waits.filter((ms) => ms !== 20_000 && ms !== 60_000);
  assert.equal(backoffs.length, 12);
  assert.ok(backoffs.every((ms, failures) => ms >= 1000 && ms <= Math.min(1000 * 2 ** (failures + 1), 300_000)));
  assert.ok(new Set(backoffs).size > 10);
  const asked = server.requests.length;
  assert.equal((await sync_now(db, "timer")).state, "later");
  assert.equal(server.requests.length, asked);
});

test("without a network the browser knows of nothing is tried", async () => {
  const { server, db } = company([], { online: () => false });
  assert.equal((await sync_now(db, "saved")).state, "offline");
  assert.equal(server.requests.length, 0);
});

test("a gap: sends from what the server expects, out of the journal", async () => {
  const { server, db } = company();
  const entries = [];
  for (const text of ["a", "b", "c"]) entries.push(await outbox.save(db, tag(text)));
  await sync_now(db, "saved");
  // The server loses the last two without a new epoch.
  const device = await device_id(db);
  server.last_seq.set(device, 1);
  for (const seq of [2, 3]) {
    server.receipts.delete(server.taken.get(`${device}/${seq}`));
    server.taken.delete(`${device}/${seq}`);
  }
  server.applied.splice(1);
  const fourth = await outbox.save(db, tag("d"));
  assert.equal((await sync_now(db, "saved")).state, "done");
  assert.deepEqual(server.applied.map(([applied]) => applied), [...entries, fourth].map((entry) => entry.id));
  assert.equal(await outbox.unsent_count(db), 0);
});

test("a server that has forgotten what it acknowledged gets it again, although nothing waits", async () => {
  const { server, db } = company();
  const entry = await outbox.save(db, tag("forgotten"));
  await sync_now(db, "saved");
  Object.assign(server, { last_seq: new Map(), taken: new Map(), receipts: new Map(), applied: [] });
  assert.equal((await sync_now(db, "timer")).state, "done");
  await settled(db, server, entry);
});

test("receipts that come after the numbers were given anew settle nothing", async () => {
  const { server, db } = company();
  const before = await outbox.save(db, tag("before the fork"));
  await sync_now(db, "saved");
  server.taken.set(`${await device_id(db)}/2`, id("x", 1));
  server.last_seq.set(await device_id(db), 2);
  const after = await outbox.save(db, tag("after the fork"));
  await sync_now(db, "saved");
  const waiting = await outbox.save(db, tag("on its way"));
  const batch = await take_batch(db, { limit: 500, parked: false });
  await replay(db, "epoch-2", batch.entries[0].seq - 1, batch.device_id);
  const receipt = { seq: waiting.seq, id: waiting.id, status: "applied", rev: 9, code: null, detail: null };
  assert.equal(await settle(db, batch, [receipt], { epoch: "epoch-2", durable_rev: 0 }), 0);
  assert.deepEqual((await outbox.list(db)).map((entry) => entry.id), [before.id, after.id, waiting.id]);
});

test("sent but not pulled yet: still on the screen, no longer waiting, even if a backup covers it already", async () => {
  const { server, db } = company([...Array(4).fill(faults.none), faults.no_connection]);
  await sync_now(db, "start");
  server.durable_rev = 1_000_000;
  await outbox.save(db, tag("sent"));
  assert.equal((await sync_now(db, "saved")).state, "done");
  await outbox.save(db, tag("not pulled"));
  assert.equal((await sync_now(db, "saved")).state, "failed");
  assert.equal(await outbox.unsent_count(db), 0);
  const { customer: row } = await (await open_store(killed(db))).customer(id("c", 1));
  assert.deepEqual([row.tags, row.waiting], [["not pulled", "sent"], undefined]);
});

test("what is parked is no longer laid over the rows", async () => {
  const { server, db } = company();
  server.parks.set("customer.add_tag", "conflict");
  await outbox.save(db, tag("no"));
  await sync_now(db, "saved");
  assert.deepEqual((await (await open_store(db)).customer(id("c", 1))).customer.tags, []);
});

test("restored while the phone was beginning its replica afresh: noticed by the page itself", async () => {
  const { server, db } = company();
  const backup = server.backup();
  const entry = await outbox.save(db, tag("tuesday"));
  await sync_now(db, "saved");
  await restart_afresh(db);
  server.restore(backup, "epoch-2");
  assert.equal((await sync_now(db, "timer")).state, "done");
  await settled(db, server, entry);
});

test("kept aside on Monday, let through on Tuesday, restored to Monday: let through again", async () => {
  const { server, db } = company();
  server.parks.set("customer.add_tag", "conflict");
  const entry = await outbox.save(db, tag("decided on Tuesday"));
  await sync_now(db, "saved");
  const backup = server.backup();
  server.parks.clear();
  await sync_now(db, "asked");
  assert.equal((await journal(db)).length, 1);
  server.restore(backup, "epoch-2");
  assert.equal((await sync_now(db, "timer")).state, "done");
  await settled(db, server, entry);
});

test("a gap that the journal no longer fills is closed: numbers are given anew, ids stay", async () => {
  const { server, db } = company();
  for (const text of ["a", "b"]) await outbox.save(db, tag(text));
  await sync_now(db, "saved");
  await db.transaction(["journal"], "readwrite", (tx) => tx.objectStore("journal").clear());
  Object.assign(server, { last_seq: new Map(), taken: new Map(), applied: [] });
  const third = await outbox.save(db, tag("c"));
  assert.equal(third.seq, 3);
  await sync_now(db, "saved");
  await settled(db, server, third);
  assert.equal((await journal(db))[0].seq, 1);
});

test("a fork: takes a new device id, numbers from 1, keeps the ids of changes", async () => {
  const { server, db } = company();
  const device = await device_id(db);
  server.last_seq.set(device, 1);
  server.taken.set(`${device}/1`, id("x", 1));
  const entries = [await outbox.save(db, tag("a")), await outbox.save(db, tag("b"))];
  assert.equal((await sync_now(db, "saved")).state, "done");
  assert.notEqual(await device_id(db), device);
  for (const entry of entries) await settled(db, server, entry);
  const fourth = await outbox.save(db, tag("c"));
  assert.equal(fourth.seq, 3);
});

test("restored from last night's backup: what came after is replayed, once, and the screen never empties", async () => {
  const { server, db } = company();
  const monday = await outbox.save(db, tag("monday"));
  await sync_now(db, "saved");
  const backup = server.backup();
  const tuesday = await outbox.save(db, tag("tuesday"));
  await sync_now(db, "saved");
  server.restore(backup, "epoch-2");
  assert.equal((await sync_now(db, "timer")).state, "done");
  assert.equal(server.times_applied(monday.id), 1);
  await settled(db, server, tuesday);
  const { customer: row } = await (await open_store(db)).customer(id("c", 1));
  assert.deepEqual(row.tags, ["monday", "tuesday"]);
});

test("what a proxy had kept from before a restore acknowledges nothing, though ids and numbers are the same", async () => {
  const { server, db } = company();
  const backup = server.backup();
  await outbox.save(db, tag("sent"));
  const before = await take_batch(db, { limit: 500, parked: false });
  const old = await server.push(JSON.parse(push_body(db.ports, before))).json();
  assert.equal(receipts_of(old, before)?.length, 1);
  await sync_now(db, "saved");
  server.restore(backup, "epoch-2");
  await replay(db, "epoch-2", 0, before.device_id);
  const after = await take_batch(db, { limit: 500, parked: false });
  assert.deepEqual(after.entries.map(({ seq, id: change_id }) => [seq, change_id]), before.entries.map(({ seq, id: change_id }) => [seq, change_id]));
  assert.equal(receipts_of(old, after), null);
});

test("restored while an entry waits and another is parked: all three end where they belong", async () => {
  const { server, db } = company();
  const backup = server.backup();
  server.parks.set("customer.edit", "conflict");
  const sent = await outbox.save(db, tag("sent"));
  const parked = await outbox.save(db, { name: "customer.edit", args: { customer_id: id("c", 1), fields: {} } });
  await sync_now(db, "saved");
  const waiting = await outbox.save(db, tag("waiting"));
  server.restore(backup, "epoch-2");
  await sync_now(db, "saved");
  assert.equal(server.times_applied(sent.id), 1);
  assert.equal(server.times_applied(waiting.id), 1);
  const [left, ...none] = await outbox.list(db);
  assert.deepEqual([left.id, left.state, none.length], [parked.id, "parked", 0]);
});

test("another stage of a customer's life is shown until the server has parked it, and then no more", async () => {
  const { server, db } = company();
  const shown = async () => (await (await open_store(db)).customer(id("c", 1))).customer;
  await sync_now(db, "start");
  const { lifecycle } = await shown();
  await outbox.save(db, { name: "customer.edit", args: { customer_id: id("c", 1), fields: { lifecycle: "lost" } } });
  assert.deepEqual([(await shown()).lifecycle, (await shown()).lifecycle_moves.length], ["lost", 1]);
  server.parks.set("customer.edit", "deleted");
  await sync_now(db, "saved");
  assert.deepEqual([(await shown()).lifecycle, (await shown()).lifecycle_moves ?? null], [lifecycle, null]);
});

test("an entry of a former device id is replayed after a restore, too", async () => {
  const { server, db } = company();
  const before = server.backup();
  const first = await outbox.save(db, tag("before the fork"));
  await sync_now(db, "saved");
  server.taken.set(`${await device_id(db)}/2`, id("x", 1));
  server.last_seq.set(await device_id(db), 2);
  const second = await outbox.save(db, tag("after the fork"));
  await sync_now(db, "saved");
  server.restore(before, "epoch-2");
  await sync_now(db, "timer");
  for (const entry of [first, second]) await settled(db, server, entry);
});

test("killed between learning of the restore and replaying: the replay still comes", async () => {
  const line = [];
  const { server, db } = company(line);
  const backup = server.backup();
  const entry = await outbox.save(db, tag("tuesday"));
  await sync_now(db, "saved");
  server.restore(backup, "epoch-2");
  line.push(faults.none, faults.no_connection);
  await sync_now(db, "visible");
  const again = killed(db);
  assert.equal((await sync_now(again, "start")).state, "done");
  await settled(again, server, entry);
});

test("too much at once: halves until it goes, groups stay whole", async () => {
  const { server, db } = company();
  const fetch = server.fetch();
  db.ports.fetch = async (address, options) => {
    const changes = options.body ? JSON.parse(options.body).changes : [];
    return changes.length > 4 ? json(413, { code: "too_large" }) : fetch(address, options);
  };
  for (let count = 0; count < 3; count += 1) await outbox.save(db, tag(`before ${count}`));
  const group = await outbox.save_all(db, [tag("one"), tag("two"), tag("three")]);
  for (let count = 0; count < 3; count += 1) await outbox.save(db, tag(`after ${count}`));
  assert.equal((await sync_now(db, "saved")).state, "done");
  assert.equal(await outbox.unsent_count(db), 0);
  const pushes = server.requests.filter(({ path }) => path === "/sync/push").map(({ body }) => body.changes.map((change) => change.id));
  const [with_group] = pushes.filter((ids) => ids.includes(group[0].id));
  assert.ok(group.every((entry) => with_group.includes(entry.id)));
});

test("one entry that no server can take makes room for those behind it and is shown to its author", async () => {
  const { server, db } = company();
  const fetch = server.fetch();
  db.ports.fetch = async (address, options) => ((options.body?.length ?? 0) > 1024 * 1024 ? json(413, { code: "too_large" }) : fetch(address, options));
  const huge = await outbox.save(db, tag("x".repeat(1_100_000)));
  const behind = await outbox.save(db, tag("behind"));
  await sync_now(db, "saved");
  assert.equal(server.times_applied(behind.id), 1);
  const [left] = await outbox.list(db);
  assert.deepEqual([left.id, left.state, left.code], [huge.id, "parked", "too_large"]);
  assert.equal(left.args.tag.length, 1_100_000);
});

test("what no server can take holds up nothing on a server that was restored, and is shown as before", async () => {
  const { server, db } = company();
  const fetch = server.fetch();
  db.ports.fetch = async (address, options) => ((options.body?.length ?? 0) > 1024 * 1024 ? json(413, { code: "too_large" }) : fetch(address, options));
  const backup = server.backup();
  const huge = await outbox.save(db, tag("x".repeat(1_100_000)));
  await sync_now(db, "saved");
  server.restore(backup, "epoch-2");
  const behind = await outbox.save(db, tag("behind"));
  assert.equal((await sync_now(db, "asked")).state, "done");
  assert.equal(server.times_applied(behind.id), 1);
  const [left, ...others] = await outbox.list(db);
  assert.deepEqual([left.id, left.state, left.code, others], [huge.id, "parked", "too_large", []]);
});

test("told as held is what the server does not keep: what waits, and what no server takes, but nothing that is parked there", async () => {
  const { server, db } = company();
  const fetch = server.fetch();
  db.ports.fetch = async (address, options) => ((options.body?.length ?? 0) > 1024 * 1024 ? json(413, { code: "too_large" }) : fetch(address, options));
  await outbox.save(db, tag("x".repeat(1_100_000)));
  await sync_now(db, "saved");
  server.parks.set("customer.add_tag", "not_allowed");
  await outbox.save(db, tag("parked"));
  await sync_now(db, "saved");
  server.parks.clear();
  await outbox.save_all(db, [tag("one"), tag("two")]);
  const { unsent, entries } = await take_batch(db, { limit: 500, parked: false });
  assert.deepEqual([unsent, entries.length], [3, 2]);
});

test("a small entry that is called too large is kept waiting: the proxy is ill, not the entry", async () => {
  const { db } = company([faults.says(413, { code: "too_large" })]);
  await outbox.save(db, tag("small"));
  assert.equal((await sync_now(db, "saved")).state, "failed");
  assert.equal((await outbox.list(db))[0].state, "waiting");
});

test("a parked entry stays in sight with its reason, and asking again applies it once the reason is gone", async () => {
  const { server, db } = company();
  server.parks.set("customer.add_tag", "not_allowed");
  const entry = await outbox.save(db, tag("kept"));
  await sync_now(db, "saved");
  const [parked] = await outbox.list(db);
  assert.deepEqual([parked.state, parked.code, parked.message], ["parked", "not_allowed", "because: not_allowed"]);
  server.parks.clear();
  await sync_now(db, "timer");
  assert.equal((await outbox.list(db)).length, 1);
  await sync_now(db, "asked");
  await settled(db, server, entry);
});

test("all that is parked is asked about, however many pushes it takes", async () => {
  const { server, db } = company();
  server.parks.set("customer.add_tag", "not_allowed");
  for (let count = 0; count < 5; count += 1) await outbox.save(db, tag(String(count).repeat(300_000)));
  const last = await outbox.save(db, tag("last"));
  await sync_now(db, "saved");
  server.parks.clear();
  for (const { id: change_id } of (await outbox.list(db)).slice(0, -1)) server.parks.set(change_id, "not_allowed");
  await sync_now(db, "asked");
  assert.equal(server.times_applied(last.id), 1);
  assert.equal(await outbox.unsent_count(db), 5);
});

test("a push that is stuck does not hold up a pull", async () => {
  const { db } = company([faults.says(500, { code: "error" })]);
  await outbox.save(db, tag("stuck"));
  assert.equal((await sync_now(db, "saved")).state, "failed");
  assert.equal((await (await open_store(db)).customers()).length, 1);
});

test("two tabs that send at the same time without locks apply everything once, in order", async () => {
  const { server, db } = company();
  const other = killed(db);
  const entries = [];
  for (const text of ["a", "b", "c"]) entries.push(await outbox.save(db, tag(text)));
  await Promise.all([sync_now(db, "saved"), sync_now(other, "saved")]);
  assert.deepEqual(server.applied.map(([applied]) => applied), entries.map((entry) => entry.id));
  assert.equal(await outbox.unsent_count(db), 0);
});

test("a second tab leaves the sending to the one that holds the lock", async () => {
  const locks = { request: async (_name, _options, work) => work(null) };
  const { server, db } = company([], { locks });
  assert.equal((await sync_now(db, "saved")).state, "busy");
  assert.equal(server.requests.length, 0);
});

test("saved while a round is running: it goes out with the next, and who asked waits for that", async () => {
  const { server, db } = company();
  const first = sync_now(db, "start");
  const entry = await outbox.save(db, tag("meanwhile"));
  await Promise.all([first, sync_now(db, "saved")]);
  await settled(db, server, entry);
});

test("listeners hear what the sender does by itself", async () => {
  const { db } = company();
  const heard = [];
  subscribe(db, (outcome) => heard.push(outcome.state));
  await sync_now(db, "start");
  await sync_now(db, "timer");
  assert.deepEqual(heard, ["done", "done"]);
});

test("a deadline ends a line that swallows everything", async () => {
  const own = { set_timer: (work, ms) => (ms === 20_000 || ms === 60_000 ? setImmediate(work) : 0) };
  own.fetch = (_address, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const db = phone(own);
  await outbox.save(db, tag("kept"));
  const outcome = await sync_now(db, "saved");
  assert.deepEqual([outcome.state, outcome.problem], ["failed", "deadline"]);
});

test("the journal forgets what a backup covers, once the rows show it, and what is older than 90 days", async () => {
  let now = NOON;
  const { server, db } = company([], { clock: () => now });
  await outbox.save(db, tag("covered"));
  await sync_now(db, "saved");
  assert.equal((await journal(db)).length, 1);
  server.durable_rev = server.rev;
  await outbox.save(db, tag("not covered"));
  await sync_now(db, "saved");
  assert.deepEqual((await journal(db)).map((entry) => entry.args.tag), ["not covered"]);
  now += 91 * 86_400_000;
  await sync_now(db, "saved");
  assert.equal((await journal(db)).length, 0);
});

test("a page cut off goes on where it stopped, in the next life of the worker", async () => {
  const line = [];
  const { server, db } = company(line);
  for (let number = 2; number <= 9; number += 1) server.write("customers", customer(number));
  server.page = 3;
  line.push(faults.none, faults.none, faults.no_connection);
  assert.equal((await sync_now(db, "start")).state, "failed");
  const again = killed(db);
  assert.equal((await open_store(again)).ready, false);
  const asked_before = server.requests.length;
  await sync_now(again, "start");
  assert.notEqual(server.requests[asked_before].query.get("cursor"), null);
  const store = await open_store(again);
  assert.equal(store.ready, true);
  assert.equal((await store.customers()).length, 9);
});

test("saved in the midst of a pull, an entry claims to know no more than the pull before had told", async () => {
  const line = [];
  const { server, db } = company(line);
  await sync_now(db, "start");
  const known = server.rev;
  for (const number of [2, 3]) server.write("customers", customer(number));
  server.page = 1;
  line.push(faults.none, faults.no_connection);
  assert.equal((await sync_now(db, "event")).state, "failed");
  assert.equal((await (await open_store(db)).customers()).length, 2);
  assert.equal((await outbox.save(db, tag("a"))).base_rev, known);
  await sync_now(db, "saved");
  assert.equal((await outbox.save(db, tag("b"))).base_rev, server.rev);
});

test("rows that have drifted are fetched afresh, once, and a server whose sums never fit does not make it spin", async () => {
  const { server, db } = company();
  await sync_now(db, "start");
  server.sums = { customers: "7-00000000" };
  server.write("customers", customer(2));
  assert.equal((await sync_now(db, "event")).state, "done");
  assert.ok(server.requests.length < 8);
  assert.equal((await (await open_store(db)).customers()).length, 2);
});

test("the next page is asked for while one is put away, and each page once", async () => {
  const { server, db } = company();
  for (let number = 2; number <= 9; number += 1) server.write("customers", customer(number));
  server.page = 2;
  /** @type {(string | null)[]} */
  const events = [];
  const { transaction } = db;
  db.transaction = async (...args) => {
    const result = await transaction.apply(db, args);
    if (args[0].includes("replica") && args[1] === "readwrite") events.push("put away");
    return result;
  };
  const { fetch } = db.ports;
  db.ports.fetch = (...args) => { events.push("asked"); return fetch(...args); };
  assert.equal((await sync_now(db, "start")).state, "done");
  assert.deepEqual(events.slice(0, 4), ["asked", "asked", "put away", "asked"]);
  const asked = server.requests.map(({ query }) => query.get("cursor"));
  assert.equal(new Set(asked).size, asked.length);
  assert.equal((await (await open_store(db)).customers()).length, 9);
});

test("a page in columns is read, and one whose columns are not of one length acknowledges nothing", async () => {
  const line = [];
  const { server, db } = company(line);
  const whole = { count: 2, rev: [3, 4], id_at: { all: null }, id: [id("c", 8), id("c", 9)], name: ["Eight", "Nine"], sort_key: ["8", "9"], tags: { all: [] } };
  const columns = (told) => faults.altered((body) => ({ ...body, columns: { customers: told } }));
  for (const broken of [{ ...whole, name: ["Eight"] }, { ...whole, count: "2" }, { ...whole, rev: undefined }, { ...whole, rev: {} }, null, []]) {
    line.push(columns(broken));
    assert.equal((await sync_now(db, "start")).problem, "not a page of a pull");
  }
  line.push(columns(whole));
  assert.equal((await sync_now(db, "start")).state, "done");
  const names = (await (await open_store(db)).customers()).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => ["Eight", "Nine"].includes(name)), ["Eight", "Nine"]);
  assert.equal(server.requests.length, 7);
});

test("a server that is newer speaks of another protocol and is understood all the same: update first", async () => {
  const { db } = company([async () => json(426, { protocol: 2, code: "too_old", needs: 2 })]);
  await outbox.save(db, tag("kept"));
  assert.equal((await sync_now(db, "saved")).state, "update_needed");
  assert.equal(await outbox.unsent_count(db), 1);
});

test("a server that is newer answers what comes in in its own protocol, too, and that hides nothing", async () => {
  const newer = faults.altered((body) => ({ ...body, protocol: 2 }));
  const { db } = company([async () => json(426, { protocol: 2, code: "too_old", needs: 2 }), newer, newer]);
  await outbox.save(db, tag("kept"));
  assert.equal((await sync_now(db, "saved")).state, "update_needed");
  assert.equal(await outbox.unsent_count(db), 1);
});

test("a server that is older is no server to believe, and everything waits", async () => {
  const { server, db } = company([async () => json(400, { protocol: 0, code: "bad_request" }), faults.altered((body) => ({ ...body, protocol: 0 }))]);
  const entry = await outbox.save(db, tag("kept"));
  assert.equal((await sync_now(db, "saved")).state, "failed");
  assert.equal(await outbox.unsent_count(db), 1);
  await sync_now(db, "asked");
  await settled(db, server, entry);
});

test("of a cloned profile, after a restore: a number that the server counts may be the twin's, so all of the journal is replayed", async () => {
  const { server, db } = company();
  const backup = server.backup();
  const entry = await outbox.save(db, tag("mine"));
  await sync_now(db, "saved");
  server.restore(backup, "epoch-2");
  server.last_seq.set(await device_id(db), 1);
  server.taken.set(`${await device_id(db)}/1`, id("x", 1)); // the twin was faster
  await sync_now(db, "online");
  await settled(db, server, entry);
});
