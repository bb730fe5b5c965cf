/** The phone adds up as the server does: tests/test_totals.py runs the same cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { line_cents, totals } from "../../sync/totals.js";

for (const { why, lines, each, ...whole } of JSON.parse(readFileSync(new URL("../shared_cases/totals.json", import.meta.url), "utf8"))) {
  test(why, () => {
    assert.deepEqual(lines.map(line_cents), each);
    assert.deepEqual(totals(lines), whole);
  });
}
