// What arrives on the lock screen, and what a tap there does, on a phone with the real outbox and replica.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, fall_silent, move, take_down, tapped } from "../../pwa/notifications.js";
import { translator } from "../../pwa/translations.js";
import { Reader } from "../../pwa/views/reader.js";
import { still_so } from "../../pwa/views/today.js";
import { list } from "../../sync/outbox.js";
import { where_to_go_on } from "../../sync/puller.js";
import { apply_page } from "../../sync/replica_writing.js";
import { open_store } from "../../sync/store.js";
import { ALICE, BOB, ME, customer, follow_up, full_later, id, page, phone as device, put, visit } from "../sync/phone.js";

Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });

const arrived = new Map(); // in the one cache that these look into
globalThis.caches = { open: async () => ({ put: async (key, answer) => arrived.set(key, await answer.text()) }) };

const PROMISE = { path: `/customers/${id("c", 1)}`, user_id: ALICE, follow_up_id: id("f", 1), customer_id: id("c", 1) };

/** Alice's phone, with one customer to whom something is promised. */
async function phone_of_alice(user_id = ALICE) {
  const db = device();
  const me = { ...ME, time_zone: "Pacific/Kiritimati" }; // 14 hours ahead: it is the 24th there
  await apply_page(db, await where_to_go_on(db), page([put("me", me), put("customers", customer(1)), put("follow_ups", follow_up(1, 1))]));
  const synced = [];
  return {
    db, synced, news: 0, told: [],
    in_use: async () => ({ db, store: await open_store(db), reader_me: me }),
    user_id: async () => user_id,
    sync: async (why) => synced.push(why),
    saved() { this.news += 1; },
    async spread_news(type) { this.told.push(type); },
    csrf_token: async () => "token",
  };
}

function lock_screen(...shown) {
  const scope = { shown: [], opened: [], pages: [], unsubscribed: 0 };
  const subscription = { unsubscribe: async () => { scope.unsubscribed += 1; } };
  scope.registration = {
    showNotification: async (title, options) => void scope.shown.push({ title, ...options }),
    getNotifications: async () => shown,
    pushManager: { getSubscription: async () => subscription, subscribe: async (options) => ({ toJSON: () => ({ endpoint: "https://new", keys: {} }), options }) },
  };
  scope.clients = { matchAll: async () => scope.pages, openWindow: async (path) => scope.opened.push(path) };
  return scope;
}

const pushed = (data) => ({ data: { json: () => data } });
const message = (data = PROMISE) => pushed({ web_push: 8030, notification: { title: "Harbour Café", body: "Bring the 40 mm", tag: "due", data } });
const tap = (action, data = PROMISE) => ({ action, notification: { data, close() { this.closed = true; } } });

test("a reminder is shown as it came, and the phone fetches what is new", async () => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  await arrive(message(), phone, scope);
  assert.deepEqual(scope.shown, [{ title: "Harbour Café", body: "Bring the 40 mm", tag: "due", data: PROMISE }]);
  assert.deepEqual(phone.synced, ["push"]);
});

test("when a push last arrived is remembered, also of one that the browser shows by itself", async () => {
  for (const event of [message(), { ...pushed(null), notification: {} }]) {
    arrived.clear();
    const before = Date.now();
    await arrive(event, await phone_of_alice(), lock_screen());
    assert.ok(Number(arrived.get("push")) >= before);
  }
});

test("what a tap will open is known when it arrives, also of one that the browser shows by itself", async () => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  assert.equal(await arrive(message(), phone, scope), PROMISE.path);
  assert.equal(await arrive({ ...pushed(null), notification: { data: PROMISE } }, phone, scope), PROMISE.path);
  assert.equal(await arrive(pushed({}), phone, scope), "/today");
});

test("a phone too full to note when a push arrived fetches what is new", async (t) => {
  t.mock.method(caches, "open", async () => { throw new DOMException("full", "QuotaExceededError"); });
  const phone = await phone_of_alice();
  await arrive(message(), phone, lock_screen());
  assert.deepEqual(phone.synced, ["push"]);
});

test("every push shows something, whatever is in it", async () => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  const broken = { data: { json: () => { throw new SyntaxError("no JSON"); } } };
  for (const event of [broken, { data: null }, pushed({}), pushed({ notification: { title: "Somebody else's" } })]) await arrive(event, phone, scope);
  assert.deepEqual(scope.shown.map(({ title }) => title), ["Legwork", "Legwork", "Legwork", "Legwork"]);
});

test("what was on its way to who had this phone before says nothing of it", async () => {
  const [phone, scope] = [await phone_of_alice(BOB), lock_screen()];
  await arrive(message(), phone, scope);
  assert.deepEqual(scope.shown, [{ title: "Legwork" }]);
});

test("what the browser shows by itself is not shown again", async () => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  await arrive({ ...pushed(null), notification: { data: PROMISE } }, phone, scope);
  assert.deepEqual([scope.shown, phone.synced], [[], ["push"]]);
});

test("what the browser would show by itself to another user is replaced", async () => {
  const [phone, scope] = [await phone_of_alice(BOB), lock_screen()];
  await arrive({ ...pushed(null), notification: { title: "Harbour Café", data: PROMISE } }, phone, scope);
  assert.deepEqual(scope.shown, [{ title: "Legwork" }]);
});

test("Done and Tomorrow are changes in the outbox, without a signal, and no page opens", async () => {
  for (const [action, expected] of [
    ["done", { name: "follow_up.complete", args: { follow_up_id: id("f", 1) } }],
    ["tomorrow", { name: "follow_up.snooze", args: { follow_up_id: id("f", 1), due_on: "2026-11-25" } }],
  ]) {
    const [phone, scope, tapping] = [await phone_of_alice(), lock_screen(), tap(action)];
    await tapped(tapping, phone, scope);
    const [entry] = await list(phone.db);
    assert.deepEqual({ name: entry.name, args: entry.args }, expected);
    assert.equal(entry.label, "Customer 00001");
    assert.deepEqual([tapping.notification.closed, phone.news, phone.told, scope.opened], [true, 1, ["rows"], []]);
  }
});

test("Done on a phone that is full opens the screen where it still is to be done", async (t) => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  t.mock.method(console, "warn", () => undefined);
  t.mock.method(IDBObjectStore.prototype, "put", full_later(IDBObjectStore.prototype.put));
  await tapped(tap("done"), phone, scope);
  assert.deepEqual([phone.told, scope.opened], [[], [PROMISE.path]]);
});

test("Done of what is not on this phone, or another's, opens the screen instead", async () => {
  for (const data of [{ ...PROMISE, follow_up_id: id("f", 9) }, { ...PROMISE, user_id: BOB }]) {
    const [phone, scope] = [await phone_of_alice(), lock_screen()];
    await tapped(tap("done", data), phone, scope);
    assert.deepEqual([await list(phone.db), scope.opened], [[], [PROMISE.path]]);
  }
});

test("a tap opens the right screen, in the page that is open already", async () => {
  const [phone, scope] = [await phone_of_alice(), lock_screen()];
  await tapped(tap(""), phone, scope);
  await tapped(tap("log"), phone, scope);
  await tapped(tap("", {}), phone, scope);
  assert.deepEqual(scope.opened, [PROMISE.path, `/visits/new?customer=${id("c", 1)}`, "/today"]);
  const went = [];
  scope.pages = [{ focus: async () => went.push("focus"), navigate: async (path) => went.push(path) }];
  await tapped(tap(""), phone, scope);
  assert.deepEqual(went, ["focus", PROMISE.path]);
});

test("a notification is taken off the lock screen when nothing of it still is so, and no other is", async () => {
  const notes = [[1], [2], [1, 2], [1, 3], undefined].map((of) => ({ data: of ? { of: of.map((n) => id("f", n)), rev: 7 } : null, close() { this.closed = true; } }));
  await take_down(lock_screen(...notes).registration, 6, async () => assert.fail("does not know yet what they speak of"));
  await take_down(lock_screen(...notes).registration, 7, async () => [id("f", 2)]);
  assert.deepEqual(notes.map(({ closed }) => closed === true), [true, false, false, true, false]);
});

test("with nothing on the lock screen nobody looks what still is so", async () => {
  const other = { data: { path: "/outbox" }, close() { this.closed = true; } };
  await take_down(lock_screen(other).registration, 7, async () => assert.fail("looked"));
  assert.equal(other.closed, undefined);
});

test("what still is so: promises by today, visits planned, customers gone cold", async () => {
  const db = device();
  const day = (n) => new Date(db.ports.clock() + n * 86_400_000).toISOString();
  const planned = visit(1, 1, { started_at: null, planned_on: day(0).slice(0, 10) });
  await apply_page(db, await where_to_go_on(db), page([
    put("me", ME), put("customers", customer(1, { last_touch_at: day(-3) })), put("customers", customer(2, { last_touch_at: day(-40) })),
    put("follow_ups", follow_up(1, 1, { due_on: day(0).slice(0, 10) })), put("follow_ups", follow_up(2, 1, { due_on: day(2).slice(0, 10) })),
    put("visits", planned),
  ]));
  const reader = new Reader({ me: ME, now: day(0), time_zone: "UTC", t: translator("en"), new_id: () => "" });
  assert.deepEqual(await still_so(await open_store(db), reader), [id("f", 1), id("v", 1), id("c", 2)]);
});

test("who leaves the phone leaves nothing on its lock screen", async () => {
  const shown = { close() { this.closed = true; } };
  const scope = lock_screen(shown);
  await fall_silent(scope.registration);
  assert.deepEqual([shown.closed, scope.unsubscribed], [true, 1]);
});

test("where no notification can be shown none is taken down, as on an iPhone before the app is on its home screen", async () => {
  await take_down({}, 7, async () => assert.fail("looked"));
  await fall_silent({});
});

test("a subscription that the browser moves is told to the server with the key it had", async () => {
  const [phone, scope, sent] = [await phone_of_alice(), lock_screen(), []];
  globalThis.fetch = async (path, { body, headers }) => (sent.push([path, body.get("endpoint"), headers["X-CSRFToken"]]), new Response("{}"));
  await move({ oldSubscription: { options: { applicationServerKey: "key" } } }, phone, scope.registration);
  await move({ newSubscription: { toJSON: () => ({ endpoint: "https://given", keys: {} }) } }, phone, scope.registration);
  await move({}, phone, scope.registration);
  const path = "/more/reminders/subscription";
  assert.deepEqual(sent, [[path, "https://new", "token"], [path, "https://given", "token"]]);
});
