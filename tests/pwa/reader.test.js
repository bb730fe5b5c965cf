import assert from "node:assert/strict";
import { test } from "node:test";
import { sentences } from "../../pwa/views/reader.js";

test("sentences follow each other as their language writes them", () => {
  assert.equal(sentences("Look at this.", "", "It is kept."), "Look at this. It is kept.");
  assert.equal(sentences("", "请看一下。", "只发送您改过的内容。"), "请看一下。只发送您改过的内容。");
});
