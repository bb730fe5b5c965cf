// The phone as a host: what it says on every page about how sending stands, and under whose name it keeps what waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone } from "../../pwa/phone.js";
import { outbox } from "../../pwa/views/outbox.js";
import { Reader } from "../../pwa/views/reader.js";
import { open_device_database, open_local_database, set_current_user } from "../../sync/local_database.js";
import { keep_file } from "../../sync/kept_files.js";
import { list, save } from "../../sync/outbox.js";
import { translator } from "../../pwa/translations.js";
import { ALICE, BOB, ME, customer, id, ports } from "../sync/phone.js";
import { Server, faults, json } from "../sync/server.js";

Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });

const TAG = { name: "customer.add_tag", args: { customer_id: id("c", 1), tag: "key account" } };

/** What the sender found out is told a little after it is done. */
const said = (pill, text) => until(() => pill().text === text);

async function until(true_) {
  while (!(await true_())) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Alice's phone with one entry that waits, on a line with these faults, and all that its pages are told. */
async function phone_with_an_entry(line, own = {}) {
  const server = new Server();
  server.write("customers", customer(1));
  const given = ports({ fetch: server.fetch(line), ...own });
  const told = [];
  const device = {
    updates: 0, tell: (message) => told.push(message), badge: async () => {}, fall_silent: async () => {}, take_down: async () => {}, wake_later: async () => {},
    async update() { this.updates += 1; },
  };
  const phone = new Phone(given, device);
  const db = open_local_database(ALICE, given);
  await save(db, TAG);
  const pill = () => told.findLast((message) => message.type === "pill").pill;
  return { phone, server, db, device, pill, told, hello: (drawn_at = 0) => phone.greet({ user_id: ALICE, remembered: null, drawn_at }) };
}

/** @param {any[]} entries */
function outbox_page(entries, standing = {}) {
  const reader = new Reader({ me: ME, now: "2026-11-23T12:00:00.000Z", time_zone: "UTC", t: translator("en"), new_id: () => "" });
  return outbox(reader, entries, { synced_at: null, tried_at: null, persisted: true, lost: 0, files: 0, trouble: null, ...standing });
}

const SAYS = {
  signed_out: [faults.says(401, { code: "signed_out" }), "Sign in to send"],
  update_needed: [faults.says(426, { code: "too_old", needs: 2 }), "Update needed"],
};

for (const [trouble, [fault, text]] of Object.entries(SAYS)) {
  test(`${trouble}: the pill says so, and no more once the server answers again`, async () => {
    const { phone, db, pill, hello } = await phone_with_an_entry([fault]);
    await hello();
    await said(pill, text);
    assert.deepEqual(pill(), { state: "trouble", text, unsent: 1 });
    assert.equal((await phone.standing(db)).trouble, trouble);
    await phone.sync("asked");
    await said(pill, "All sent");
    assert.equal((await phone.standing(db)).trouble, null);
  });
}

/** What is attached to a visit, as an entry. */
async function photo_on(db) {
  const sha256 = await keep_file(db, new Blob(["a pump"], { type: "image/jpeg" }));
  const args = { attachment_id: id("a", 1), visit_id: id("v", 1), customer_id: id("c", 1), sha256, size: 6, media_type: "image/jpeg" };
  await save(db, { name: "visit.attach", args });
  return sha256;
}

test("while a photo is on its way all is not sent, and when it has come in the pages hear of it", async () => {
  let answer = (/** @type {any} */ _) => {};
  const arrived = new Promise((resolve) => { answer = resolve; });
  const own = { fetch: (address, options) => (address.startsWith("/files") ? arrived : line(address, options)) };
  const { db, server, pill, told, hello } = await phone_with_an_entry([], own);
  const line = server.fetch([]);
  const sha256 = await photo_on(db);
  const greeted = hello();
  await until(() => told.some((message) => message.pill?.text === "1 file pending"));
  assert.equal(pill().state, "waiting");
  answer(json(200, { sha256, user_id: server.user_id, epoch: server.epoch, complete: true, rev: 9 }));
  await greeted;
  await said(pill, "All sent");
});

test("the first page of a worker that begins anew knows of photos that are on their way", async () => {
  const own = { fetch: (address, options) => (address.startsWith("/files") ? faults.no_connection() : line(address, options)) };
  const { db, device, server, pill, hello } = await phone_with_an_entry([], own);
  const line = server.fetch([]);
  await photo_on(db);
  await hello();
  await said(pill, "1 file pending");
  const anew = new Phone(db.ports, device);
  assert.equal((await anew.pill(translator("en"))).text, "1 file pending");
});

test("the outbox says what of its photos is still on its way, once their entries are gone", async () => {
  const { db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  const photo = { ...entry, args: { sha256: "ab" } };
  const said_of = (entries, files) => outbox_page(entries, { files }).summary;
  assert.equal(said_of([], 0), "Everything is sent.");
  assert.equal(said_of([], 2), "2 photos or files are still on their way.");
  assert.equal(said_of([photo], 1), "1 entry waits for a signal. It goes by itself.");
});

test("a page that was drawn before something came in, and could not hear it yet, is told once it can", async () => {
  const { pill, told, hello } = await phone_with_an_entry([]);
  const now = Date.parse("2026-11-23T12:00:00Z");
  const drawings = () => told.filter(({ type }) => type === "rows").length;
  await hello();
  await said(pill, "All sent");
  assert.equal(drawings(), 1);
  await hello(now + 1);
  assert.equal(drawings(), 1);
  await hello(now - 1);
  assert.equal(drawings(), 2);
});

test("the pages hear that they show what was before, of what none of them has saved", async () => {
  const timers = [];
  const { phone, told } = await phone_with_an_entry([], { set_timer: (then) => timers.push(then) });
  for (const type of ["saved", "rows"]) {
    phone.saved();
    const spreading = phone.spread_news(type);
    timers.pop()();
    await until(() => told.length > 0);
    assert.deepEqual(told[0], { type });
    await spreading;
    told.length = 0;
  }
});

test("a phone too old for its server looks for a newer version by itself", async () => {
  const { device, pill, hello } = await phone_with_an_entry([faults.says(426, { code: "too_old", needs: 2 })]);
  await hello();
  await said(pill, "Update needed");
  assert.equal(device.updates, 1);
});

test("a phone too full for what comes in says so, and keeps what waits", async (context) => {
  const { pill, db, hello } = await phone_with_an_entry([]);
  const put = IDBObjectStore.prototype.put;
  context.mock.method(IDBObjectStore.prototype, "put", function full(value, key) {
    if (this.name === "replica") throw new DOMException("full", "QuotaExceededError");
    return put.call(this, value, key);
  });
  await hello();
  await said(pill, "No room left");
  assert.equal((await db.read(["journal"], (tx) => tx.objectStore("journal").getAll())).length, 1);
});

test("a phone too full even to note what it sends says so, and keeps it", async (context) => {
  const { pill, db, hello } = await phone_with_an_entry([]);
  const put = IDBObjectStore.prototype.put;
  context.mock.method(IDBObjectStore.prototype, "put", function full(value, key) {
    if (this.name === "outbox") throw new DOMException("full", "QuotaExceededError");
    return put.call(this, value, key);
  });
  await hello();
  await said(pill, "No room left");
  assert.equal(pill().unsent, 1);
  assert.equal((await list(db)).length, 1);
});

test("a server out of reach is no trouble but a moment, which the outbox shows until it answers", async () => {
  const { phone, db, pill, hello } = await phone_with_an_entry([faults.no_connection, faults.no_connection]);
  await hello();
  await said(pill, "1 waiting");
  assert.equal((await phone.standing(db)).tried_at, "2026-11-23T12:00:00.000Z");
  await phone.sync("asked");
  await phone.sync("asked");
  await said(pill, "All sent");
  assert.equal((await phone.standing(db)).tried_at, null);
});

const FAILED = {
  "no connection": [faults.no_connection, false],
  "a hotel": [faults.captive_portal, false],
  "a proxy without its server": [faults.bad_gateway, false],
  "a bad request": [faults.says(400, { code: "bad_request" }), true],
  "a page that says 500": [async () => new Response("<h1>500</h1>", { status: 500 }), true],
  "too busy": [faults.says(503, {}), true],
};

for (const [what, [fault, answered]] of Object.entries(FAILED)) {
  test(`${what}: the outbox says ${answered ? "that the server answered" : "that it could not be reached"}`, async () => {
    const { phone, db, hello } = await phone_with_an_entry([fault, fault]);
    await hello();
    await until(async () => (await phone.standing(db)).tried_at);
    const { value } = outbox_page([], await phone.standing(db)).facts[1];
    assert.match(value, answered ? /The server answered with an error\./ : /The server could not be reached\./);
  });
}

test("what was handed to the network waits again once the server is known to be out of reach", async () => {
  const { db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  const state = (/** @type {any} */ tried_at) => outbox_page([{ ...entry, sent_at: "2026-11-23T11:59:00.000Z" }], { tried_at }).entries[0].state;
  assert.deepEqual([state(null), state("2026-11-23T12:00:00.000Z")], ["on its way", "waiting"]);
});

test("who has lost entries is not told in the same breath that everything is sent", () => {
  const said = (/** @type {number} */ lost) => outbox_page([], { lost }).summary;
  assert.deepEqual([said(0), said(2)], ["Everything is sent.", ""]);
});

test("what a manager has dismissed is not asked about again", async () => {
  const { db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  const can_ask = (/** @type {any} */ detail) => outbox_page([{ ...entry, state: "parked", detail }]).entries[0].can_ask;
  assert.deepEqual([can_ask(null), can_ask({ asked: true }), can_ask({ dismissed: true })], [true, false, false]);
});

test("what waits for a manager is not said to need its author", async () => {
  const { phone, db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  await phone.belong_to(ALICE);
  const stands = async (/** @type {any} */ detail) => {
    /** @type {any} */
    const parked = { ...entry, state: "parked", detail };
    const { text } = await phone.pill(translator("en"), { outbox: [parked], ready: true, lost: 0, is_new: false });
    const { entries, summary } = outbox_page([parked]);
    return [text, entries[0].state, summary];
  };
  assert.deepEqual(await stands(null), ["1 needs you", "needs you", "1 entry needs you. Nothing you typed is lost."]);
  assert.deepEqual(await stands({ asked: true }), ["1 waiting", "manager asked", ""]);
});

test("a new customer is named once, and one of its people is named beside it", async () => {
  const { db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  const row_of = (name, args) => outbox_page([{ ...entry, name, args, label: "Café am Markt", happened_at: "2026-11-23T09:41:00.000Z" }]).entries[0];
  const { what, detail } = row_of("customer.create", { name: "Café am Markt" });
  assert.deepEqual([what, detail], ["New customer · Café am Markt", "Today 09:41"]);
  assert.equal(row_of("contact.create", { name: "Eva Roth" }).detail, "Today 09:41 · Eva Roth");
});

test("where photos wait, it is said that an exported file holds none", async () => {
  const { db } = await phone_with_an_entry([]);
  const [entry] = await list(db);
  const photo = { ...entry, name: "visit.attach", args: { sha256: "ab" } };
  assert.deepEqual([[entry], [entry, photo]].map((entries) => outbox_page(entries).has_files), [false, true]);
});

test("signed out stays said while there is no signal", async () => {
  const line = [faults.says(401, { code: "signed_out" }), faults.no_connection, faults.no_connection];
  const { phone, db, pill, hello } = await phone_with_an_entry(line);
  await hello();
  await said(pill, "Sign in to send");
  await phone.sync("asked");
  await until(async () => (await phone.standing(db)).tried_at);
  assert.equal(pill().text, "Sign in to send");
});

test("somebody else is signed in: the page that was open says so, and remembers how many wait", async () => {
  const { phone, server, db, pill, hello } = await phone_with_an_entry([]);
  server.user_id = BOB;
  server.write("me", { ...ME, id: BOB });
  await hello();
  await said(pill, "Somebody else is signed in");
  assert.deepEqual(pill(), { state: "trouble", text: "Somebody else is signed in", unsent: 1 });
  assert.equal(phone.trouble, "wrong_user");
  assert.equal(await phone.in_use(), null);
  assert.deepEqual((await list(db)).map(({ state }) => state), ["waiting"]);
  await phone.greet({ user_id: BOB, remembered: null, drawn_at: 0 });
  assert.equal(phone.trouble, null);
  assert.equal(pill().unsent, 0);
});

test("a token that the server does not take any more is asked for anew at the pages", async () => {
  const { told, hello, server } = await phone_with_an_entry([faults.says(403, { code: "forged" })]);
  await hello();
  await until(async () => told.some((message) => message.type === "forged"));
  assert.equal(server.applied.length, 0);
});

/** The phone of before, in a browser that threw its data away while the app was running. @param {any} line */
async function evicted_phone(line = []) {
  const made = await phone_with_an_entry(line);
  const before = made.told.length;
  return { ...made, since: () => made.told.slice(before), last: () => made.told.findLast(({ type }) => type === "pill") };
}

test("a store that is new is never what the page remembers, until the page was asked what it remembered before", async () => {
  const { phone, db, last } = await evicted_phone();
  await set_current_user(open_device_database(db.ports), ALICE);
  await phone.sync("timer"); // before any page has said hello
  await said(() => last()?.pill ?? {}, "All sent");
  assert.deepEqual([last().of, last().is_new, last().pill.unsent], [ALICE, true, 0]);
  await phone.greet({ user_id: ALICE, remembered: 3, drawn_at: 0 });
  await said(() => last().pill, "3 need you");
  assert.deepEqual([last().of, last().is_new], [ALICE, false]);
  assert.equal((await phone.in_use()).store.lost, 3);
});

test("what was lost is still said when the worker starts anew", async () => {
  const { phone, db, device, pill } = await evicted_phone();
  await phone.greet({ user_id: ALICE, remembered: 3, drawn_at: 0 });
  await said(pill, "3 need you");
  await new Phone(db.ports, device).sync("asked");
  await said(pill, "3 need you");
});

test("a phone that knows nobody, as after its data was thrown away, never says that all is sent", async () => {
  const { phone } = await evicted_phone();
  assert.deepEqual(await phone.pill(translator("en")), { state: "trouble", text: "Sign in to send", unsent: 0 });
});

test("a wiped phone has not lost what it handed in", async () => {
  const wiped = faults.says(401, { code: "signed_out", wipe: true, last_seq: 1 });
  const { phone, device, db, told } = await evicted_phone([wiped, wiped, wiped]);
  device.forget_pages = async () => {};
  await phone.greet({ user_id: ALICE, remembered: 1, drawn_at: 0 });
  await until(async () => !(await db.read(["meta"], (tx) => tx.objectStore("meta").get("device"))));
  await until(() => told.at(-1).type === "pill" && told.at(-1).of === null);
  const last = told.findLast(({ of }) => of === ALICE);
  assert.deepEqual([last.pill.unsent, last.is_new], [0, false]);
  const wiped_at = told.indexOf(last);
  assert.ok(told.slice(wiped_at).some(({ type }) => type === "rows"), "the page that was open is drawn anew, by the server");
});
