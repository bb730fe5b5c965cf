/** The phone seals as the server does: tests/test_seal.py runs the same cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { seal_of, sealed_text } from "../../sync/seal.js";

for (const { why, contract, text, seal } of JSON.parse(readFileSync(new URL("../shared_cases/seal.json", import.meta.url), "utf8"))) {
  test(why, async () => {
    assert.equal(sealed_text(contract), text);
    assert.equal(await seal_of(contract), seal);
  });
}
