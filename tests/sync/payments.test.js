/** The phone says what is late, and how often a customer orders, as the server does: tests/test_payments.py runs the same cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { standing } from "../../sync/payments.js";
import { rhythm } from "../../sync/rhythm.js";

/** @param {string} name */
const cases = (name) => JSON.parse(readFileSync(new URL(`../shared_cases/${name}.json`, import.meta.url), "utf8"));

for (const { why, total_cents, payments, today, left, late, ...sums } of cases("payments")) {
  test(`payments: ${why}`, () => {
    const { instalments, ...found } = standing(total_cents, payments, today);
    assert.deepEqual(instalments.map(({ left_cents }) => left_cents), left);
    assert.deepEqual(instalments.map(({ is_late }) => is_late), late);
    assert.deepEqual(found, sums);
  });
}

for (const { why, placed_on, usual_days, next_on } of cases("rhythm")) {
  test(`rhythm: ${why}`, () => assert.deepEqual(rhythm(placed_on), usual_days === null ? null : { usual_days, next_on }));
}
