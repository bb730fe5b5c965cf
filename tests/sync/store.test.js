import assert from "node:assert/strict";
import { test } from "node:test";
import { discard, save, save_all } from "../../sync/outbox.js";
import { where_to_go_on } from "../../sync/puller.js";
import { apply_page, restart_afresh } from "../../sync/replica_writing.js";
import { crc32, differing } from "../../sync/sums.js";
import { open_store, remember_opened } from "../../sync/store.js";
import { ALICE, BOB, ME, customer, follow_up, full_later, id, killed, page, phone, put, remove, visit } from "./phone.js";

async function hold(db, ops, more = false, sums = null) {
  return apply_page(db, await where_to_go_on(db), page(ops, more, sums));
}

/** Alice's phone with these rows on it. */
async function holding(...ops) {
  const db = phone();
  await hold(db, [put("me", ME), ...ops]);
  return db;
}

const put_all = (collection, rows) => rows.map((row) => put(collection, row));
const c = (number) => id("c", number);

async function shown(db, number) {
  return (await open_store(db)).customer(c(number));
}

const logged = (number, customer_number, more = {}) => ({
  name: "visit.log",
  args: { visit_id: id("v", number), customer_id: c(customer_number), started_at: "2026-11-23T11:00:00.000Z", outcome: "ordered", ...more },
});

test("rows come back as they came in, whole, in this and in the next life of the worker", async () => {
  const db = await holding(...put_all("customers", [customer(1), customer(2)]), put("visits", visit(1, 1)), put("follow_ups", follow_up(1, 1)));
  for (const alive of [db, killed(db)]) {
    const held = await shown(alive, 1);
    const { rev: _rev, ...row } = held.visits[0];
    assert.deepEqual(row, visit(1, 1));
    assert.equal(held.follow_ups.length, 1);
    assert.deepEqual(held.contacts, []);
    assert.equal(held.customer.name, "Customer 00001");
  }
  assert.equal(await shown(db, 3), null);
});

test("five thousand customers lie in records of many rows, and one visit rewrites only its own", async () => {
  const db = await holding(...put_all("customers", Array.from({ length: 1234 }, (_, at) => customer(at))));
  const keys = await db.read(["replica"], (tx) => tx.objectStore("replica").getAllKeys());
  const count = (kind) => keys.filter((key) => key.includes(`/${kind}/`)).length;
  assert.deepEqual([count("customers"), count("directory"), count("bundles")], [13, 5, 0]);
  const written = [];
  const put_record = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function spy(value, key) {
    if (this.name === "replica") written.push(key.slice(7));
    return put_record.call(this, value, key);
  };
  try {
    await hold(db, [put("visits", visit(1, 1100)), put("customers", customer(1100, { last_touch_at: "2026-11-20T08:00:00.000Z" }))]);
  } finally {
    IDBObjectStore.prototype.put = put_record;
  }
  assert.deepEqual(written, ["customers/000011", "bundles/000110", "directory/000004", "agenda/000004"]);
});

test("a customer lost takes everything with it; one gained again comes whole", async () => {
  const db = await holding(put("customers", customer(1)), put("visits", visit(1, 1)), put("follow_ups", follow_up(1, 1)), put("customers", customer(2)));
  await hold(db, [remove("customers", c(1), "out_of_scope")]);
  for (const alive of [db, killed(db)]) {
    const store = await open_store(alive);
    assert.equal(await store.customer(c(1)), null);
    assert.deepEqual((await store.customers()).map((row) => row.id), [c(2)]);
    assert.deepEqual((await store.agenda()).follow_ups, []);
    assert.equal(await store.holder(id("v", 1)), null);
  }
  await hold(db, [put("customers", customer(1)), put("visits", visit(2, 1))]);
  assert.deepEqual((await shown(killed(db), 1)).visits.map((row) => row.id), [id("v", 2)]);
});

test("a row that is taken back goes, also an old one that is on no agenda", async () => {
  const old = visit(1, 1, { started_at: "2025-01-01T08:00:00.000Z" });
  const db = await holding(put("customers", customer(1)), put("visits", old), put("visits", visit(2, 1)));
  await hold(killed(db), [remove("visits", id("v", 1)), remove("visits", id("v", 2)), remove("visits", id("v", 3))]);
  assert.deepEqual((await shown(killed(db), 1)).visits, []);
});

/** Both customers lie in records of their own. */
const far_apart = put_all("customers", Array.from({ length: 30 }, (_, at) => customer(at)));
const attached = (number, customer_number, visit_number) => ({
  id: id("a", number), customer_id: c(customer_number), visit_id: id("v", visit_number), author_id: ALICE, received_at: null, withdrawn_at: null,
});

test("what was promised and photographed at a visit goes with its correction to another customer, and comes back with it", async () => {
  const at = (number, visit_number) => [
    ...[[1, null], [2, "2026-11-20T09:00:00.000Z"]].map(([one, completed_at]) => put("follow_ups", follow_up(one, number, { visit_id: id("v", visit_number), completed_at }))),
    put("attachments", attached(1, number, visit_number)),
  ];
  const db = await holding(...far_apart, put("visits", visit(1, 1)), ...at(1, 1), put("attachments", attached(2, 1, 9)));
  const counts = async (number) => {
    const { follow_ups, attachments } = await shown(killed(db), number);
    return [follow_ups.length, attachments.length];
  };
  const corrected = [put("visits", visit(1, 1, { corrected_by: id("v", 2) })), put("visits", visit(2, 25, { corrects: id("v", 1) }))];
  await hold(killed(db), [...at(25, 2), ...corrected]);
  assert.deepEqual([await counts(1), await counts(25)], [[0, 1], [2, 1]]);
  assert.equal((await (await open_store(killed(db))).agenda()).follow_ups.length, 1);
  await hold(killed(db), [...at(1, 1), put("visits", visit(1, 1)), remove("visits", id("v", 2))]);
  assert.deepEqual([await counts(1), await counts(25)], [[2, 2], [0, 0]]);
  await hold(killed(db), corrected);
  await hold(killed(db), at(25, 2), false, null);
  assert.deepEqual([await counts(1), await counts(25)], [[0, 1], [2, 1]], "on whatever page they come");
});

test("what was attached here and went to another customer since is taken off there", async () => {
  const db = await holding(...far_apart, put("visits", visit(2, 25)), put("attachments", attached(1, 25, 2)));
  const args = { attachment_id: id("a", 1), visit_id: id("v", 1), customer_id: c(1) };
  const entry = { id: id("e", 1), seq: 1, name: "visit.attach", customer_id: c(1), args, ending: "applied", mark: 1, rev: 1, done_at: 1, device_id: "d" };
  await db.transaction(["journal"], "readwrite", (tx) => tx.objectStore("journal").put(entry));
  await hold(killed(db), [remove("attachments", id("a", 1))]);
  assert.deepEqual((await shown(killed(db), 25)).attachments, []);
});

test("a page that another tab has applied already changes nothing", async () => {
  const db = await holding(put("customers", customer(1)));
  const asked = await where_to_go_on(db);
  await apply_page(db, asked, page([put("customers", customer(2))]));
  const { applied } = await apply_page(db, asked, page([put("customers", customer(3))]));
  assert.equal(applied, false);
  assert.equal((await (await open_store(db)).customers()).length, 2);
});

test("what another tab wrote is seen at the next look", async () => {
  const db = await holding(put("customers", customer(1)));
  const other = killed(db);
  assert.equal((await (await open_store(other)).customers()).length, 1);
  await hold(db, [put("customers", customer(2, { name: "New" }))]);
  assert.equal((await (await open_store(other)).customers()).length, 2);
});

const put_record = IDBObjectStore.prototype.put;
const full = () => { throw new DOMException("full", "QuotaExceededError"); };
for (const [when, fails] of Object.entries({ "at once": full, later: full_later(put_record) })) test(`a page that could not be kept (told ${when}) is not shown either`, async () => {
  const db = await holding(put("customers", customer(1)));
  IDBObjectStore.prototype.put = fails;
  try {
    await assert.rejects(hold(db, [put("customers", customer(2))]), { name: "StorageFull" });
  } finally {
    IDBObjectStore.prototype.put = put_record;
  }
  assert.equal((await (await open_store(db)).customers()).length, 1);
});

test("beginning afresh: the old rows stay on the screen until the new ones are all there", async () => {
  const db = await holding(put("customers", customer(1)));
  await restart_afresh(db);
  await hold(db, [put("me", ME), put("customers", customer(2))], true);
  assert.deepEqual((await (await open_store(db)).customers()).map((row) => row.id), [c(1)]);
  await hold(killed(db), [put("customers", customer(3))]);
  assert.deepEqual((await (await open_store(db)).customers()).map((row) => row.id), [c(2), c(3)]);
  const keys = await db.read(["replica"], (tx) => tx.objectStore("replica").getAllKeys());
  assert.equal(new Set(keys.map((key) => key.slice(0, 6))).size, 1, "the old copy is gone");
});

test("sums count what is held, through every change", async () => {
  const db = await holding();
  const ops = [put("customers", customer(1), 11), put("customers", customer(2), 12), put("visits", visit(1, 1), 13), put("visits", visit(2, 2), 14)];
  await hold(db, ops);
  const sum = (...pairs) => `${pairs.length}-${(pairs.reduce((total, [row_id, rev]) => total + crc32(`${row_id}:${rev}`), 0) % 2 ** 32).toString(16).padStart(8, "0")}`;
  const done = await hold(db, [put("visits", visit(1, 1), 20), remove("customers", c(2), "out_of_scope", 21)], false, {
    customers: sum([c(1), 11]), visits: sum([id("v", 1), 20]), opportunities: "0-00000000",
  });
  assert.deepEqual(done.drifted, []);
  assert.deepEqual((await hold(db, [], false, { customers: "2-00000000" })).drifted, ["customers"]);
});

test("crc32 is the one everybody has", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  assert.deepEqual(differing({}, { customers: "0-00000000" }), []);
});

test("lists are in the order of their keys, search finds names first", async () => {
  const db = await holding(
    put("customers", customer(1, { name: "Zoë", sort_key: "zoe", search_text: "zoe" })),
    put("customers", customer(2, { name: "北京", sort_key: "beijing", search_text: "北京 bj beijing" })),
    put("customers", customer(3, { name: "Adler", sort_key: "adler", search_text: "adler zoeller" })),
  );
  const store = await open_store(db);
  assert.deepEqual((await store.customers()).map((row) => row.name), ["Adler", "北京", "Zoë"]);
  assert.deepEqual((await store.search("zoe", 5)).map((row) => row.name), ["Zoë", "Adler"]);
  assert.deepEqual((await store.search("", 2)).map((row) => row.name), ["Adler", "北京"]);
  assert.deepEqual((await store.search("e", 9, (row) => row.name !== "Zoë")).map((row) => row.name), ["Adler", "北京"]);
});

test("Today's part: what is promised, planned and was done lately, by whom", async () => {
  const db = await holding(
    put("customers", customer(1)),
    put("follow_ups", follow_up(1, 1)), put("follow_ups", follow_up(2, 1, { completed_at: "2026-11-20T08:00:00.000Z" })),
    put("visits", visit(1, 1, { planned_on: "2026-11-23", started_at: null })), put("visits", visit(2, 1)),
    put("visits", visit(3, 1, { started_at: "2026-10-01T08:00:00.000Z" })), put("visits", visit(4, 1, { author_id: BOB })),
    put("visits", visit(5, 1, { corrected_by: id("v", 2) })),
  );
  const store = await open_store(killed(db));
  const agenda = await store.agenda();
  assert.deepEqual(agenda.follow_ups.map((row) => row.id), [id("f", 1)]);
  assert.deepEqual(agenda.planned.map((row) => row.id), [id("v", 1)]);
  assert.deepEqual(agenda.recent.map((row) => row.id), [id("v", 2)]);
});

test("a visit is on the screen before the server knows of it, marked as waiting", async () => {
  const db = await holding(put("customers", customer(1)), put("customers", customer(2)));
  await save(db, logged(1, 1, { note: "Hot", place: { latitude: 1, longitude: 2, accuracy_m: 3 }, follow_up: { follow_up_id: id("f", 1), due_on: "2026-11-25" } }));
  const store = await open_store(db);
  const held = await store.customer(c(1));
  const [done] = held.visits;
  assert.deepEqual([done.waiting, done.outcome, done.note, done.accuracy_m, done.author_id], [true, "ordered", "Hot", 3, ALICE]);
  assert.deepEqual(Object.keys({ ...done }).filter((key) => key !== "waiting").sort(), Object.keys(visit(1, 1)).sort());
  assert.deepEqual([held.follow_ups[0].visit_id, held.follow_ups[0].owner_id], [done.id, ALICE]);
  assert.equal(held.customer.last_touch_at, "2026-11-23T11:00:00.000Z");
  assert.equal((await store.customers()).find((row) => row.id === c(1)).last_touch_at, "2026-11-23T11:00:00.000Z");
  assert.equal((await store.agenda()).recent.length, 1);
  assert.equal((await store.agenda()).follow_ups.length, 1);
  assert.equal(await store.holder(id("v", 1)), c(1));
});

test("what is being written is foreseen as it is read back", async () => {
  const db = await holding(put("customers", customer(1)), put("visits", visit(1, 1)));
  await save(db, logged(2, 1));
  const store = await open_store(db);
  /** @type {any} */
  let foreseen;
  await save_all(db, [logged(3, 1)], { ahead: (entries) => (foreseen = store.after(entries)) });
  const [ahead, read] = [await foreseen, await open_store(db)];
  assert.deepEqual(ahead.outbox, read.outbox);
  assert.deepEqual(await ahead.customer(c(1)), await read.customer(c(1)));
  assert.equal((await ahead.customer(c(1))).visits.length, 3);
  assert.equal((await ahead.after(ahead.outbox)).outbox.length, 2); // a second tap on Save waits once
});

test("what was foreseen and found no room is not on the screen", async () => {
  const db = await holding(put("customers", customer(1)));
  const store = await open_store(db);
  const { add } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.add = full_later(add);
  /** @type {any} */
  let foreseen;
  try {
    await assert.rejects(save_all(db, [logged(1, 1)], { ahead: (entries) => (foreseen = store.after(entries)) }), { name: "StorageFull" });
  } finally {
    IDBObjectStore.prototype.add = add;
  }
  await foreseen;
  assert.deepEqual((await shown(db, 1)).visits, []);
});

test("Undo while both wait: as if nothing had been", async () => {
  const db = await holding(put("customers", customer(1, { last_touch_at: null })));
  await save(db, logged(1, 1, { follow_up: { follow_up_id: id("f", 1), due_on: "2026-11-25" } }));
  await save(db, { name: "visit.withdraw", args: { visit_id: id("v", 1) } });
  const held = await shown(db, 1);
  assert.deepEqual([held.visits, held.follow_ups, held.customer.last_touch_at], [[], [], null]);
});

test("a planned visit that is logged is done; withdrawn, it stands as planned again", async () => {
  const db = await holding(put("customers", customer(1)), put("visits", visit(1, 1, { planned_on: "2026-11-23", started_at: null, outcome: null, note: null })));
  await save(db, logged(1, 1));
  const store = await open_store(db);
  const agenda = await store.agenda();
  assert.deepEqual([agenda.planned.length, agenda.recent.length], [0, 1]);
  await save(db, { name: "visit.withdraw", args: { visit_id: id("v", 1) } });
  const [planned] = (await (await open_store(db)).agenda()).planned;
  assert.deepEqual([planned.outcome, planned.started_at], [null, null]);
});

test("a corrected visit stays and says by which; taken back, the first stands again", async () => {
  const db = await holding(put("customers", customer(1)), put("visits", visit(1, 1)), put("follow_ups", follow_up(1, 1, { visit_id: id("v", 1) })));
  await save(db, { ...logged(2, 1), name: "visit.correct", args: { ...logged(2, 1).args, corrects: id("v", 1) } });
  const held = await shown(db, 1);
  assert.deepEqual(held.visits.map(({ id: row_id, corrects, corrected_by }) => [row_id, corrects, corrected_by]).sort(),
    [[id("v", 1), null, id("v", 2)], [id("v", 2), id("v", 1), null]]);
  assert.equal(held.follow_ups[0].visit_id, id("v", 2));
  await save(db, { name: "visit.withdraw", args: { visit_id: id("v", 2) } });
  const after = await shown(db, 1);
  assert.deepEqual(after.visits.map((row) => [row.id, row.corrected_by]), [[id("v", 1), null]]);
  assert.equal(after.follow_ups[0].visit_id, id("v", 1));
  assert.equal(after.customer.last_touch_at, "2026-11-20T08:00:00.000Z");
});

test("a correction that moves a visit to another customer moves what was promised, too", async () => {
  const db = await holding(...put_all("customers", [customer(1), customer(2)]), put("visits", visit(1, 1)), put("follow_ups", follow_up(1, 1, { visit_id: id("v", 1) })));
  await save(db, { name: "visit.correct", args: { ...logged(2, 2).args, corrects: id("v", 1) } });
  assert.equal((await shown(db, 1)).follow_ups.length, 0);
  assert.equal((await shown(db, 2)).follow_ups.length, 1);
  assert.equal((await shown(db, 1)).customer.last_touch_at, null);
});

test("follow-ups: completed, reopened, moved, taken back, by their id alone", async () => {
  const db = await holding(put("customers", customer(1)), put("follow_ups", follow_up(1, 1)), put("follow_ups", follow_up(2, 1)), put("follow_ups", follow_up(3, 1)));
  await save(db, { name: "follow_up.complete", args: { follow_up_id: id("f", 1) }, happened_at: "2026-11-23T09:00:00.000Z" });
  await save(db, { name: "follow_up.snooze", args: { follow_up_id: id("f", 2), due_on: "2026-12-01" } });
  await save(db, { name: "follow_up.withdraw", args: { follow_up_id: id("f", 3) } });
  const held = await shown(db, 1);
  assert.deepEqual(held.follow_ups.map((row) => [row.id, row.completed_at, row.due_on]).sort(),
    [[id("f", 1), "2026-11-23T09:00:00.000Z", "2026-11-24"], [id("f", 2), null, "2026-12-01"]]);
  await save(db, { name: "follow_up.reopen", args: { follow_up_id: id("f", 1) } });
  assert.equal((await (await open_store(db)).agenda()).follow_ups.length, 2);
});

test("a customer made on the phone is in lists and search, with the rows that hang off it", async () => {
  const db = await holding(put("customers", customer(1, { sort_key: "m" })));
  await save(db, { name: "customer.create", args: { customer_id: c(9), name: "Émile & Söhne", phone: "+33 1 23", region: "Lyon" } });
  await save(db, { name: "contact.create", args: { contact_id: id("k", 1), customer_id: c(9), name: "Zoé", role: "decides" } });
  await save(db, { name: "contact.edit", args: { contact_id: id("k", 1), fields: { role: "uses" } } });
  const store = await open_store(db);
  assert.deepEqual((await store.customers()).map((row) => row.id), [c(9), c(1)]);
  for (const query of ["emile", "lyon", "3312"]) assert.deepEqual((await store.search(query, 5)).map((row) => row.id), [c(9)]);
  const held = await store.customer(c(9));
  assert.deepEqual([held.customer.owner_id, held.customer.lifecycle, held.customer.cadence_days, held.customer.waiting], [ALICE, "lead", 30, true]);
  assert.deepEqual(Object.keys(held.customer).filter((key) => key !== "waiting").sort(), Object.keys(customer(1)).sort());
  assert.equal(held.contacts[0].role, "uses");
});

test("edits, tags, shares and owners are laid over; a name edited is found by the new one", async () => {
  const db = await holding(put("customers", customer(1, { name: "Old", sort_key: "old", search_text: "old", tags: ["a"] })));
  await save(db, { name: "customer.edit", args: { customer_id: c(1), fields: { name: "New", region: null } } });
  await save(db, { name: "customer.add_tag", args: { customer_id: c(1), tag: "b" } });
  await save(db, { name: "customer.remove_tag", args: { customer_id: c(1), tag: "a" } });
  await save(db, { name: "customer.share", args: { customer_id: c(1), user_id: BOB } });
  await save(db, { name: "customer.assign", args: { customer_id: c(1), from: ALICE, to: BOB } });
  const store = await open_store(db);
  const { customer: row } = await store.customer(c(1));
  assert.deepEqual([row.name, row.tags, row.shared_with, row.owner_id], ["New", ["b"], [BOB], BOB]);
  assert.equal((await store.search("new", 5)).length, 1);
  assert.equal((await store.search("old", 5)).length, 0);
});

test("another stage of a customer's life is laid over with its history, after what is known, and gone when taken back", async () => {
  const before = { by: BOB, at: "2026-11-24T10:00:00.000Z", from: "lead", to: "active" };
  const db = await holding(put("customers", customer(1, { lifecycle_moves: [before] })), put("customers", customer(2, { lifecycle_moves: null })));
  const edit = (/** @type {number} */ number, /** @type {object} */ fields, /** @type {string} */ happened_at) =>
    save(db, { name: "customer.edit", args: { customer_id: c(number), fields }, happened_at });
  const moves = async (/** @type {number} */ number) => (await shown(db, number)).customer.lifecycle_moves;
  const [dormant, lost] = [{ by: ALICE, from: "active", to: "dormant" }, { by: ALICE, from: "dormant", to: "lost" }];
  await edit(1, { lifecycle: "active", region: "Quay" }, "2026-11-24T08:00:00.000Z");
  assert.deepEqual(await moves(1), [before]);
  await edit(1, { lifecycle: "dormant" }, "2026-11-24T09:00:00.000Z");
  const { seq } = await edit(1, { lifecycle: "lost" }, "2026-11-24T11:00:00.000Z");
  assert.deepEqual(await moves(1), [before, { ...dormant, at: before.at }, { ...lost, at: "2026-11-24T11:00:00.000Z" }]);
  await discard(db, seq);
  assert.equal((await moves(1)).length, 2);
  await edit(2, { lifecycle: "dormant" }, "2026-11-24T09:00:00.000Z");
  assert.deepEqual(await moves(2), [{ ...dormant, at: "2026-11-24T09:00:00.000Z" }]);
});

test("opportunities and settings of one's own are laid over", async () => {
  const db = await holding(put("customers", customer(1)));
  await save(db, { name: "opportunity.create", args: { opportunity_id: id("o", 1), customer_id: c(1), name: "Line 2", amount_cents: 1, currency: "EUR", stage: "lead" } });
  await save(db, { name: "opportunity.move", args: { opportunity_id: id("o", 1), from: "lead", to: "quote", note: "Asked" } });
  await save(db, { name: "opportunity.revalue", args: { opportunity_id: id("o", 1), from_cents: 1, from_currency: "EUR", amount_cents: 2, currency: "USD" } });
  await save(db, { name: "opportunity.edit", args: { opportunity_id: id("o", 1), fields: { name: "Line 3" } } });
  await save(db, { name: "opportunity.approve", args: { opportunity_id: id("o", 1), stage: "contract", amount_cents: 2, currency: "USD" } });
  await save(db, { name: "user.edit", args: { fields: { locale: "zh-Hans" } } });
  const store = await open_store(db);
  const [laid] = (await store.customer(c(1))).opportunities;
  assert.deepEqual([laid.stage, laid.name, laid.amount_cents, laid.currency, laid.approvals[0].stage], ["quote", "Line 3", 2, "USD", "contract"]);
  assert.deepEqual([laid.moves.length, laid.moves[0].note, laid.moves[0].at === laid.stage_since], [1, "Asked", true]);
  assert.deepEqual((await store.agenda()).opportunities.map((row) => row.id), [id("o", 1)]);
  assert.equal((await store.me()).locale, "zh-Hans");
});

test("a deleted customer is gone from the screen at once", async () => {
  const db = await holding(put("customers", customer(1)), put("follow_ups", follow_up(1, 1)));
  await save(db, { name: "customer.delete", args: { customer_id: c(1) } });
  const store = await open_store(db);
  assert.deepEqual([await store.customers(), await store.customer(c(1)), (await store.agenda()).follow_ups], [[], null, []]);
});

test("what is taken back before it was sent is no longer laid over", async () => {
  const db = await holding(put("customers", customer(1)));
  const entry = await save(db, logged(1, 1));
  await discard(db, entry.seq);
  assert.equal((await shown(db, 1)).visits.length, 0);
});

test("a visit to a customer that was given away meanwhile stays in the outbox, and breaks no screen", async () => {
  const db = await holding(put("customers", customer(1)), put("customers", customer(2)));
  await save(db, { ...logged(1, 1), label: "Customer 00001" });
  await hold(db, [remove("customers", c(1), "out_of_scope")]);
  const store = await open_store(db);
  assert.deepEqual([(await store.customers()).length, await store.customer(c(1)), (await store.agenda()).recent], [1, null, []]);
  assert.equal(store.outbox[0].label, "Customer 00001");
});

test("what was entered about a customer that is now one with another is shown there", async () => {
  const db = await holding(put("customers", customer(1)), put("customers", customer(2)), put("visits", visit(1, 1)));
  await save(db, logged(7, 1));
  await save(db, { name: "customer.edit", args: { customer_id: c(1), fields: { region: "Quay" } } });
  assert.equal((await shown(db, 1)).visits.length, 2); // and so it is known who was one with whom until now
  await hold(db, [
    put("customers", customer(2, { merged_ids: [c(1)] })), put("visits", { ...visit(1, 1), customer_id: c(2) }), remove("customers", c(1)),
  ]);
  for (const alive of [db, killed(db)]) {
    const held = await shown(alive, 2);
    assert.deepEqual(held.visits.map((row) => [row.id, row.customer_id]).sort(), [[id("v", 1), c(2)], [id("v", 7), c(2)]]);
    assert.deepEqual([held.customer.region, held.customer.waiting], ["Quay", true]);
    assert.equal(await shown(alive, 1), null);
  }
});

test("the customer opened last is remembered", async () => {
  const db = await holding();
  await remember_opened(db, c(1));
  assert.equal((await open_store(killed(db))).last_opened.customer_id, c(1));
});

test("a store that the browser has emptied is not mistaken for what another tab remembers of it", async () => {
  const one = phone();
  const tab = killed(one);
  await hold(one, [put("me", ME), put("customers", customer(1))]);
  assert.equal((await (await open_store(tab)).customers()).length, 1);
  for (const db of [one, tab]) await db.close();
  await one.transaction(["meta", "replica"], "readwrite", async (tx) => {
    await Promise.all([tx.objectStore("meta").clear(), tx.objectStore("replica").clear()]);
  });
  await hold(one, [put("me", ME), put("customers", customer(2))]);
  assert.deepEqual((await (await open_store(tab)).customers()).map((row) => row.id), [c(2)]);
});

const LIST = { attachment_id: id("a", 1), customer_id: c(1), name: "List.pdf", sha256: "ab".repeat(32), size: 9, media_type: "application/pdf" };

test("a file is shown while it waits, goes when it is taken off, and Undo brings it back before anything was sent", async () => {
  const db = await holding(put("customers", customer(1)));
  await db.transaction(["blobs"], "readwrite", (tx) => tx.objectStore("blobs").put({ hash: LIST.sha256, blob: new Blob(["x"]), kept_at: 1 }));
  await save(db, { name: "file.attach", args: LIST });
  const [attached] = (await shown(db, 1)).attachments;
  assert.deepEqual([attached.name, attached.visit_id, attached.opportunity_id, attached.waiting], ["List.pdf", null, null, true]);
  await save(db, { name: "file.detach", args: { attachment_id: LIST.attachment_id }, customer_id: c(1) });
  assert.deepEqual((await shown(db, 1)).attachments, []);
  await save(db, { name: "file.reattach", args: { attachment_id: LIST.attachment_id } });
  assert.equal((await shown(db, 1)).attachments[0].name, "List.pdf");
});
