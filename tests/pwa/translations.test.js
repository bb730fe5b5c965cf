import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../sync/sums.js";
import { learn, make_translator, negotiate, speaks, translator } from "../../pwa/translations.js";

const WORDS = new Map([["Hello %(name)s", "%(name)s,您好"], ["%(n)s visit", "%(n)s 次拜访"]]);
const chinese = make_translator("zh-Hans", (msgid) => WORDS.get(msgid));

test("English is its own key, Chinese is looked up", () => {
  assert.equal(translator("en")("Hello %(name)s", { name: "Mei" }), "Hello Mei");
  assert.equal(chinese("Hello %(name)s", { name: "$& $1" }), "$& $1,您好");
  assert.equal(chinese("Not translated"), "Not translated");
  assert.equal(chinese.locale, "zh-Hans");
});

test("English has two forms and Chinese one", () => {
  const said = [0, 1, 2].map((n) => translator("en").n("%(n)s visit", "%(n)s visits", n));
  assert.deepEqual(said, ["0 visits", "1 visit", "2 visits"]);
  assert.deepEqual([1, 2].map((n) => chinese.n("%(n)s visit", "%(n)s visits", n)), ["1 次拜访", "2 次拜访"]);
});

test("a percent sign is written twice", () => {
  assert.equal(translator("en")("%(n)s%% off", { n: 4 }), "4% off");
  assert.throws(() => translator("en")("100% off"), RangeError);
});

test("what cannot be printed, or is not given, cannot be said", () => {
  assert.throws(() => translator("en")("Hello %(name)s", { name: null }), /cannot print null/);
  assert.throws(() => translator("en")("Hello %(name)s", { name: 0.5 }), /cannot print 0.5/);
  assert.throws(() => translator("en")("Hello %(toString)s"), /has no value/);
  assert.throws(() => translator("de"), /no such locale/);
});

test("the browser chooses the first language", () => {
  assert.equal(negotiate(["de", "zh-TW", "en"]), "zh-Hans");
  assert.equal(negotiate(["en-GB", "zh"]), "en");
  assert.equal(negotiate(["fr"]), "en");
  assert.equal(negotiate([]), "en");
});

test("a language that was not learned yet is said in English, and once learned in its own words", () => {
  assert.deepEqual([speaks("en"), speaks("zh-Hans"), translator("zh-Hans")("Today")], [true, false, "Today"]);
  assert.equal(translator("zh-Hans").locale, "zh-Hans");
  const [first, second] = [["Today", "今天"], ["Customers", "客户"]].sort(([one], [other]) => sign_of(one) - sign_of(other));
  learn("zh-Hans", [[sign_of(first[0]), sign_of(second[0]) - sign_of(first[0])], [first[1], second[1]]]);
  const t = translator("zh-Hans");
  assert.deepEqual([speaks("zh-Hans"), t("Today"), t("Customers"), t("Send")], [true, "今天", "客户", "Send"]);
});

/** @param {string} text */
function sign_of(text) {
  return crc32(text) % 2 ** 20;
}
