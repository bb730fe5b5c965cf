import assert from "node:assert/strict";
import { test } from "node:test";
import { all_drafts, draft_of, drop_draft, keep_draft } from "../../sync/drafts.js";
import { pending_files } from "../../sync/files.js";
import { drop_file, file_of, keep_file } from "../../sync/kept_files.js";
import * as outbox from "../../sync/outbox.js";
import { bring_in, export_all } from "../../sync/outbox_file.js";
import { cut, units } from "../../sync/sending.js";
import { sync_now } from "../../sync/sender.js";
import { open_store } from "../../sync/store.js";
import { ALICE, full_later, id, killed, phone } from "./phone.js";
import { Server, faults } from "./server.js";

const tag = (text, more = {}) => ({ name: "customer.add_tag", args: { customer_id: id("c", 1), tag: text }, ...more });

async function journal(db) {
  return db.read(["journal"], (tx) => tx.objectStore("journal").getAll());
}

function attach(sha256) {
  const args = { attachment_id: id("a", 1), visit_id: id("v", 1), customer_id: id("c", 1), sha256, size: 5, media_type: "image/jpeg" };
  return { name: "visit.attach", args };
}

test("entries are numbered from 1 without holes and survive the end of the app", async () => {
  const db = phone();
  for (const text of ["a", "b"]) await outbox.save(db, tag(text));
  const again = killed(db);
  await outbox.save(again, tag("c"));
  assert.deepEqual((await outbox.list(again)).map(({ seq, args }) => [seq, args.tag]), [[1, "a"], [2, "b"], [3, "c"]]);
});

test("two tabs that save at the same moment never get the same number", async () => {
  const db = phone();
  const other = killed(db);
  await Promise.all(Array.from({ length: 20 }, (_, at) => outbox.save(at % 2 ? db : other, tag(String(at)))));
  assert.deepEqual((await outbox.list(db)).map(({ seq }) => seq), Array.from({ length: 20 }, (_, at) => at + 1));
});

test("saving is one strict transaction, and the entry is told only after it is complete", async () => {
  const db = phone();
  await outbox.list(db);
  const opened = [];
  const complete = [];
  const transaction = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function begin(stores, mode, options) {
    const tx = transaction.call(this, stores, mode, options);
    opened.push([mode, options?.durability]);
    tx.addEventListener("complete", () => complete.push(mode));
    return tx;
  };
  try {
    await outbox.save(db, tag("a"));
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
  assert.deepEqual(opened, [["readwrite", "strict"]]);
  assert.deepEqual(complete, ["readwrite"]);
});

test("a phone that is full says so, and keeps the draft and everything from before", async () => {
  const db = phone();
  await outbox.save(db, tag("before"));
  await keep_draft(db, "form", { note: ["typed"] });
  const { add } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.add = full_later(add);
  try {
    await assert.rejects(outbox.save(db, tag("too much"), { draft: "form" }), { name: "StorageFull" });
  } finally {
    IDBObjectStore.prototype.add = add;
  }
  assert.deepEqual((await draft_of(db, "form")).fields, { note: ["typed"] });
  const next = await outbox.save(db, tag("after"));
  assert.equal(next.seq, 2);
});

test("the draft goes with the save, and its photos become the entry's; of one that is gone its author is told", async () => {
  const db = phone();
  await keep_draft(db, "form", { note: ["typed"] });
  const hash = await keep_file(db, new Blob(["photo"]));
  const saved = await outbox.save_all(db, [tag("a"), attach(hash), attach("ff".repeat(32))], { draft: "form", apart: true });
  assert.deepEqual(saved.map(({ seq, name, withheld }) => [seq, name, withheld]),
    [[1, "customer.add_tag", undefined], [2, "visit.attach", undefined], [3, "noop", "lost"]]);
  assert.deepEqual(await all_drafts(db), []);
  const [blob] = await db.read(["blobs"], (tx) => tx.objectStore("blobs").getAll());
  assert.deepEqual([blob.hash, blob.entry_id], [hash, saved[0].id]);
});

test("a photo taken out of its form is gone, one that was saved is not", async () => {
  const db = phone();
  const [dropped, kept] = [await keep_file(db, new Blob(["one"])), await keep_file(db, new Blob(["two"]))];
  await outbox.save(db, attach(kept));
  assert.equal(await keep_file(db, new Blob(["two"])), kept);
  for (const hash of [dropped, kept]) await drop_file(db, hash);
  assert.equal(await file_of(db, dropped), undefined);
  assert.equal((await file_of(db, kept)).size, 3);
});

test("a photo taken out of its form stays while another shows it", async () => {
  const db = phone();
  const hash = await keep_file(db, new Blob(["one"]));
  for (const key of ["/visits/new?customer=1", "/visits/new?customer=2"]) await keep_draft(db, key, { photo: [`a ${hash} 3 image/jpeg`] });
  await drop_file(db, hash, "/visits/new?customer=1");
  assert.equal((await file_of(db, hash)).size, 3);
  await drop_draft(db, "/visits/new?customer=1");
  await drop_file(db, hash, "/visits/new?customer=2");
  assert.equal(await file_of(db, hash), undefined);
});

test("several saved at once are one group, and a group is never cut", async () => {
  const db = phone();
  const entries = [await outbox.save(db, tag("alone")), ...(await outbox.save_all(db, [tag("a"), tag("b"), tag("c")]))];
  assert.equal(entries[0].group, null);
  assert.equal(new Set(entries.slice(1).map(({ group }) => group)).size, 1);
  assert.deepEqual(units(entries).map((unit) => unit.length), [1, 3]);
  assert.equal(cut(entries, 2).length, 1);
  assert.equal(cut(entries.slice(1), 2).length, 3);
});

test("a batch holds at most 500 changes and 900 KiB", async () => {
  const [entry] = await outbox.save_all(phone(), [tag("x".repeat(10_000))]);
  const many = Array.from({ length: 600 }, (_, at) => ({ ...entry, seq: at + 1, args: {} }));
  assert.equal(cut(many, 500).length, 500);
  const large = Array.from({ length: 200 }, (_, at) => ({ ...entry, seq: at + 1 }));
  assert.ok(JSON.stringify(cut(large, 500)).length < 1024 * 1024);
  assert.ok(cut(large, 500).length > 80);
});

test("taken back before it was sent: keeps its number and id, and reaches the server as nothing", async () => {
  const server = new Server();
  const db = phone({ fetch: server.fetch() });
  const entry = await outbox.save(db, tag("no"));
  await outbox.discard(db, entry.seq);
  const next = await outbox.save(db, { name: "noted", args: {} });
  await sync_now(db, "saved");
  assert.deepEqual(server.applied, [[entry.id, "noop"], [next.id, "noted"]]);
  assert.equal(await outbox.unsent_count(db), 0);
});

test("taken back while it may have been applied: the journal holds what the server did", async () => {
  const server = new Server();
  const db = phone({ fetch: server.fetch([faults.answer_lost, faults.no_connection]) });
  const entry = await outbox.save(db, { name: "noted", args: { text: "x" } });
  await sync_now(db, "saved");
  await outbox.discard(db, entry.seq);
  await sync_now(db, "online");
  const [kept] = await journal(db);
  assert.equal(kept.name, "noted", "the journal holds what the server applied");
});

test("taken back before it was sent, its first answer lost: a replay sends it as nothing, too", async () => {
  const server = new Server();
  const db = phone({ fetch: server.fetch([faults.answer_lost, faults.no_connection]) });
  const entry = await outbox.save(db, { name: "noted", args: {} });
  await outbox.discard(db, entry.seq);
  await sync_now(db, "saved");
  await sync_now(db, "online");
  assert.equal((await journal(db))[0].name, "noop");
});

test("a group is taken back whole", async () => {
  const db = phone();
  const [, second] = await outbox.save_all(db, [tag("a"), tag("b")]);
  await outbox.discard(db, second.seq);
  assert.deepEqual((await outbox.list(db)).map(({ name }) => name), ["noop", "noop"]);
});

test("a visit is taken back with its photos, and a photo alone", async () => {
  const db = phone();
  const [one, other] = [id("v", 1), id("v", 2)];
  const entries = [];
  for (const [at, visit_id] of [one, one, other].entries()) {
    const sha256 = await keep_file(db, new Blob([`photo ${at}`]));
    entries.push(await outbox.save(db, { name: "visit.attach", args: { attachment_id: id("a", at), visit_id, customer_id: id("c", 1), sha256 } }));
  }
  const visit = await outbox.save(db, { name: "visit.log", args: { visit_id: one, customer_id: id("c", 1), started_at: "2026-11-23T11:00:00.000Z" } });
  const names = async () => (await outbox.list(db)).map(({ name }) => name);
  await outbox.discard(db, entries[0].seq);
  assert.deepEqual(await names(), ["noop", "visit.attach", "visit.attach", "visit.log"]);
  await outbox.discard(db, visit.seq);
  assert.deepEqual(await names(), ["noop", "noop", "visit.attach", "noop"]);
  assert.equal(await pending_files(db), 1, "the other's");
});

test("a parked entry can be taken back, or sent anew as it was edited; both stay in the journal", async () => {
  const server = new Server();
  server.parks.set("noted", "invalid");
  const db = phone({ fetch: server.fetch() });
  const [one, two] = [await outbox.save(db, { name: "noted", args: {}, label: "Huber" }), await outbox.save(db, { name: "noted", args: {} })];
  await sync_now(db, "saved");
  await outbox.discard(db, two.seq);
  const anew = await outbox.replace_parked(db, one.seq, { name: "edited", args: {} });
  assert.deepEqual([anew.seq, anew.label], [4, "Huber"]);
  await assert.rejects(outbox.replace_parked(db, anew.seq, { name: "edited", args: {} }), /not parked/);
  await sync_now(db, "saved");
  assert.equal(await outbox.unsent_count(db), 0);
  const endings = Object.fromEntries((await journal(db)).map((entry) => [entry.id, entry.ending]));
  const withdrawn = (await journal(db)).filter(({ name }) => name === "entry.withdraw").sort((a, b) => a.seq - b.seq);
  assert.deepEqual(withdrawn.map(({ args }) => args.change_id), [two.id, one.id], "the server lets neither through any more");
  assert.equal(withdrawn[1].group, anew.group, "the new one only if the old one was not let through");
  const [for_two, for_one] = withdrawn.map(({ id }) => id);
  assert.deepEqual(endings, {
    [one.id]: "replaced", [two.id]: "discarded", [anew.id]: "applied", [for_two]: "applied", [for_one]: "applied",
  });
});

/** An entry that was edited, sent anew and parked again, beside the withdrawal of what it was before. */
async function parked_twice(own_code) {
  const server = new Server();
  server.parks.set("noted", "invalid");
  const db = phone({ fetch: server.fetch() });
  const first = await outbox.save(db, { name: "noted", args: { note: "a" } });
  await sync_now(db, "saved");
  server.parks.set("entry.withdraw", own_code);
  const second = await outbox.replace_parked(db, first.seq, { name: "noted", args: { note: "b" } });
  await sync_now(db, "saved");
  assert.deepEqual((await outbox.list(db)).map(({ name, code }) => [name, code]), [["noted", "invalid"], ["entry.withdraw", own_code]]);
  return { db, first, second };
}

for (const [code, seen] of [["depends_on_parked", 1], ["conflict", 2]]) {
  test(`sent anew and parked again it is in sight once, and its withdrawal only if a manager was faster: ${code}`, async () => {
    const { db } = await parked_twice(code);
    assert.equal(outbox.in_sight(await outbox.list(db)).length, seen);
  });
}

test("what is discarded is out of sight, and a withdrawal alone is not", async () => {
  const server = new Server();
  server.parks.set("noted", "invalid");
  const db = phone({ fetch: server.fetch() });
  const { seq } = await outbox.save(db, { name: "noted", args: {} });
  await sync_now(db, "saved");
  await outbox.discard(db, seq);
  const { seq: next } = await outbox.save(db, { name: "tagged", args: {} });
  await outbox.discard(db, next);
  assert.deepEqual(outbox.in_sight(await outbox.list(db)).map(({ name }) => name), ["entry.withdraw"]);
});

test("what is edited twice takes the first withdrawal along: its group is not applied any more", async () => {
  const { db, first, second } = await parked_twice("depends_on_parked");
  const third = await outbox.replace_parked(db, second.seq, { name: "noted", args: { note: "c" } });
  const waiting = await outbox.list(db);
  assert.deepEqual(waiting.map(({ name, args }) => [name, args.note ?? args.change_id]), [
    ["noted", "c"], ["entry.withdraw", second.id], ["entry.withdraw", first.id],
  ]);
  assert.deepEqual(new Set(waiting.map(({ group }) => group)), new Set([third.group]));
});

for (const [code, left] of [["depends_on_parked", 2], ["conflict", 1]]) {
  test(`discarded after it was edited, its first version is taken back, too: ${code}`, async () => {
    const { db, first, second } = await parked_twice(code);
    await outbox.discard(db, second.seq);
    const waiting = await outbox.list(db);
    assert.deepEqual(waiting.map(({ args }) => args.change_id), [second.id, first.id].slice(0, left), "but not what was let through");
  });
}

test("discarded before it was sent anew, what it was before is taken back all the same", async () => {
  const server = new Server();
  server.parks.set("noted", "invalid");
  const db = phone({ fetch: server.fetch() });
  const first = await outbox.save(db, { name: "noted", args: { note: "a" } });
  await sync_now(db, "saved");
  const second = await outbox.replace_parked(db, first.seq, { name: "edited", args: { note: "b" } });
  await outbox.discard(db, second.seq);
  assert.deepEqual(outbox.in_sight(await outbox.list(db)).map(({ name, args }) => [name, args.change_id]), [["entry.withdraw", first.id]]);
  await sync_now(db, "saved");
  assert.deepEqual(server.applied.map(([, name]) => name), ["noop", "noop", "entry.withdraw"]);
});

test("the others of a parked group are sent anew with the one that is edited", async () => {
  const server = new Server();
  for (const name of ["noted", "tagged"]) server.parks.set(name, "invalid");
  const db = phone({ fetch: server.fetch() });
  const [noted] = await outbox.save_all(db, [{ name: "noted", args: {} }, { name: "tagged", args: { tag: "a" }, happened_at: "2026-11-23T11:00:00.000Z" }]);
  await sync_now(db, "saved");
  await db.transaction(["outbox"], "readwrite", async (tx) => {
    for (const entry of await tx.objectStore("outbox").getAll()) await tx.objectStore("outbox").put({ ...entry, base_rev: 7 });
  });
  await outbox.replace_parked(db, noted.seq, { name: "edited", args: {} });
  const waiting = await outbox.list(db);
  assert.deepEqual(waiting.map(({ base_rev }) => base_rev), [7, 7, 1, 1], "a visit before the customer was given away stays one");
  assert.deepEqual(waiting.map(({ name, state }) => [name, state]), ["edited", "tagged", "entry.withdraw", "entry.withdraw"].map((name) => [name, "waiting"]));
  assert.equal(waiting[1].happened_at, "2026-11-23T11:00:00.000Z");
});

test("everything can be taken out as one file, with the ids", async () => {
  const db = phone();
  const entry = await outbox.save(db, tag("a"));
  const file = JSON.parse(JSON.stringify(await export_all(db)));
  assert.equal(file.changes[0].id, entry.id);
  assert.equal(file.user_id, db.user_id);
});

test("what one phone has exported another one of the same user brings in, once, and the server gets it once", async () => {
  const server = new Server();
  const [db, other] = [phone(), phone({ fetch: server.fetch() })];
  await outbox.save(db, { name: "noted", args: {} });
  const gone = await outbox.save(db, { name: "noted", args: {} });
  await outbox.discard(db, gone.seq);
  const told = JSON.parse(JSON.stringify(await export_all(db)));
  told.changes[0].id = "01930000-0000-7000-8000-0000000000e1"; // the phones of tests count their ids alike
  const file = JSON.stringify(told);
  const own = await outbox.save(other, { name: "noted", args: {} });
  for (const count of [1, 0]) assert.equal(await bring_in(other, file), count);
  const [, came] = await outbox.list(other);
  assert.deepEqual([came.seq, came.id, came.state], [2, JSON.parse(file).changes[0].id, "waiting"]);
  await sync_now(other, "saved");
  assert.equal(await bring_in(other, file), 0);
  assert.equal(await outbox.unsent_count(other), 0, "what is in the journal is known too");
  assert.deepEqual(server.applied.map(([id]) => id), [own.id, came.id]);
});

test("another user's outbox, and what is none, is not brought in", async () => {
  const db = phone();
  await outbox.save(db, tag("a"));
  const file = await export_all(db);
  const before = await outbox.list(db);
  assert.equal(await bring_in(db, JSON.stringify({ ...file, user_id: id("u", 9) })), null);
  const broken = ["", "{", "null", "[]", "{}", '{"legwork_outbox":1}', JSON.stringify({ ...file, legwork_outbox: 2 }), JSON.stringify({ ...file, changes: [{ id: "x" }] })];
  for (const text of broken) assert.equal(await bring_in(db, text), null, text);
  assert.deepEqual(await outbox.list(db), before);
});

test("an entry that was damaged in its file is not brought in: it would hold up, or hide, all that is saved behind it", async () => {
  const db = phone();
  const visit = { visit_id: ALICE, customer_id: ALICE, started_at: "2026-11-23T11:00:00.000Z", outcome: "interested" };
  await outbox.save(phone({ indexed_db: db.ports.indexed_db }), { name: "visit.log", args: visit });
  const file = await export_all(db);
  const damages = [
    { id: "hello" }, { id: undefined }, { id: [ALICE] }, { name: 7 }, { name: null }, { group: 5 }, { args: "hello" }, { args: null }, { args: [] },
    { args: { ...visit, customer_id: {} } }, { args: { ...visit, visit_id: null } }, { args: { ...visit, note: 5 } }, { name: "from.tomorrow", args: "hello" }, { args: "hello", state: "parked" },
  ];
  const other = phone();
  const brought = (damage) => bring_in(other, JSON.stringify({ ...file, changes: [file.changes[0], { ...file.changes[0], ...damage }] }));
  for (const damage of damages) assert.equal(await brought(damage), null, JSON.stringify(damage));
  assert.equal(await bring_in(other, JSON.stringify({ ...file, changes: [null] })), null);
  assert.deepEqual(await outbox.list(other), []);
  // Left to the server, which knows more.
  const others = [{ name: "from.tomorrow" }, { args: { ...visit, outcome: "unheard of" } }];
  for (const [at, more] of others.entries()) assert.equal(await brought({ ...more, id: `01930000-0000-7000-8000-00000000000${at}` }), at === 0 ? 2 : 1);
  assert.deepEqual((await outbox.list(other)).map(({ state }) => state), ["waiting", "waiting", "waiting"]);
});

const lost_of = async (db) => (await open_store(db)).lost;

test("a store the browser has thrown away is noticed by the count that outlived it, and said until it was read", async () => {
  const db = phone();
  await outbox.note_eviction(db, 3);
  assert.equal(await lost_of(killed(db)), 3);
  await outbox.note_eviction(killed(db), 5);
  assert.equal(await lost_of(db), 3, "a store in use is not empty by accident");
  await outbox.forget_eviction(db);
  assert.equal(await lost_of(db), 0);
});

test("a store that was written to before anybody could ask is new all the same", async () => {
  const db = phone();
  await outbox.save(db, tag("after"));
  assert.equal((await open_store(db)).is_new, true);
  await outbox.note_eviction(db, 3);
  assert.deepEqual([await lost_of(db), (await open_store(db)).is_new], [3, false]);
  assert.equal((await outbox.save(db, tag("later"))).seq, 2, "and goes on counting");
});

test("a store from before this was asked is not new", async () => {
  const db = phone();
  await db.transaction(["meta"], "readwrite", (tx) => tx.objectStore("meta").put({ device_id: id("d", 1), next_seq: 1, next_mark: 1, acked_seq: 0 }, "device"));
  await outbox.note_eviction(db, 3);
  assert.equal(await lost_of(db), 0);
});

test("a new phone and a sent outbox are no eviction", async () => {
  for (const remembered of [null, 0]) {
    const db = phone();
    await outbox.note_eviction(db, remembered);
    assert.equal(await lost_of(db), 0);
  }
});

test("what was thrown away is told to the server once, even with nothing to send", async () => {
  const server = new Server();
  const db = phone({ fetch: server.fetch([faults.answer_lost]) });
  await outbox.note_eviction(db, 3);
  for (const why of ["saved", "asked", "asked"]) await sync_now(db, why);
  const told = server.requests.filter(({ path }) => path === "/sync/push").map(({ body }) => [body.evicted, body.changes.length]);
  const evicted = { lost: 3, at: "2026-11-23T12:00:00.000Z" };
  assert.deepEqual(told, [[evicted, 0], [evicted, 0]], "again after an answer that was lost, and then no more");
  await outbox.save(db, tag("later"));
  await sync_now(db, "asked");
  assert.deepEqual([server.requests.findLast(({ path }) => path === "/sync/push").body.evicted, await lost_of(db)], [undefined, 3]);
});

test("a second tap saves nothing twice, even at the same moment", async () => {
  const db = phone();
  const visit = { name: "visit.log", args: { visit_id: id("v", 1), customer_id: id("c", 1), outcome: "interested" } };
  const taps = await Promise.all([outbox.save(db, visit), outbox.save(db, visit)]);
  assert.equal(taps[0].id, taps[1].id);
  const next = await outbox.save(db, { ...visit, args: { ...visit.args, visit_id: id("v", 2) } });
  assert.deepEqual((await outbox.list(db)).map(({ seq }) => seq), [1, 2]);
  assert.equal(next.seq, 2);
});

test("a second tap a few steps on is the same, but what another tab says under the same id is kept", async () => {
  const db = phone();
  const visit = { visit_id: id("v", 1), customer_id: id("c", 1), outcome: "interested", note: "Wants a quote" };
  const first = await outbox.save(db, { name: "visit.log", args: visit });
  const place = { latitude: 48.1, longitude: 11.6 };
  const again = await outbox.save(db, { name: "visit.log", args: { ...visit, place } });
  assert.equal(again.id, first.id);
  await outbox.save(db, { name: "visit.log", args: { ...visit, note: "And a sample" } });
  assert.deepEqual((await outbox.list(db)).map(({ args }) => args.note), ["Wants a quote", "And a sample"]);
});

test("a second tap on a button that makes nothing waits once, and what came between is kept", async () => {
  const db = phone();
  const [given, ticked, undone] = [
    { name: "customer.assign", args: { customer_id: id("c", 1), from: id("a", 1), to: id("b", 1) } },
    ...["complete", "reopen"].map((verb) => ({ name: `follow_up.${verb}`, args: { follow_up_id: id("f", 1) } })),
  ];
  const taps = await Promise.all([outbox.save(db, given), outbox.save(db, given)]);
  assert.equal(taps[0].id, taps[1].id);
  for (const change of [ticked, ticked, undone, ticked]) await outbox.save(db, change);
  const names = ["customer.assign", "follow_up.complete", "follow_up.reopen", "follow_up.complete"];
  assert.deepEqual((await outbox.list(db)).map(({ name }) => name), names);
});

test("what is edited goes out, whatever waits under its id", async () => {
  const server = new Server();
  server.parks.set("visit.log", "invalid");
  const db = phone({ fetch: server.fetch() });
  const visit = (note) => ({ name: "visit.log", args: { visit_id: id("v", 1), customer_id: id("c", 1), outcome: "interested", note } });
  const { seq } = await outbox.save(db, visit("first"));
  await sync_now(db, "saved");
  await outbox.save(db, visit("saved in another tab"));
  await outbox.replace_parked(db, seq, visit("edited"));
  const notes = (await outbox.list(db)).filter(({ name }) => name === "visit.log").map(({ args }) => args.note);
  assert.deepEqual(notes, ["saved in another tab", "edited"]);
});

test("what is done again on purpose is saved again: done, not done, done", async () => {
  const db = phone();
  const of = { follow_up_id: id("f", 1) };
  for (const name of ["follow_up.complete", "follow_up.reopen", "follow_up.complete"]) await outbox.save(db, { name, args: of });
  for (const due_on of ["2026-12-01", "2026-12-08"]) await outbox.save(db, { name: "follow_up.snooze", args: { ...of, due_on } });
  assert.deepEqual((await outbox.list(db)).map(({ seq }) => seq), [1, 2, 3, 4, 5]);
});
