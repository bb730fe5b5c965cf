/** Compares what a phone shows with what was saved on it, and with what its user may see. */
import { on_disk } from "./disk.js";

const BUNDLE = ["contacts", "visits", "follow_ups", "opportunities", "attachments", "quotes", "orders", "contracts", "tasks"];
/** Changes after which a visit is rightly not shown. */
const TAKES_BACK = new Set(["visit.withdraw", "visit.cancel", "visit.correct"]);

/** A visit must be shown from the moment it was saved on. */
export async function look_at({ world, phone, tab }) {
  const visits = [...on_disk(phone, "outbox"), ...on_disk(phone, "journal")].filter(is_visible_visit);
  const store = await world.code.open_store(tab.db);
  for (const { id, args } of visits) {
    const held = (await store.customer(args.customer_id)) ?? (await merged(store, args.customer_id));
    if (held === null || held.visits.some((visit) => visit.id === args.visit_id)) continue;
    if (may_be_gone(world, phone, id, args.visit_id)) continue;
    world.violate("out of sight", { phone: phone.number, id, visit_id: args.visit_id });
  }
}

async function merged(store, customer_id) {
  const into = (await store.customers()).find(({ merged_ids }) => merged_ids?.includes(customer_id));
  return into ? store.customer(into.id) : null;
}

function is_visible_visit({ name, state, ending, discarded }) {
  return ["visit.log", "activity.log"].includes(name) && !discarded && (ending ? ending === "applied" : state === "waiting");
}

function may_be_gone(world, phone, id, visit_id) {
  const { was_parked, is_void, lost_with_storage } = world.accounts.changes.get(id);
  if (was_parked || is_void || lost_with_storage || phone.is_clone) return true;
  return [...world.accounts.changes.values()].some(({ name, args }) => TAKES_BACK.has(name) && [args.visit_id, args.corrects].includes(visit_id));
}

/** Compares all rows with those that the server's tables hold for this user. @param {Record<string, Record<string, any>>} expected @returns {Promise<any[]>} where it differs */
export async function compare(world, phone, tab, expected) {
  const shown = await rows_of(await world.code.open_store(tab.db));
  return Object.entries(expected).flatMap(([collection, rows]) => {
    const [held, wanted] = [lines_of(shown[collection]), lines_of(Object.values(rows))];
    const missing = wanted.filter((line) => !held.includes(line));
    const surplus = held.filter((line) => !wanted.includes(line));
    return missing.length || surplus.length ? [{ phone: phone.number, user: phone.user, collection, missing, surplus }] : [];
  });
}

async function rows_of(store) {
  const ids = (await store.customers()).map((summary) => summary.id);
  const held = [];
  for (const id of ids) held.push(await store.customer(id));
  const bundles = Object.fromEntries(BUNDLE.map((name) => [name, held.flatMap((each) => each[name])]));
  return { customers: held.map((each) => each.customer), ...bundles, people: await store.people(), products: await store.products(), pipelines: await store.pipelines(), custom_fields: await store.custom_fields(), library: await store.library(), letterheads: [await store.letterhead()].filter(Boolean), me: [await store.me()] };
}

/** Rows as text, without differences in the order of columns or in whether empty ones are there. */
function lines_of(rows) {
  return rows.map((row) => JSON.stringify(Object.keys(row).filter((name) => name !== "rev" && row[name] !== null).sort().map((name) => [name, row[name]]))).sort();
}
