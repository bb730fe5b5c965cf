import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as words from "../../pwa/words.js";

const cases = JSON.parse(readFileSync(new URL("../shared_cases/words.json", import.meta.url), "utf8"));

for (const { call, args, is, ...by_locale } of cases) {
  test(`the phone says ${call}(${JSON.stringify(args)})`, () => {
    if (is !== undefined) assert.equal(words[call](...args), is);
    for (const [locale, said] of Object.entries(by_locale)) assert.equal(words[call](...args, locale), said);
  });
}

test("every function the server has is on the phone too", () => {
  const called = new Set(cases.map(({ call }) => call));
  const functions = Object.keys(words).filter((name) => typeof words[name] === "function");
  assert.deepEqual([...called].sort(), functions.sort());
});

test("where the browser does not know a zone, its own clock is read", () => {
  const before = process.env.TZ;
  process.env.TZ = "Asia/Kathmandu";
  try {
    // What Chromium calls its own zone where the system names none, and one that is too new for this phone.
    for (const zone of ["Etc/Unknown", "America/Foundedlater"]) {
      assert.equal(words.local_datetime("2026-11-23T07:41:12.000Z", zone), "2026-11-23T13:26");
    }
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test("what is no date is refused", () => {
  assert.throws(() => words.ago("yesterday", "2026-11-23", "en"), /not a date/);
});
