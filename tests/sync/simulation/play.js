/** Plays one history: first what was drawn, then a time without faults, after which everything must be right. */
import { chance_of } from "./chance.js";
import { perform } from "./deeds.js";
import { check_tasks } from "./departments.js";
import { device_of, on_disk } from "./disk.js";
import { bring_back, check_contacts } from "./people.js";
import { SimulatedPhone } from "./phone.js";
import { check_attached } from "./photos.js";
import { check_rows } from "./rest.js";
import { check_sales } from "./selling.js";
import { compare } from "./showing.js";
import { World } from "./world.js";

/** Customers to a record of the replica, as in sync/replica_rows.js, unless a history says otherwise. */
const PER_RECORD = { directory: 250, agenda: 250, customers: 100, bundles: 10 };
const MOST_ROUNDS = 10;
const PATIENCE_MS = 3_600_000;

/** @returns {Promise<{violations: any[], stats: any}>} */
export async function play(code, server, users, drawn) {
  Object.assign(code.PER_RECORD, PER_RECORD, drawn.per_record);
  const world = new World(code, server, drawn.seed);
  world.users = users;
  world.people_move = Boolean(drawn.newcomers);
  listen_to_console(world);
  await server("begin", { page_bytes: drawn.page_bytes, newcomers: Boolean(drawn.newcomers) });
  for (const [number, { user, tabs, locks }] of drawn.phones.entries()) add_phone(world, number, user, tabs, locks);
  const chance = chance_of(drawn.seed);
  for (const phone of world.phones) await sync(world, phone, chance);
  for (const deed of drawn.deeds) {
    await perform(world, deed);
    if (world.violations.length) break;
  }
  if (!world.violations.length) await come_right(world, chance);
  return { violations: world.violations.slice(0, 5), stats: world.stats };
}

/** A phone that has drifted warns on the console before it starts afresh, which should never happen. */
function listen_to_console(world) {
  console.warn = (...told) => world.violate("drifted", told.join(" "));
  console.error = (...told) => world.heard.push(told.join(" "));
}

function add_phone(world, number, user, tabs, locks) {
  const phone = new SimulatedPhone(world, number, user, world.users[user], locks);
  world.phones.push(phone);
  for (let at = 0; at < tabs; at += 1) phone.open_tab();
}

async function come_right(world, chance) {
  for (const phone of world.phones) Object.assign(phone, { troubles: [], lane_troubles: [], full: false, disk_faults: phone.disk_faults + 1 });
  await world.line.release();
  await world.server("deploy", { version: "current" });
  await bring_back(world, (phone) => sync(world, phone, chance));
  for (const phone of world.phones) if (!(await drain(world, phone, chance))) return;
  // Each once more: what one phone has sent is news for another, and lets changes through that waited for it.
  for (const phone of world.phones) if (!(await check_phone(world, phone, chance))) return;
  const found = await world.server("account", {});
  world.accounts.check(found);
  check_attached(world, found);
  check_sales(world, found);
  check_tasks(world, found);
  check_rows(world, found);
  check_contacts(world, found);
  for (const trespass of found.trespasses) world.violate("trespass", trespass);
}

/** Syncs until nothing waits on the phone. @returns {Promise<boolean>} whether it came to that; if not, the others need not try */
async function drain(world, phone, chance) {
  let outcome = null;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    outcome = await sync(world, phone, chance);
    const is_over = outcome?.state === "done" || (phone.profile.is_lost && outcome?.problem === "wiped");
    if (is_over && !on_disk(phone, "outbox").some((entry) => entry.state === "waiting")) {
      await send_files(world, phone, chance);
      return true;
    }
    world.now += PATIENCE_MS;
    await world.run(200, chance);
  }
  world.violate("does not drain", { phone: phone.number, outcome });
  return false;
}

/** Sends files, and then syncs once more, because their rows have changed. */
async function send_files(world, phone, chance) {
  if (!phone.profile.has_files || phone.profile.is_lost) return;
  const sent = world.start(phone, () => world.code.send_files(phone.tab().db));
  sent.catch((error) => world.violate("unexpected error", String(error?.stack ?? error)));
  await world.until(sent, chance);
  await sync(world, phone, chance);
}

async function sync(world, phone, chance) {
  const { db } = phone.tab();
  let outcome = null;
  const asked = world.start(phone, () => world.code.sync_now(db, "asked")).then((found) => (outcome = found));
  asked.catch((error) => world.violate("unexpected error", String(error?.stack ?? error)));
  await world.until(asked, chance);
  return outcome;
}

/** Compares a phone with the server. If another phone has sent something meanwhile, compares again. */
async function check_phone(world, phone, chance) {
  let differences = [];
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    const before = await world.server("revision", {});
    if (!(await drain(world, phone, chance))) return false;
    if (!device_of(phone)) {
      world.accounts.check_wiped(phone);
      return true;
    }
    differences = await compared(world, phone, chance);
    if (!differences.length || before === (await world.server("revision", {}))) break;
  }
  for (const difference of differences) world.violate("diverged", difference);
  return true;
}

async function compared(world, phone, chance) {
  const rows = await world.server("look", { user_id: phone.user_id });
  const found = [];
  for (const tab of phone.tabs) {
    const held = world.start(phone, () => compare(world, phone, tab, rows)).then((differences) => found.push(...differences));
    held.catch((error) => world.violate("unexpected error", String(error?.stack ?? error)));
    await world.until(held, chance);
  }
  return found;
}
