import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { keys_of } from "../../sync/likeness.js";

const cases = JSON.parse(readFileSync(new URL("../shared_cases/likeness.json", import.meta.url), "utf8"));

for (const { told, keys } of cases) {
  test(`the phone compares ${JSON.stringify(told)} by ${JSON.stringify(keys)}`, () => assert.deepEqual(keys_of(told), keys));
}
