import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { keep_draft } from "../../sync/drafts.js";
import { pending_files, send_files } from "../../sync/files.js";
import { file_of, keep_file } from "../../sync/kept_files.js";
import * as outbox from "../../sync/outbox.js";
import { sync_now } from "../../sync/sender.js";
import { NOON, customer, id, killed, phone } from "./phone.js";
import { Server, faults, json } from "./server.js";

const PHOTO = new Blob([new Uint8Array(600_000).map((_, at) => (at * at) % 251)], { type: "image/jpeg" });
const DAY_MS = 86_400_000;

/** The lane of files by the rules of sync/README.md: who has attached what, how far each has come, what is complete. */
class Files {
  attached = new Set();
  sizes = new Map();
  received = new Map();
  complete = new Map();
  refuses = new Set();
  asked = [];
  rev = 100;

  constructor(server) {
    this.server = server;
  }

  told(status, sha256, more) {
    const { user_id, epoch } = this.server;
    return json(status, { sha256, user_id, epoch, ...more });
  }

  async fetch(address, { method, headers, body }) {
    const { sha256: hash, size } = method === "POST" ? JSON.parse(body) : { sha256: address.split("/")[2] };
    if (size) this.sizes.set(hash, size);
    const offset = Number(headers["Upload-Offset"]);
    this.asked.push(method === "POST" ? "POST" : offset);
    if (this.refuses.has(hash)) return this.told(422, hash, { code: "refused" });
    if (!this.attached.has(hash)) return json(404, { code: "not_found" });
    if (this.complete.has(hash)) return this.told(200, hash, { complete: true, rev: this.rev });
    const known = this.received.get(hash) ?? Buffer.alloc(0);
    if (method === "POST") return this.told(200, hash, { complete: false, offset: known.length, rev: this.rev });
    if (offset !== known.length) return json(409, { code: "offset", offset: known.length });
    const all = Buffer.concat([known, Buffer.from(await body.arrayBuffer())]);
    this.received.set(hash, all);
    if (all.length < this.sizes.get(hash)) return this.told(200, hash, { complete: false, offset: all.length, rev: this.rev });
    this.received.delete(hash);
    if (createHash("sha256").update(all).digest("hex") !== hash) return json(409, { code: "damaged" });
    this.complete.set(hash, all);
    return this.told(200, hash, { complete: true, rev: (this.rev += 1) });
  }
}

/** Alice's phone with a photo that was saved with a visit; `line`: what befalls each request of the lane, in order. */
async function company(line = [], own = {}) {
  const server = new Server();
  const files = new Files(server);
  server.write("customers", customer(1));
  const entries = server.fetch();
  const fetch = async (address, options) => {
    if (!address.startsWith("/files")) return entries(address, options);
    const fault = line.shift() ?? faults.none;
    return fault(null, () => files.fetch(address, options));
  };
  const timers = [];
  const db = phone({ fetch, set_timer: (work, milliseconds) => timers.push(milliseconds), ...own });
  const hash = await keep_file(db, PHOTO);
  await outbox.save(db, attach(hash));
  files.attached.add(hash);
  return { server, files, db, hash, timers, line };
}

function attach(sha256, number = 1) {
  const args = { attachment_id: id("a", number), visit_id: id("v", 1), customer_id: id("c", 1), sha256, size: PHOTO.size, media_type: "image/jpeg" };
  return { name: "visit.attach", args };
}

async function kept(db) {
  return db.read(["blobs"], (tx) => tx.objectStore("blobs").getAll());
}

test("a photo goes in pieces, once", async () => {
  const { db, files, hash } = await company();
  await send_files(db);
  assert.deepEqual(files.asked, ["POST", 0, 262144, 524288]);
  assert.equal(files.complete.get(hash).length, PHOTO.size);
  await send_files(db);
  assert.equal(files.asked.length, 4);
});

test("a line that is cut costs the last piece and no more", async () => {
  const { db, files, hash, timers } = await company([faults.none, faults.none, faults.no_connection]);
  await send_files(db);
  assert.deepEqual(files.asked, ["POST", 0]);
  assert.ok(timers.length > 0, "it is tried again");
  await send_files(killed(db));
  assert.deepEqual(files.asked, ["POST", 0, "POST", 262144, 524288]);
  assert.ok(files.complete.has(hash));
});

test("a piece whose answer was lost is not sent twice", async () => {
  const { db, files, hash } = await company([faults.none, async (_request, answer) => { await answer(); throw new TypeError("Failed to fetch"); }]);
  await send_files(db);
  await send_files(db);
  assert.deepEqual(files.asked, ["POST", 0, "POST", 262144, 524288]);
  assert.ok(files.complete.has(hash));
});

for (const name of ["captive_portal", "looks_like_ours", "redirected"]) {
  test(`${name} acknowledges nothing`, async () => {
    const { db, files, hash } = await company([faults[name], faults[name], faults[name]]);
    for (let times = 0; times < 3; times += 1) await send_files(db);
    assert.equal(files.complete.size, 0);
    assert.equal((await kept(db))[0].done, undefined);
    await send_files(db);
    assert.ok(files.complete.has(hash));
  });
}

test("what a bad proxy had kept of other answers acknowledges nothing: another file's, another user's, of before a restore", async () => {
  const kept = [];
  const { db, server, files, hash, line } = await company();
  await sync_now(db); // it knows the server's epoch
  const ours = { sha256: hash, user_id: server.user_id, epoch: server.epoch };
  for (const wrong of [{ sha256: "0".repeat(64) }, { user_id: id("u", 2) }, { epoch: "epoch-0" }]) {
    kept.push(json(200, { ...ours, complete: true, rev: 7, ...wrong }), json(422, { ...ours, code: "refused", ...wrong }));
  }
  kept.push(json(200, { complete: true, rev: 7 }));
  line.push(...kept.map((answer) => async () => answer));
  for (const _ of kept) await send_files(db);
  assert.equal(files.complete.size, 0);
  await send_files(db);
  assert.ok(files.complete.has(hash));
});

test("what the server finds to be something else is not sent again, and what is behind it goes", async () => {
  const { db, files, hash } = await company();
  const other = await keep_file(db, new Blob(["another"]));
  await outbox.save(db, attach(other, 2));
  files.attached.add(other);
  files.refuses.add(hash);
  await send_files(db);
  assert.ok(files.complete.has(other));
  await send_files(db);
  assert.equal((await file_of(db, hash)).size, PHOTO.size);
  assert.equal(files.asked.length, 3);
});

test("a photo whose entry is not there yet holds up none behind it", async () => {
  const { db, files, hash, timers } = await company();
  const other = await keep_file(db, new Blob(["another"]));
  await outbox.save(db, attach(other, 2));
  files.attached.add(other);
  files.attached.delete(hash);
  await send_files(db);
  assert.ok(files.complete.has(other));
  timers.length = 0;
  await send_files(db);
  assert.ok(!timers.includes(0), "what has to wait for its entry asks for no round by itself");
  files.attached.add(hash);
  await send_files(db);
  assert.ok(files.complete.has(hash));
});

/** As after a disk has failed. */
function overwritten(db, hash) {
  return db.transaction(["blobs"], "readwrite", async (tx) => {
    await tx.objectStore("blobs").put({ ...(await tx.objectStore("blobs").get(hash)), blob: new Blob(["something else"]) });
  });
}

test("a file that is damaged on the phone is told to its author, once, and holds up none behind it", async () => {
  const { db, server, files, hash } = await company();
  const other = await keep_file(db, new Blob(["another"]));
  await outbox.save(db, { ...attach(other, 2), label: "Kumar" });
  files.attached.add(other);
  for (const one of [hash, other]) await overwritten(db, one);
  const third = await keep_file(db, new Blob(["a third"]));
  await outbox.save(db, attach(third, 3));
  files.attached.add(third);
  for (let times = 0; times < 3; times += 1) {
    await send_files(db);
    await sync_now(db);
  }
  assert.deepEqual([...files.complete.keys()], [third]);
  assert.equal(await pending_files(db), 0, "they are entries now, and nobody waits for them");
  const told = await outbox.list(db);
  assert.deepEqual(told.map(({ state, code, label }) => [state, code, label]), [["parked", "lost", null], ["parked", "lost", "Kumar"]]);
  for (const { seq } of told) await outbox.discard(db, seq);
  await outbox.save(db, attach(await keep_file(db, PHOTO), 4)); // added once more
  await send_files(db);
  await sync_now(db);
  assert.equal(files.complete.get(hash).length, PHOTO.size);
  assert.deepEqual(await outbox.list(db), []);
  assert.ok(server.applied.every(([, name]) => name !== "entry.withdraw"), "the server knows nothing of it");
});

test("what the line has damaged, or the server cannot take now, is sent again, and those behind it go on", async () => {
  for (const answer of [json(409, { code: "damaged" }), json(500, { code: "error" })]) {
    const { db, files, hash, timers } = await company([faults.none, faults.none, async () => answer]);
    const other = await keep_file(db, new Blob(["another"]));
    await outbox.save(db, attach(other, 2));
    files.attached.add(other);
    await send_files(db);
    assert.deepEqual([...files.complete.keys()], [other]);
    assert.ok(timers.length > 0, "it is tried again");
    await send_files(db);
    assert.ok(files.complete.has(hash));
    assert.ok((await outbox.list(db)).every(({ withheld }) => !withheld));
  }
});

test("an upload that the server has given up midway begins again, however old its photo", async () => {
  let now = NOON;
  const { db, files, hash } = await company([faults.none, async () => json(404, { code: "not_found" })], { clock: () => now });
  await sync_now(db); // the entry is there, and only its photo is not
  now += 100 * DAY_MS;
  await send_files(db);
  assert.equal(await pending_files(db), 1);
  await send_files(db);
  assert.ok(files.complete.has(hash));
});

test("what is still to come in is counted, but for what nobody waits for", async () => {
  const { db, files, hash } = await company();
  files.attached.clear();
  await send_files(db);
  assert.equal(await pending_files(db), 1, "its entry is still to go");
  const [entry] = await outbox.list(db);
  await outbox.discard(db, entry.seq);
  assert.equal(await pending_files(db), 0, "taken back");
  await outbox.save(db, attach(hash, 2));
  assert.equal(await pending_files(db), 1, "attached once more");
  await sync_now(db);
  assert.equal(await pending_files(db), 1);
  await send_files(db);
  assert.equal(await pending_files(db), 0, "of an entry that the server does not know either");
  await outbox.save(db, attach(hash, 3));
  files.attached.add(hash);
  await send_files(db);
  assert.equal(await pending_files(db), 0, "it has come in");
});

test("what is attached once more is asked about once more, also while it is on its way", async () => {
  let attach_again = async () => undefined;
  const { db, files, hash } = await company([async (_request, answer) => { await attach_again(); return answer(); }]);
  attach_again = () => outbox.save(db, attach(hash, 2));
  await send_files(db);
  const asked = files.asked.length;
  await send_files(db);
  assert.deepEqual(files.asked.slice(asked), ["POST"], "saved while the first was sent");
  await send_files(db);
  assert.equal(files.asked.length, asked + 1);
  await outbox.save(db, attach(hash, 3));
  await send_files(db);
  assert.equal(files.asked.length, asked + 2);
});

test("what is still on its form is not sent, and what a server has logged without the phone is", async () => {
  const { db, files } = await company();
  const typed = await keep_file(db, new Blob(["typed"]));
  await keep_draft(db, "/visits/new", { photo: [`x ${typed} 5 image/jpeg`] });
  files.attached.add(typed);
  await send_files(db);
  assert.ok(!files.complete.has(typed));
  await keep_draft(db, "/visits/new", {});
  await send_files(db);
  assert.ok(files.complete.has(typed));
});

test("a photo stays until a backup has it, and two weeks more", async () => {
  let now = NOON;
  const { db, files, server, hash } = await company([], { clock: () => now });
  await sync_now(db, "saved");
  await send_files(db);
  now += 15 * DAY_MS;
  server.durable_rev = files.rev - 1;
  await outbox.save(db, { name: "noop", args: {} });
  await sync_now(db, "asked");
  await send_files(db);
  assert.ok(await file_of(db, hash), "no backup has it");
  server.durable_rev = files.rev;
  await outbox.save(db, { name: "noop", args: {} });
  await sync_now(db, "asked");
  await send_files(db);
  assert.equal(await file_of(db, hash), undefined);
});

test("a photo that was saved stays until the server has it, however long the phone lay in a drawer", async () => {
  let now = NOON;
  const { db, files, hash } = await company([], { clock: () => now });
  const dropped = await keep_file(db, new Blob(["of no entry"]));
  now += 100 * DAY_MS;
  await send_files(db);
  assert.ok(files.complete.has(hash));
  assert.equal(await file_of(db, dropped), undefined);
  await send_files(db);
  assert.equal(await file_of(db, hash), undefined, "it is as old as ever, and nobody waits for it");
});

test("a server that was restored is asked again, and gets what it lost", async () => {
  const { db, files, server, hash } = await company();
  await sync_now(db, "saved");
  await send_files(db);
  files.complete.clear();
  files.received.clear();
  server.epoch = "epoch-2";
  await sync_now(db, "asked");
  await send_files(db);
  assert.ok(files.complete.has(hash));
});

test("a server that was restored hears again what it had refused", async () => {
  const { db, files, server, hash } = await company();
  files.refuses.add(hash);
  await sync_now(db, "saved");
  await send_files(db);
  await send_files(db);
  assert.equal(files.asked.length, 1);
  server.epoch = "epoch-2";
  await sync_now(db, "asked");
  await send_files(db);
  assert.equal(files.asked.length, 2);
});

test("entries do not wait for a photo that is on its way", async () => {
  let go_on = () => {};
  const stuck = new Promise((resolve) => { go_on = () => resolve(undefined); });
  const { db, server } = await company([async (_request, answer) => { await stuck; return answer(); }]);
  const lane = send_files(db);
  const entry = await outbox.save(db, { name: "customer.add_tag", args: { customer_id: id("c", 1), tag: "now" } });
  await sync_now(db, "saved");
  assert.equal(server.times_applied(entry.id), 1);
  go_on();
  await lane;
});
