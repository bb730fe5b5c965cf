/** Draws what happens in a history, and does it. Each deed has a seed of its own, so that leaving one out changes no other. */
import { chance_of } from "./chance.js";
import { ASKING, answer_at_desk } from "./departments.js";
import { copy_disk, device_of, erase, is_writing, lose_power, profile_of } from "./disk.js";
import { LANE_TROUBLES, TROUBLES } from "./line.js";
import { CONTACTS, share_at_desk, shelve, staff } from "./people.js";
import { SimulatedPhone } from "./phone.js";
import { MOVING, move_at_desk } from "./pool.js";
import { REST, run_the_office } from "./rest.js";
import { attach, pursue, save } from "./saving.js";
import { SELLING, quote_at_desk, sell_at_desk } from "./selling.js";
import { look_at } from "./showing.js";

const DAY_MS = 86_400_000;
const MOST_PHONES = 8;
/** How far a clock may be off. Two phones then differ by less than the 90 days that a journal keeps entries. */
const MOST_DAYS_OFF = 40;

/** Weights: how often each is drawn. */
const DEEDS = {
  save: 26, save_group: 3, discard: 2, replace: 2, sync: 9, look: 6, wait: 6, open_tab: 1,
  trouble: 14, server_fault: 6, release: 3, kill: 4, lose_power: 2, fill: 2, lose_connections: 2, evict: 0.7, clock: 3, clone: 1,
  desk: 9, back_up: 2.5, restore: 1.5, deploy: 2, review: 6, lose: 0.5, export_outbox: 2,
};
/** This share of all deeds is replaced by one of these, drawn from a sequence of their own. */
const FURTHER = 0.3;
const FURTHER_DEEDS = { attach: 6, lane_trouble: 6, lane_fault: 4, sell: 10, sell_again: 3, sell_at_desk: 5, quote_at_desk: 4, task: 6, answer_at_desk: 3 };
/** And this share by one of these. Each later list has its own sequence, so that what was drawn before stays what it was. */
const MOVES = 0.3;
const MOVE_DEEDS = { move: 6, move_group: 2, move_at_desk: 10, rest: 8, run_the_office: 3, pursue: 2.5 };
/** This share of all histories has people who come and go; and in these, this share of deeds is replaced by one of the third list. */
const STAFFED = 0.6;
const STAFF_MOVES = 0.25;
const STAFF_DEEDS = { contact: 6, contact_group: 1.5, staff: 7, shelve: 3, share_at_desk: 4, save: 6, sync: 5, task: 2 };
const WHY = ["asked", "saved", "online", "start", "timer", "event"];

/** Draws a history. `per_record`: so few customers to a record of the replica that a phone with few customers has as many records as one
 * with hundreds.
 * @param {number} seed @returns {{phones: any[], page_bytes: number | null, seed: number, deeds: any[], newcomers?: boolean, per_record?: Record<string, number>}} */
export function draw(seed) {
  const chance = chance_of(seed);
  const phones = Array.from({ length: 2 + chance.weighted([[6, 0], [5, 1], [4, 2], [2, 3], [1, 4], [1, 5], [1, 6]]) }, () => ({
    user: chance.weighted([[5, "alice"], [3, "bob"], [2, "mei"], [2, "charlie"], [0.5, "dora"]]), tabs: 1 + chance.below(3), locks: chance.maybe(0.7),
  }));
  const [further, moving, staffing] = [chance_of(~seed), chance_of(seed ^ 0x6d6f7665), chance_of(seed ^ 0x73746166)];
  const is_staffed = staffing.maybe(STAFFED);
  if (is_staffed) for (const phone of phones) if (staffing.maybe(0.3)) phone.user = staffing.pick(["eve", "sam"]);
  const deeds = Array.from({ length: 30 + chance.below(70) }, () => {
    const deed = { do: chance.weighted(weights_of(DEEDS)), on: chance.next(), seed: chance.below(2 ** 31), steps: chance.below(90) };
    if (further.maybe(FURTHER)) deed.do = further.weighted(weights_of(FURTHER_DEEDS));
    if (moving.maybe(MOVES)) deed.do = moving.weighted(weights_of(MOVE_DEEDS));
    if (is_staffed && staffing.maybe(STAFF_MOVES)) deed.do = staffing.weighted(weights_of(STAFF_DEEDS));
    return deed;
  });
  /** @type {any} */
  const drawn = { phones, page_bytes: chance.maybe(0.3) ? 3000 : null, seed: chance.below(2 ** 31), deeds };
  if (is_staffed) drawn.newcomers = true;
  return moving.maybe(0.6) ? { ...drawn, per_record: { directory: 3, agenda: 3, customers: 2, bundles: 1 + moving.below(3) } } : drawn;
}

function weights_of(choices) {
  return Object.entries(choices).map(([name, weight]) => [weight, name]);
}

/** @param {import("./world.js").World} world @param {any} deed */
export async function perform(world, deed) {
  const chance = chance_of(deed.seed);
  const phone = world.phones[Math.floor(deed.on * world.phones.length)];
  await deeds[deed.do]({ world, phone, chance, tab: phone.tab(chance.below(3)) });
  await world.run(deed.steps, chance);
}

const deeds = {
  save: (it) => attempt(it, () => save(it, 1)),
  save_group: (it) => attempt(it, () => save(it, 2 + it.chance.below(3))),
  discard: (it) => attempt(it, () => discard(it)),
  replace: (it) => attempt(it, () => replace(it)),
  sync: (it) => attempt(it, () => it.world.code.sync_now(it.tab.db, it.chance.pick(WHY))),
  look: (it) => attempt(it, () => look_at(it)),
  wait: ({ world, chance }) => { world.now += chance.pick([1_000, 30_000, 600_000, 7_200_000, DAY_MS]); },
  open_tab: ({ phone }) => { if (phone.tabs.length < 3) phone.open_tab(); },
  trouble: ({ phone, chance }) => { phone.troubles.push({ line: chance.pick(TROUBLES) }); },
  server_fault: ({ phone, chance }) => { phone.troubles.push({ interrupt: interruption(chance, 30) }); },
  lane_trouble: ({ phone, chance }) => { phone.lane_troubles.push({ line: chance.pick(LANE_TROUBLES) }); },
  lane_fault: ({ phone, chance }) => { phone.lane_troubles.push({ interrupt: interruption(chance, 15) }); },
  attach: (it) => attempt(it, () => attach(it)),
  sell: (it) => attempt(it, () => save(it, 1, SELLING)),
  sell_again: (it) => attempt(it, () => save(it, 2 + it.chance.below(2), SELLING)),
  sell_at_desk,
  quote_at_desk,
  task: (it) => attempt(it, () => save(it, 1, ASKING)),
  answer_at_desk,
  move: (it) => attempt(it, () => save(it, 1, MOVING)),
  move_group: (it) => attempt(it, () => save(it, 2 + it.chance.below(2), MOVING)),
  move_at_desk,
  rest: (it) => attempt(it, () => save(it, 1, REST)),
  run_the_office,
  contact: (it) => attempt(it, () => save(it, 1, CONTACTS)),
  contact_group: (it) => attempt(it, () => save(it, 2 + it.chance.below(2), CONTACTS)),
  staff,
  shelve,
  share_at_desk,
  pursue: (it) => attempt(it, () => pursue(it)),
  release: ({ world }) => world.line.release(),
  kill: ({ world, phone, tab, chance }) => {
    world.note_fault("phone_killed");
    phone.kill(tab, chance);
    phone.open_tab();
  },
  lose_power: ({ world, phone, chance }) => {
    world.note_fault("power_lost");
    for (const tab of [...phone.tabs]) phone.kill(tab, chance);
    lose_power(phone, chance);
    phone.open_tab();
  },
  fill: ({ world, phone }) => {
    world.note_fault("storage_full");
    phone.full = !phone.full;
    phone.disk_faults += 1;
  },
  lose_connections: ({ world, phone }) => {
    world.note_fault("connection_to_storage_lost");
    phone.lose_connections();
  },
  evict: ({ world, phone }) => {
    world.note_fault("storage_evicted");
    phone.lose_connections(); // what was half written is on no disk
    world.accounts.evict(phone);
    erase(phone);
  },
  clock: ({ world, phone, chance }) => {
    world.note_fault("clock_jumped");
    phone.ahead = Math.round((chance.next() * 2 - 1) * MOST_DAYS_OFF * DAY_MS);
  },
  clone: (it) => clone(it),
  desk: (it) => desk(it),
  review: async ({ world, chance }) => {
    const decided = { name: chance.pick(["mei", "dora"]), chance: chance.next(), lets_through: chance.maybe(0.6), now: world.now };
    if (await world.server("review", decided)) world.note_fault(decided.lets_through ? "let_through" : "dismissed");
  },
  lose: (it) => lose(it),
  export_outbox: (it) => attempt(it, () => export_outbox(it)),
  back_up: async ({ world }) => {
    world.note_fault("backup");
    world.has_backup = true;
    await world.server("back_up", {});
  },
  restore: async ({ world }) => {
    if (!world.has_backup) return;
    world.note_fault("restore");
    world.accounts.restored();
    world.desk_quotes = []; // it may have forgotten them
    await world.server("restore", {});
  },
  deploy: async ({ world, chance }) => {
    const version = chance.pick(["older", "current", "current", "newer"]);
    world.note_fault(`deploy_${version}`);
    await world.server("deploy", { version });
  },
};

/** Begins the work without waiting for it: the scheduler decides when it ends. If it fails without a fault of the disk, that is a
 * violation. */
function attempt({ world, phone, tab }, work) {
  const faults = phone.disk_faults;
  world.start(phone, work).catch((error) => {
    if (tab.alive && !phone.full && phone.disk_faults === faults) world.violate("unexpected error", String(error?.stack ?? error));
  });
}

/** [kind, at] of an Interruption: at a statement or, with 0, at the commit. */
function interruption(chance, statements) {
  return [chance.pick(["kill", "kill", "hold", "hold", "disk"]), chance.maybe(0.4) ? 0 : 1 + chance.below(statements)];
}

async function discard({ world, tab, chance }) {
  const entries = await world.code.list(tab.db);
  if (!entries.length) return;
  const { seq } = chance.pick(entries);
  await world.code.discard(tab.db, seq);
}

async function replace({ world, tab, chance }) {
  const parked = (await world.code.list(tab.db)).filter(({ state, name }) => state === "parked" && !name.startsWith("entry."));
  if (!parked.length) return;
  const { seq, name, args, customer_id, happened_at } = chance.pick(parked);
  // With the same moment, and so the same mark: the two of them together may have one effect.
  const again = { name, args, customer_id, happened_at };
  world.accounts.said(await world.code.replace_parked(tab.db, seq, again));
}

/** The whole profile of the browser is copied to another phone. */
async function clone({ world, phone, chance }) {
  if (world.phones.length >= MOST_PHONES) return;
  world.note_fault("profile_cloned");
  const copy = new SimulatedPhone(world, world.phones.length, phone.user, phone.user_id, phone.has_locks);
  world.phones.push(copy);
  copy.profile = phone.profile;
  for (const each of [phone, copy]) each.is_clone = true;
  const { db } = copy.open_tab();
  while (is_writing(phone)) await world.run(1, chance);
  const profile = profile_of(phone, db.name);
  await world.until(world.start(copy, () => copy_disk(profile, db)), chance);
}

/** The phone is lost, and an admin wants it wiped. Whoever has found it may go on writing. */
async function lose({ world, phone }) {
  const device = device_of(phone);
  const { secret } = phone.profile;
  if (!device || !(await world.server("lose", { device_id: device.device_id, user_id: phone.user_id, secret, now: world.now }))) return;
  world.note_fault("phone_lost");
  phone.profile.is_lost = true;
}

/** The outbox is exported and brought in on another phone of the same user, or at the server. */
async function export_outbox({ world, phone, tab, chance }) {
  const text = JSON.stringify(await world.code.export_all(tab.db));
  const others = world.phones.filter((each) => each !== phone && each.user_id === phone.user_id);
  phone.has_exported = true;
  if (!others.length || chance.maybe(0.4)) {
    if (await world.server("bring_in", { text, user_id: phone.user_id, now: world.now })) world.note_fault("outbox_to_the_server");
    return;
  }
  const other = chance.pick(others);
  other.has_exported = true;
  if (JSON.parse(text).changes.length) world.note_fault("outbox_to_another_phone");
  attempt({ world, phone: other, tab: other.tab() }, async () => {
    if ((await world.code.bring_in(other.tab().db, text)) === null) world.violate("outbox not taken", {});
  });
}

/** A manager or an admin at a desk. */
async function desk({ world, chance }) {
  const customers = await world.server("customers", {});
  if (!customers.length) return undefined;
  const [customer_id, owner_id] = chance.pick(customers);
  const user_id = chance.pick(Object.values(world.users));
  const of = { customer_id };
  const [change, args] = chance.weighted([
    [5, ["customer.assign", { ...of, from: owner_id, to: user_id }]],
    [2, ["customer.share", { ...of, user_id }]],
    [2, ["customer.unshare", { ...of, user_id }]],
    [2, ["customer.edit", { ...of, fields: { region: `of ${customer_id} desk` } }]],
    [1, ["customer.delete", of]],
    [2, ["customer.merge", { ...of, into_id: chance.pick(customers)[0] }]],
  ]);
  if (change === "customer.delete") world.deleted.push(customer_id);
  if (change === "customer.merge") world.note_fault("merged");
  if (world.deleted.length && chance.maybe(0.2)) {
    const again = { customer_id: chance.pick(world.deleted) };
    return world.server("do", { name: "dora", change: "customer.restore", args: again, now: world.now });
  }
  return world.server("do", { name: chance.pick(["mei", "dora"]), change, args, now: world.now });
}
