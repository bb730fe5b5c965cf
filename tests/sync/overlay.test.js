/** An overlay grows with what is saved; a worker that begins anew makes it in one go. Both must show the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { discard, list, save } from "../../sync/outbox.js";
import { where_to_go_on } from "../../sync/puller.js";
import { apply_page } from "../../sync/replica_writing.js";
import { open_store } from "../../sync/store.js";
import { BOB, ME, customer, follow_up, id, killed, page, phone, put, visit } from "./phone.js";

const [ONE, OTHER, NEW] = [1, 2, 9].map((number) => id("c", number));
const FILE = { attachment_id: id("a", 1), customer_id: ONE, name: "List.pdf", sha256: "ab".repeat(32), size: 9, media_type: "application/pdf" };
const CHANGES = [
  ["customer.create", { customer_id: NEW, name: "Émile" }],
  ["visit.log", { visit_id: id("v", 2), customer_id: NEW, started_at: "2026-11-23T11:00:00.000Z", outcome: "ordered", follow_up: { follow_up_id: id("f", 2), due_on: "2026-11-25" } }],
  ["follow_up.complete", { follow_up_id: id("f", 2) }],
  ["follow_up.complete", { follow_up_id: id("f", 1) }],
  ["follow_up.reopen", { follow_up_id: id("f", 2) }],
  ["visit.correct", { visit_id: id("v", 3), customer_id: OTHER, corrects: id("v", 1), started_at: "2026-11-23T11:30:00.000Z", outcome: "interested" }],
  ["user.edit", { user_id: ME.id, fields: { name: "Alice B." } }],
  ["customer.edit", { customer_id: ONE, fields: { name: "New", lifecycle: "won" } }],
  ["contact.create", { contact_id: id("k", 1), customer_id: ONE, name: "Lin" }],
  ["contact.remove", { contact_id: id("k", 1) }],
  ["contact.restore", { contact_id: id("k", 1) }],
  ["file.attach", FILE],
  ["file.detach", { attachment_id: FILE.attachment_id }, ONE],
  ["file.reattach", { attachment_id: FILE.attachment_id }],
  ["visit.withdraw", { visit_id: id("v", 3) }],
  ["visit.plan", { visit_id: id("v", 4), customer_id: NEW, planned_on: "2026-11-30" }],
  ["customer.assign", { customer_id: OTHER, from: ME.id, to: BOB }],
  ["visit.cancel", { visit_id: id("v", 4) }],
];

async function everything(db) {
  const store = await open_store(db);
  const customers = await Promise.all([ONE, OTHER, NEW].map((of) => store.customer(of)));
  return { me: await store.me(), list: await store.customers(), agenda: await store.agenda(), customers };
}

test("laid over one by one as they are saved, or all in one go: the same is shown", async () => {
  const db = phone();
  const rows = [put("me", ME), put("customers", customer(1)), put("customers", customer(2)), put("visits", visit(1, 1)), put("follow_ups", follow_up(1, 1, { visit_id: id("v", 1) }))];
  await apply_page(db, await where_to_go_on(db), page(rows));
  await db.transaction(["blobs"], "readwrite", (tx) => tx.objectStore("blobs").put({ hash: FILE.sha256, blob: new Blob(["x"]), kept_at: 1 }));
  let before = await everything(db);
  for (const [name, args, customer_id] of CHANGES) {
    await save(db, { name, args, customer_id });
    const shown = await everything(db);
    assert.deepEqual(shown, await everything(killed(db)), name);
    assert.notDeepEqual(shown, before, `${name} is seen`);
    before = shown;
  }
  for (const { seq } of (await list(db)).reverse()) {
    await discard(db, seq);
    assert.deepEqual(await everything(db), await everything(killed(db)), `without ${seq}`);
  }
});

for (const [name, whom] of Object.entries({ share: { user_id: BOB }, decline: { user_id: BOB }, assign: { from: ME.id, to: BOB } })) {
  test(`customer.${name}: whoever is answered asks no more`, async () => {
    const db = phone();
    const rows = [put("me", ME), put("customers", { ...customer(1), asked_by: [id("a", 3), BOB] })];
    await apply_page(db, await where_to_go_on(db), page(rows));
    await save(db, { name: `customer.${name}`, args: { customer_id: ONE, ...whom } });
    const shown = await (await open_store(db)).customer(ONE);
    assert.deepEqual(shown.customer.asked_by, [id("a", 3)]);
  });
}
