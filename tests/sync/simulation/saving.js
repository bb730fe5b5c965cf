/** Saves something on a phone, as the app does. */
import { ASKING } from "./departments.js";
import { blob_of, recorded, something_to_attach } from "./photos.js";
import { SUPPORTING } from "./people.js";
import { MOVING, begun } from "./pool.js";
import { CONTRACTS, FILES, REST } from "./rest.js";
import { SELLING } from "./selling.js";
import { pen_at, something_to_write } from "./writing.js";

/** What `pursue` draws from: later steps of a sale have more weight, because they need the earlier ones. */
const PURSUING = [...SELLING.map(([weight, make], at) => [weight + at, make]), ...CONTRACTS, ...FILES, ...ASKING];
const ROLES = { mei: "manager", dora: "admin", eve: "executive", sam: "support" };
const BEGINNING = [MOVING, REST];

export async function save(it, count, kinds) {
  const { world, phone, tab, chance } = it;
  const { code } = world;
  const store = await code.open_store(tab.db);
  const role = await role_of(world, phone, store);
  const changes = [];
  for (let at = 0; at < count; at += 1) {
    const who = { ...around(world, phone, chance), role };
    const written = role === "support" && chance.maybe(0.8) ? SUPPORTING : kinds;
    const { bytes, ...change } = (await something_to_write(store, who, written)) ?? (BEGINNING.includes(kinds) && !(await store.customers()).length ? begun(who) : {});
    if (bytes) await keep(it, { bytes });
    if (change.name) changes.push(change);
  }
  if (!changes.length) return;
  const entries = count === 1 ? [await code.save(tab.db, changes[0])] : await code.save_all(tab.db, changes);
  if (tab.alive) for (const entry of entries) world.accounts.said(entry);
  await code.sync_now(tab.db, "saved");
}

/** Saves several changes at one customer, so that a sale there gets through its stages, or nearly. */
export async function pursue({ world, phone, tab, chance }) {
  const { code } = world;
  const shown = await (await code.open_store(tab.db)).customers();
  if (!shown.length) return;
  const at = chance.pick(shown).id;
  for (let steps = 6 + chance.below(7); steps > 0; steps -= 1) {
    const more = { ...around(world, phone, chance), at, patience: 20 };
    const { bytes, ...change } = (await something_to_write(await code.open_store(tab.db), more, PURSUING)) ?? {};
    if (bytes) await keep({ world, phone, tab }, { bytes });
    if (!change.name) continue;
    const entry = await code.save(tab.db, change);
    if (tab.alive) world.accounts.said(entry);
  }
  await code.sync_now(tab.db, "saved");
}

async function keep({ world, phone, tab }, recording) {
  await world.code.keep_file(tab.db, blob_of(recording));
  phone.profile.has_files = true;
}

/** Keeps a photo or a voice note as soon as it was taken, and then saves the form that names it. */
export async function attach({ world, phone, tab, chance }) {
  const { code } = world;
  const pen = await pen_at(await code.open_store(tab.db), around(world, phone, chance));
  if (pen === null) return;
  const recording = recorded(world, chance);
  const changes = something_to_attach(pen, recording, [world.unique_moment(phone), pen.happened_at]);
  await keep({ world, phone, tab }, recording);
  const entries = await code.save_all(tab.db, changes);
  if (tab.alive) for (const entry of entries) world.accounts.said(entry);
  await code.sync_now(tab.db, "saved");
}

/** The user's role as this phone knows it; where people come and go, it may be another one by now. */
async function role_of(world, { user, user_id }, store) {
  const me = world.people_move && (await store.people()).find(({ id }) => id === user_id);
  return me ? me.role : (ROLES[user] ?? "rep");
}

function around(world, phone, chance) {
  const { user_id, user } = phone;
  world.number += 1;
  return {
    chance, user_id, role: ROLES[user] ?? "rep", users: Object.values(world.users), number: world.number,
    deleted: world.deleted, taken_off: world.taken_off, sealed_text: world.code.sealed_text,
    happened_at: world.unique_moment(phone), new_id: () => world.code.new_id(phone.tabs[0].ports),
  };
}
