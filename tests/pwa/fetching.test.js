// Who answers: the phone, the server, or a page that says why neither can.
import assert from "node:assert/strict";
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, test } from "node:test";
import { answer_to } from "../../pwa/fetching.js";

const ORIGIN = "https://legwork.test";
const CUSTOMER = `${ORIGIN}/customers/0199f2a0-0000-7000-8000-000000000001`;
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });

let asked_server, told_server, unreachable, someone_else, host, mine, answer_of_server, is_full;

beforeEach(() => {
  [asked_server, told_server, unreachable, someone_else, mine, answer_of_server] = [[], [], false, false, new Map(), () => new Response("from the server")];
  is_full = false;
  globalThis.fetch = async (asked, options) => {
    const request = asked instanceof Request ? asked : new Request(new URL(asked, ORIGIN), options);
    asked_server.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.body) told_server.push(await request.formData());
    if (unreachable) throw new TypeError("failed");
    const answer = await answer_of_server();
    if (!someone_else) answer.headers.set("x-request-id", "1"); // the server's mark on all it answers
    return answer;
  };
  host = { build: { version: "1", assets: ["/static/app.js"], catalogs: {}, later: [] }, phone: phone_of(null), caches: caches_in_memory(), origin: ORIGIN };
});

function phone_of(in_use) {
  return {
    belongs: "alice", owes: null, owed: async () => host.phone.owes, in_use: async () => in_use, pill: async () => ({ state: "sent", text: "All sent", unsent: 0 }),
    belong_to(user, owed = null) { [this.belongs, this.owes] = [user, owed]; }, sync: async () => {}, spread_news: async () => {}, speak: async () => {},
  };
}

test("an outbox that somebody else's session may not send is explained, and no page of theirs takes its place", async () => {
  host.phone = { ...phone_of(null), trouble: "wrong_user" };
  const answer = await answer_to(request("/outbox"), host);
  const page = await answer.text();
  assert.equal(answer.status, 403);
  assert.match(page, /Somebody else is signed in/);
  assert.match(page, /is kept, unseen, and goes out when its author signs in/);
  assert.deepEqual(asked_server, []);
  assert.equal(await (await answer_to(request("/today"), host)).text(), "from the server");
});

/** A phone whose only customer is none of those asked for. */
function holding_nothing(role) {
  const me = { id: "alice", name: "Alice", role, locale: "en", time_zone: "UTC", weekly_visits: 20 };
  const store = {
    me: async () => me, customer: async () => null, customers: async () => [], summaries: async () => [], people: async () => [], products: async () => [], pipelines: async () => [],
    agenda: async () => ({ follow_ups: [], planned: [], recent: [] }), holder: async () => null,
  };
  const ports = { clock: () => 0, random_bytes: (bytes) => bytes };
  host.phone = phone_of({ db: { user_id: me.id, ports }, store, reader_me: me });
}

function caches_in_memory() {
  return {
    open: async (name) => mine.get(name) ?? mine.set(name, cache_in_memory()).get(name), keys: async () => [...mine.keys()],
    delete: async (name) => mine.delete(name),
  };
}

function cache_in_memory() {
  const kept = new Map();
  return {
    kept, match: async (request) => kept.get(request.url ?? request)?.clone(), delete: async (key) => kept.delete(key.url ?? key),
    put: async (key, answer) => {
      if (is_full) throw new DOMException("no room", "QuotaExceededError");
      kept.delete(key);
      kept.set(key, answer);
    },
    keys: async () => [...kept.keys()].map((url) => ({ url })),
  };
}

function request(url, { method = "GET", mode = "navigate", referrer = "", headers = {}, form = {} } = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries(form)) data.append(name, value);
  const made = new Request(new URL(url, ORIGIN), { method, headers, body: method === "POST" ? data : null });
  // Which only a browser may say of itself.
  return Object.defineProperties(made, { mode: { value: mode }, referrer: { value: referrer } });
}

test("what is no page is left to the browser", () => {
  assert.equal(answer_to(request("/sync/push", { method: "POST", mode: "cors" }), host), null);
  assert.equal(answer_to(request("/sync/events", { mode: "cors" }), host), null);
  assert.equal(answer_to(request("https://elsewhere.test/today"), host), null);
});

test("until the phone holds its user's customers the server answers", async () => {
  assert.equal(await (await answer_to(request("/today"), host)).text(), "from the server");
});

test("without either a page says what to do", async () => {
  unreachable = true;
  const answer = await answer_to(request("/today"), host);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /No signal/);
  assert.match(answer.headers.get("content-security-policy"), /script-src 'self'/);
});

/** The line breaks after its first words. @param {string} type */
function cut_off(type = "text/html; charset=utf-8") {
  const words = new TextEncoder().encode("<title>Reminders</title><main>");
  const body = new ReadableStream({ pull(stream) { words.done ? stream.error(new TypeError("network error")) : stream.enqueue(words); words.done = true; } });
  return new Response(body, { headers: { "content-type": type } });
}

test("a page that is cut off midway is none: what to do is said in its place, or it is shown as it was last", async () => {
  answer_of_server = () => cut_off();
  const answer = await answer_to(request("/products"), host);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /No signal/);
  holding_nothing("manager");
  answer_of_server = () => new Response("the team", { headers: { "content-type": "text/html" } });
  await answer_to(request("/team"), host);
  answer_of_server = () => cut_off();
  assert.equal(await (await answer_to(request("/team"), host)).text(), "the team");
});

test("a file is given away as it comes", async () => {
  answer_of_server = () => cut_off("application/octet-stream");
  assert.equal((await answer_to(request("/export.xlsx"), host)).status, 200);
});

test("a rep's screens come from the phone and nobody is asked", async () => {
  holding_nothing("rep");
  const answer = await answer_to(request("/today"), host);
  assert.match(await answer.text(), /Welcome, Alice/);
  assert.deepEqual(asked_server, []);
});

test("a form that another site made the browser send goes to the server, which has tokens to tell", () => {
  holding_nothing("rep");
  for (const referrer of ["https://evil.test/", `${ORIGIN}.evil.test/`, ""]) {
    assert.equal(answer_to(request("/visits", { method: "POST", referrer }), host), null);
  }
});

test("our own form is answered here", async () => {
  holding_nothing("rep");
  const answer = await answer_to(request("/visits", { method: "POST", referrer: `${ORIGIN}/visits/new`, form: { note: "x" } }), host);
  assert.equal(answer.status, 422);
  assert.deepEqual(asked_server, []);
});

test("who sees more than the phone holds gets lists from the server, and from the phone without a signal", async () => {
  holding_nothing("manager");
  assert.equal(await (await answer_to(request("/customers"), host)).text(), "from the server");
  unreachable = true;
  for (const path of ["/customers", "/today"]) {
    assert.match(await (await answer_to(request(path), host)).text(), /No signal: here are only customers that are yours/);
  }
});

test("a rep, who has all of it here, is told of no signal by the pill alone", async () => {
  holding_nothing("rep");
  unreachable = true;
  assert.doesNotMatch(await (await answer_to(request("/customers"), host)).text(), /No signal/);
});

test("a session that ended does not lead away from what the phone holds", async () => {
  holding_nothing("manager");
  answer_of_server = () => new Response("", { status: 401 });
  assert.match(await (await answer_to(request("/today"), host)).text(), /<main/);
});

test("a customer who is not here is fetched, and stays for when there is no signal", async () => {
  holding_nothing("manager");
  answer_of_server = () => new Response("the customer's page");
  assert.equal(await (await answer_to(request(CUSTOMER), host)).text(), "the customer's page");
  unreachable = true;
  assert.equal(await (await answer_to(request(CUSTOMER), host)).text(), "the customer's page");
});

test("what is kept comes from the phone, and what is not the browser gets by itself", async () => {
  holding_nothing("rep");
  unreachable = true;
  const cache = await host.caches.open(`legwork-assets-${host.build.version}`);
  await cache.put(`${ORIGIN}/static/app.js`, new Response("kept"));
  assert.equal(await (await answer_to(request("/static/app.js"), host)).text(), "kept");
  assert.equal(answer_to(request("/static/icons/apple-touch-180.png"), host), null);
});

test("what a team did is as last seen while there is no signal", async () => {
  holding_nothing("manager");
  answer_of_server = () => new Response("as of now");
  assert.equal(await (await answer_to(request("/team"), host)).text(), "as of now");
  unreachable = true;
  assert.equal(await (await answer_to(request("/team"), host)).text(), "as of now");
  const said = await (await answer_to(request("/team/cold?territory=South"), host)).text();
  assert.match(said, /This page needs the server/);
  assert.match(said, /<a class="button main" href="\/team\/cold\?territory=South">Try again<\/a>/);
});

test("what reminders speak of is as last seen while there is no signal", async () => {
  holding_nothing("rep");
  for (const path of ["/more/reminders", "/more/reminders/birthday"]) {
    unreachable = false;
    answer_of_server = () => new Response(path);
    await answer_to(request(path), host);
    unreachable = true;
    assert.equal(await (await answer_to(request(path), host)).text(), path);
  }
});

test("Team is as last looked at, whatever it was narrowed to", async () => {
  holding_nothing("manager");
  for (const [asked, said] of [["/team", "all of it"], ["/team?period=month&rep=bob", "Bob's month"], ["/team/cold?period=month", "cold ones"]]) {
    answer_of_server = () => new Response(said);
    await answer_to(request(asked), host);
  }
  unreachable = true;
  assert.equal(await (await answer_to(request("/team"), host)).text(), "Bob's month");
  assert.equal(await (await answer_to(request("/team/cold?period=month"), host)).text(), "cold ones");
  assert.match(await (await answer_to(request("/team/cold"), host)).text(), /This page needs the server/);
});

test("Team is as last looked at also when only a part of its page came last, or all of it", async () => {
  holding_nothing("manager");
  const part = { headers: { "hx-request": "true", "hx-request-type": "partial" } };
  const html = (said, told) => () => new Response(said, { headers: { "content-type": told ?? "text/html; charset=utf-8" } });
  answer_of_server = html('<html>\n<title>Team · Legwork</title>\n<div id="app" class="app">\n<main>at nine</main>\n</div>\n</body>\n</html>');
  await answer_to(request("/team"), host);
  answer_of_server = html("\n<title>Team · Legwork</title>\n<main>at ten</main>");
  await answer_to(request("/team?period=week", part), host);
  unreachable = true;
  const opened = await answer_to(request("/team"), host);
  const whole = await opened.text();
  assert.deepEqual([opened.status, opened.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.match(whole, /^\s*<!doctype html>[^]*<div id="app" class="app">\s*<title>Team · Legwork<\/title>\s*<main>at ten<\/main>/);
  assert.deepEqual([whole.match(/<title>/g).length, whole.includes("This page needs the server")], [1, false]);
  unreachable = false;
  answer_of_server = html('<html>\n<title>Team · Legwork</title>\n<div id="app" class="app">\n<main>at eleven</main>\n</div>\n</body>\n</html>');
  await answer_to(request("/team"), host);
  answer_of_server = html("a sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  await answer_to(request("/team/questions/export.xlsx"), host);
  unreachable = true;
  assert.match(await (await answer_to(request("/team", part), host)).text(), /^\s*<main>at eleven<\/main>/);
  assert.equal(await (await answer_to(request("/team/questions/export.xlsx"), host)).text(), "a sheet");
});

test("the history is the server's, and what was read of it can be read again", async () => {
  holding_nothing("rep");
  answer_of_server = () => new Response("what it was");
  assert.equal(await (await answer_to(request(`${CUSTOMER}/history`), host)).text(), "what it was");
  unreachable = true;
  assert.equal(await (await answer_to(request(`${CUSTOMER}/history`), host)).text(), "what it was");
  mine.clear();
  assert.match(await (await answer_to(request(`${CUSTOMER}/history`), host)).text(), /This page needs the server/);
});

test("a customer nobody has fetched is said not to be here", async () => {
  holding_nothing("rep");
  unreachable = true;
  const answer = await answer_to(request(CUSTOMER), host);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /This customer is not on this phone yet/);
});

/** The line falls silent after the first words. */
function stalled() {
  const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode("<title>Team</title><main>")) });
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
}

for (const [what, silence] of [["nothing comes", () => new Promise(() => {})], ["no more than its beginning comes", stalled]]) {
  test(`where ${what} of a page it is shown as it was last seen after six seconds, and a list from the phone after three`, async (context) => {
    holding_nothing("manager");
    await answer_to(request("/team"), host);
    answer_of_server = silence;
    context.mock.timers.enable({ apis: ["setTimeout"] });
    for (const [path, within_ms, said] of [["/team", 6_000, /^from the server$/], ["/customers", 3_000, /No signal: here are only customers that are yours/]]) {
      const answer = answer_to(request(path), host);
      let ended = false;
      answer.then(() => (ended = true));
      await new Promise(setImmediate);
      context.mock.timers.tick(within_ms - 100);
      await new Promise(setImmediate);
      assert.equal(ended, false);
      context.mock.timers.tick(200);
      for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
      assert.equal(ended, true);
      assert.match(await (await answer).text(), said);
    }
  });
}

for (const [who, said] of [["a hotel's portal", ["Welcome"]], ["a proxy without a server behind it", ["502 Bad Gateway", { status: 502 }]]]) {
  test(`what ${who} answers is no page of ours, and takes the place of none`, async () => {
    for (const role of ["manager", "rep"]) {
      holding_nothing(role);
      [someone_else, answer_of_server] = [false, () => new Response("as of now")];
      await answer_to(request("/team"), host);
      [someone_else, answer_of_server] = [true, () => new Response(...said)];
      for (const path of ["/more/devices", "/more/install", CUSTOMER]) {
        const answer = await answer_to(request(path), host);
        assert.deepEqual([path, answer.status], [path, 503]);
        assert.match(await answer.text(), /<a class="button" href="\/today">Today<\/a>/);
      }
      assert.equal(await (await answer_to(request("/team"), host)).text(), "as of now");
      assert.match(await (await answer_to(request("/customers"), host)).text(), /<main/);
    }
  });
}

test("where the server leads on to shows no mark", async () => {
  [someone_else, answer_of_server] = [true, () => Object.defineProperty(new Response(null), "status", { value: 0 })];
  assert.equal((await answer_to(request("/more/devices"), host)).status, 0);
});

test("no more than thirty pages are kept, the last opened", async () => {
  holding_nothing("manager");
  for (let at = 10; at < 45; at += 1) await answer_to(request(CUSTOMER.slice(0, -2) + at), host);
  const [cache] = mine.values();
  assert.equal(cache.kept.size, 30);
  assert.ok([...cache.kept.keys()].at(-1).includes("44?"));
});

test("after a sign-in the phone answers for nobody until a page says who it was", async () => {
  answer_of_server = () => new Response("", { headers: { "hx-redirect": "/today" } });
  await answer_to(request("/sign-in", { method: "POST" }), host);
  assert.equal(host.phone.belongs, null);
});

test("a password that was wrong takes nothing from who is signed in", async () => {
  answer_of_server = () => new Response("wrong", { status: 422 });
  await answer_to(request("/sign-in", { method: "POST" }), host);
  assert.equal(host.phone.belongs, "alice");
});

test("what was opened is gone after signing out", async () => {
  holding_nothing("manager");
  await answer_to(request(CUSTOMER), host);
  assert.equal(mine.size, 1);
  answer_of_server = () => new Response("", { headers: { "hx-redirect": "/sign-in" } });
  await answer_to(request("/sign-out", { method: "POST" }), host);
  assert.equal(mine.size, 0);
  assert.deepEqual([host.phone.belongs, host.phone.owes], [null, null]);
});

test("signing out without a signal is done here, and told to the server before it is asked for anything", async () => {
  holding_nothing("manager");
  await answer_to(request(CUSTOMER), host);
  unreachable = true;
  const form = { method: "POST", form: { _csrf: "of this form" } };
  assert.match(await (await answer_to(request("/sign-out", { ...form, referrer: "https://evil.test/" }), host)).text(), /No signal/);
  assert.deepEqual([mine.size, host.phone.belongs], [1, "alice"], "no other site signs anybody out");
  const answer = await answer_to(request("/sign-out", { ...form, referrer: `${ORIGIN}/more` }), host);
  assert.match(await answer.text(), /<h1>Signed out/);
  assert.deepEqual([mine.size, host.phone.belongs, host.phone.owes], [0, null, "of this form"]);
  host.phone.in_use = async () => null;
  assert.equal((await answer_to(request("/today"), host)).status, 503);

  unreachable = false;
  [someone_else, answer_of_server] = [true, () => new Response("<h1>Wi-Fi of the hotel")];
  assert.equal((await answer_to(request("/today"), host)).status, 503, "that was not the server");
  assert.equal(host.phone.owes, "of this form");
  asked_server.length = 0;
  [someone_else, answer_of_server] = [false, () => Object.defineProperty(new Response("sign in"), "url", { value: `${ORIGIN}/sign-in` })];
  assert.equal(await (await answer_to(request("/today"), host)).text(), "sign in");
  assert.deepEqual(asked_server, ["POST /sign-out", "GET /today"]);
  assert.equal(host.phone.owes, null);
});

test("a server that is silent when it is to be told of a sign-out holds up no page for longer than any other", async (context) => {
  [host.phone.owes, answer_of_server] = ["of this form", () => new Promise(() => {})];
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answer = answer_to(request("/today"), host);
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  context.mock.timers.tick(20_000);
  assert.match(await (await answer).text(), /No signal/);
});

test("a phone that has no room shows what the server answers, and what was kept before stays", async () => {
  holding_photo("aa", new Blob(["mine"]));
  await answer_to(request("/team"), host);
  is_full = true;
  answer_of_server = () => new Response("as of now");
  asked_server.length = 0;
  for (const path of ["/team", CUSTOMER, "/files/bb"]) assert.equal(await (await answer_to(request(path), host)).text(), "as of now");
  assert.equal(asked_server.length, 3);
  unreachable = true;
  assert.equal(await (await answer_to(request("/team"), host)).text(), "from the server");
});

test("a phone that cannot read what it holds shows what the server answers", async () => {
  host.phone.in_use = async () => { throw new DOMException("Internal error", "UnknownError"); };
  for (const path of ["/today", "/team", "/files/bb"]) assert.equal(await (await answer_to(request(path), host)).text(), "from the server");
  await assert.rejects(answer_to(request("/visits", { method: "POST", referrer: `${ORIGIN}/visits/new` }), host));
  assert.equal(asked_server.includes("POST /visits"), false, "nobody knows whether it was kept");
});

test("a token that no session has any more is no reason to shut the phone", async () => {
  [host.phone.owes, answer_of_server] = ["old", () => new Response("forged", { status: 403 })];
  await answer_to(request("/today"), host);
  assert.equal(host.phone.owes, null);
});

/** Alice's phone with this photo of its own. */
function holding_photo(hash, blob) {
  holding_nothing("rep");
  const in_use = host.phone.in_use;
  host.phone.in_use = async () => {
    const phone = await in_use();
    phone.db.read = async (_stores, work) => work({ objectStore: () => ({ get: async (key) => (key === hash ? { hash, blob } : undefined) }) });
    return phone;
  };
}

const photo = (hash, more) => request(`/files/${hash}`, { mode: "no-cors", ...more });

test("a photo of this phone's own is shown by the address the server has for it, in parts too", async () => {
  holding_photo("aa", new Blob(["0123456789"], { type: "image/jpeg" }));
  unreachable = true;
  for (const address of ["aa", "aa/thumbnail"]) {
    const answer = await answer_to(photo(address), host);
    assert.deepEqual([answer.status, answer.headers.get("content-type"), await answer.text()], [200, "image/jpeg", "0123456789"]);
    assert.match(answer.headers.get("content-security-policy"), /sandbox/);
  }
  const part = await answer_to(photo("aa", { headers: { range: "bytes=2-4" } }), host);
  assert.deepEqual([part.status, part.headers.get("content-range"), await part.text()], [206, "bytes 2-4/10", "234"]);
});

test("a photo that this phone holds and can no longer read is the server's", async () => {
  const place = join(mkdtempSync(join(tmpdir(), "legwork-")), "photo");
  writeFileSync(place, "0123456789");
  const blob = await openAsBlob(place, { type: "image/jpeg" });
  rmSync(dirname(place), { recursive: true });
  holding_photo("aa", blob);
  assert.equal(await (await answer_to(photo("aa"), host)).text(), "from the server");
});

test("what a hotel's portal answers is kept as no photo", async () => {
  holding_photo("aa", new Blob(["mine"]));
  [someone_else, answer_of_server] = [true, () => new Response("Welcome")];
  assert.equal((await answer_to(photo("bb"), host)).status, 504);
  [someone_else, answer_of_server] = [false, () => new Response("a picture")];
  assert.equal(await (await answer_to(photo("bb"), host)).text(), "a picture");
});

test("a photo once looked at is there without a signal, for who looked at it and until signing out", async () => {
  holding_photo("aa", new Blob(["mine"]));
  const seen = await answer_to(photo("bb/thumbnail"), host);
  assert.equal(await seen.text(), "from the server");
  unreachable = true;
  assert.equal(await (await answer_to(photo("bb/thumbnail"), host)).text(), "from the server");
  assert.equal((await answer_to(photo("cc/thumbnail"), host)).status, 504);
  assert.deepEqual(asked_server, ["GET /files/bb/thumbnail", "GET /files/cc/thumbnail"]);
  const in_use = host.phone.in_use;
  host.phone.in_use = async () => ({ ...(await in_use()), db: { ...(await in_use()).db, user_id: "mei" } });
  assert.equal((await answer_to(photo("bb/thumbnail"), host)).status, 504);
  unreachable = false;
  answer_of_server = () => Object.defineProperty(new Response(null), "redirected", { value: true });
  await answer_to(request("/sign-out", { method: "POST" }), host);
  assert.equal(mine.has("legwork-files"), false);
});

test("what the server refuses to show is not kept", async () => {
  holding_photo("aa", new Blob(["mine"]));
  answer_of_server = () => new Response("nothing here", { status: 404 });
  await answer_to(photo("bb"), host);
  answer_of_server = () => new Response("from the server");
  assert.equal(await (await answer_to(photo("bb"), host)).text(), "from the server");
});

/** What is to be kept on it finds no room. */
function full_phone() {
  holding_nothing("rep");
  const full = Object.assign(new Error("no room left on this phone"), { name: "StorageFull" });
  const { phone } = host;
  host.phone = { ...phone, in_use: async () => ({ ...(await phone.in_use()), db: { ...(await phone.in_use()).db, transaction: async () => { throw full; } } }) };
  const form = { visit_id: "0199f2a0-0000-7000-8000-000000000002", customer_id: CUSTOMER.split("/").at(-1), started_at: "2026-11-23T07:50:00.000Z", outcome: "ordered", note: "Took ten" };
  return answer_to(request("/visits", { method: "POST", mode: "cors", headers: { "hx-request": "true" }, form }), host);
}

test("what finds no room on the phone the server takes, and leads on to it", async () => {
  answer_of_server = () => Object.defineProperty(new Response("on the server"), "url", { value: `${CUSTOMER}?done=visit` });
  assert.equal(await (await full_phone()).text(), "on the server");
  assert.deepEqual(asked_server, ["POST /visits"]);
  assert.equal(told_server[0].get("note"), "Took ten");
});

for (const [what, answer] of [
  ["no signal", () => { throw new TypeError("failed"); }],
  ["a captive portal", () => new Response("Welcome")],
  ["a session that has ended", () => Object.defineProperty(new Response("Sign in"), "url", { value: `${ORIGIN}/sign-in` })],
]) {
  test(`it stays in its form, which says so, before ${what}`, async () => {
    answer_of_server = answer;
    const page = await (await full_phone()).text();
    assert.match(page, /This phone has no room left/);
    assert.match(page, /Took ten/);
  });
}
