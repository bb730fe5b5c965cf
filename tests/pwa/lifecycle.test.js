// Installing and updating: a new version keeps its own, throws away the old, and waits for whoever is busy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assets_cache, discard_old_versions, install, keep_rest, take_over } from "../../pwa/lifecycle.js";
import { pages_cache } from "../../pwa/network.js";

const CHINESE = "/static/catalog-zh-Hans.json";
const BUILD = { version: "2", assets: ["/static/app.js"], catalogs: { "zh-Hans": CHINESE }, later: ["/static/later.js"] };

function caches_named(...names) {
  const kept = new Set(names);
  const added = [];
  return {
    kept, added, keys: async () => [...kept], delete: async (name) => kept.delete(name),
    open: async (name) => (kept.add(name), { put: async (url) => added.push(url), match: async (url) => added.includes(url) || undefined }),
  };
}

const FREE = { request: async (_name, _options, work) => work() };

function page_answering(answer) {
  return { postMessage: (_message, [port]) => port.postMessage(answer) };
}

async function takes_over(worker) {
  let took = false;
  await take_over({ skip_waiting: async () => { took = true; }, pages: async () => [], locks: FREE, sending: ["sender"], ...worker });
  return took;
}

const OURS = { "x-request-id": "1" };
const NOT_IT = [["Wi-Fi of the hotel"], ["nothing here", { status: 404, headers: OURS }]];

function answered_with(...answer) {
  globalThis.fetch = async () => new Response(...answer);
}

test("every asset is kept before the version counts as installed", async () => {
  const caches = caches_named();
  answered_with("it", { headers: OURS });
  await install(BUILD, caches, "en");
  assert.deepEqual(caches.added, BUILD.assets);
});

test("a version of which an asset does not come from the server is not installed", async () => {
  const caches = caches_named();
  for (const answer of NOT_IT) {
    answered_with(...answer);
    await assert.rejects(install(BUILD, caches, "en"));
    assert.deepEqual(caches.added, []);
  }
});

test("who reads Chinese has it at once, others when there is time, once, and from nobody but the server", async () => {
  const [chinese, english] = [caches_named(), caches_named()];
  answered_with("it", { headers: OURS });
  await install(BUILD, chinese, "zh-Hans");
  assert.deepEqual(chinese.added, [...BUILD.assets, CHINESE]);
  await install(BUILD, english, "en");
  for (const answer of NOT_IT) {
    answered_with(...answer);
    await keep_rest(BUILD, english).catch(() => undefined);
    assert.deepEqual(english.added, BUILD.assets);
  }
  answered_with("it", { headers: OURS });
  for (let time = 0; time < 2; time += 1) await keep_rest(BUILD, english);
  assert.deepEqual(english.added, [...BUILD.assets, ...BUILD.later, CHINESE]);
});

test("old versions go, and what is not ours stays", async () => {
  const caches = caches_named("legwork-assets-1", "legwork-pages-1", assets_cache(BUILD), pages_cache(BUILD), "somebody-else");
  await discard_old_versions(BUILD, caches);
  assert.deepEqual([...caches.kept], [assets_cache(BUILD), pages_cache(BUILD), "somebody-else"]);
});

test("with nobody busy a new version takes over at once", async () => {
  assert.equal(await takes_over({}), true);
});

test("a page in which somebody types holds it back", async () => {
  assert.equal(await takes_over({ pages: async () => [page_answering(true), page_answering(false)] }), false);
});

test("it waits for whoever is sending", async () => {
  const order = [];
  const locks = { request: async (name, _options, work) => { order.push(name); await work(); } };
  await takes_over({ locks, skip_waiting: async () => order.push("took over") });
  assert.deepEqual(order, ["sender", "took over"]);
});

test("a sender that hangs does not hold it up for ever", async () => {
  const locks = { request: async () => { throw new DOMException("too long", "TimeoutError"); } };
  assert.equal(await takes_over({ locks }), true);
});
