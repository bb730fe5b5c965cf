// The page that a save leads to is drawn while the disk writes, and given away only once it has written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { save_and_show } from "../../pwa/answers.js";

const [VISIT_ID, CUSTOMER_ID] = ["0199f1c2-0000-7000-8000-000000000001", "0199f1c2-0000-7000-8000-000000000002"];
const VISIT = { visit_id: VISIT_ID, customer_id: CUSTOMER_ID, started_at: "2026-11-23T11:00:00.000Z", ended_at: "", outcome: "ordered", note: "" };
const NEXT = /** @type {[string, string, string]} */ ([`/customers/${CUSTOMER_ID}`, "visit", VISIT_ID]);

/** One request, whose save ends when and as the test says. */
function asked_to_save() {
  const steps = [];
  /** @type {any} */
  let written;
  const asked = {
    is_htmx: true, typed: {}, t: (text) => text, reader: { now: "2026-11-23T12:00:00.000Z" }, store: {},
    keeping: {
      save: (change, draft, more, ahead) => new Promise((resolve, reject) => {
        written = { resolve, reject };
        ahead([change]);
      }),
    },
    go: async (path, saving) => {
      steps.push(["drawn", path.split("?")[0], saving.map(({ name }) => name)]);
      return new Response("the page");
    },
  };
  const answer = save_and_show(/** @type {any} */ (asked), "visit.log", VISIT, {}, NEXT, async (wrong) => new Response(wrong.refused));
  void answer.then(() => steps.push("answered"));
  return { answer, steps, written: () => written };
}

const a_moment = () => new Promise((resolve) => setTimeout(resolve, 5));

test("nothing is answered before the disk has written", async () => {
  const { answer, steps, written } = asked_to_save();
  await a_moment();
  assert.deepEqual(steps, [["drawn", NEXT[0], ["visit.log"]]]);
  written().resolve([]);
  assert.equal(await (await answer).text(), "the page");
});

test("what found no room is not said to be saved, whatever was drawn", async () => {
  const { answer, written } = asked_to_save();
  await a_moment();
  written().reject(Object.assign(new Error("no room left on this phone"), { name: "StorageFull" }));
  assert.match(await (await answer).text(), /^This phone has no room left/);
});
