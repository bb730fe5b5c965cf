/** The phone checks args as the server does: tests/sync/test_validation.py runs the same cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { message, validate } from "../../sync/validation.js";

const cases = JSON.parse(readFileSync(new URL("../shared_cases/validation.json", import.meta.url), "utf8"));

for (const { name, args, clean, errors } of cases) {
  test(`${name} ${JSON.stringify(args)?.slice(0, 100)}`, () => {
    const [kept, wrong] = validate(name, args);
    assert.deepEqual(wrong, errors);
    assert.deepEqual(kept, clean);
  });
}

test("what JSON cannot say is refused too", () => {
  const place = { latitude: Number.NaN, longitude: Number.POSITIVE_INFINITY, accuracy_m: undefined };
  const [, errors] = validate("visit.log", { place });
  const codes = Object.fromEntries(Object.entries(errors).map(([field, error]) => [field, error.code]));
  assert.equal(codes["place.latitude"], "not_a_number");
  assert.equal(codes["place.longitude"], "too_large");
  assert.equal(codes["place.accuracy_m"], "required");
});

test("every error of the cases has its sentence", () => {
  /** @param {string} msgid @param {Record<string, any>} [values] */
  const t = (msgid, values) => msgid.replace(/%\((\w+)\)s/g, (_, name) => String(values?.[name]));
  for (const { errors } of cases) {
    for (const { code, params } of Object.values(errors)) {
      assert.match(message(t, code, params), /^[A-Z][^%]+\.$/);
    }
  }
});
