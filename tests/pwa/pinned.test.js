// Documents of the library that are pinned: what is kept of them is the server's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keep_pinned, pin, pinned_file, standing_of } from "../../pwa/pinned.js";
import { where_to_go_on } from "../../sync/puller.js";
import { apply_page } from "../../sync/replica_writing.js";
import { ME, id, page, phone, put } from "../sync/phone.js";

const PRICES = { id: id("d", 1), name: "Prices.pdf", sha256: "aa", size: 1000, media_type: "application/pdf", version: 1 };

function cache_of_a_phone() {
  const kept = new Map();
  const cache = {
    match: async (key) => kept.get(key)?.clone(), put: async (key, answer) => void kept.set(key, answer),
    keys: async () => [...kept.keys()].map((key) => ({ url: `https://legwork.test${key}` })), delete: async (url) => kept.delete(url),
  };
  return { open: async () => cache, has: async () => true };
}

test("what a hotel's portal answers, or the page for signing in, is no document", async () => {
  const [db, caches] = [phone(), cache_of_a_phone()];
  await apply_page(db, await where_to_go_on(db), page([put("me", ME), put("library", PRICES)]));
  assert.equal(await pin(db, [PRICES], PRICES), true);
  const ours = { headers: { "x-request-id": "1" } };
  const sign_in = Object.defineProperty(new Response("Sign in", ours), "redirected", { value: true });
  for (const wrong of [new Response("Welcome"), sign_in]) {
    globalThis.fetch = async () => wrong;
    await keep_pinned(db, caches);
    assert.equal((await standing_of(db, caches)).get(PRICES.id)?.kept, false);
  }
  globalThis.fetch = async (address) => new Response(`of ${address}`, ours);
  assert.equal(await keep_pinned(db, caches), true);
  assert.equal(await (await pinned_file(db, caches, "aa")).text(), "of /files/aa/Prices.pdf");
});
