import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { check_custom, value_of } from "../../sync/custom_values.js";

const cases = JSON.parse(readFileSync(new URL("../shared_cases/custom_values.json", import.meta.url), "utf8"));
const ID = "0199f1c2-0000-7000-8000-000000000001";

for (const { field, given, value, error } of cases) {
  test(`of ${JSON.stringify(field)} the phone makes of ${JSON.stringify(given)}: ${JSON.stringify(value ?? error)}`, () => {
    if (error) assert.throws(() => value_of(field ?? undefined, given), (wrong) => assert.deepEqual(wrong.error, error) ?? true);
    else assert.equal(value_of(field, given), value);
  });
}

test("what is wrong is said beside its field, and what is right is brought into its form", () => {
  const fields = [{ id: ID, kind: "number", choices: [] }];
  const clean = { fields: { custom: { [ID]: "１" } } };
  assert.deepEqual(check_custom(clean, fields), {});
  assert.deepEqual(clean.fields.custom, { [ID]: "1" });
  assert.deepEqual(Object.keys(check_custom({ custom: { [ID]: "x" } }, fields)), [`custom.${ID}`]);
});
