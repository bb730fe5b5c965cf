/** Bringing the replica up to date: page by page, each with its cursor in one transaction, going on where it stopped. */

import { replica } from "../build/generated/replica.js";
import { ask, page_of } from "./exchange.js";
import { device_of } from "./outbox.js";
import { apply_page, restart_afresh } from "./replica_writing.js";
import { replica_state } from "./replica.js";
import { begin_new_epoch, change_sync_state, reopen, replay, sync_state } from "./replay.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./exchange.js").PulledPage} PulledPage */
/** @typedef {import("./replica_writing.js").Asked & {device_id: string, acked_seq: number, epoch: string | null, replay_due: boolean,
 *   wants_sums: boolean, shape?: number}} Standing */
/** @typedef {{address: string, answer: Promise<Answer>}} Ahead the next page, asked for while the one before is applied */
/** @typedef {{kind: "done" | Answer["kind"], changed: boolean, replays: boolean, after_ms?: number, problem?: string, handed_in?: import("./exchange.js").HandedIn}} Pulled */

const PAGE_MS = 20_000;
const FIRST_PAGE_MS = 60_000;
const SUMS_EVERY_MS = 86_400_000;
/** A server that demands a fresh start again and again is broken: the next sync is soon enough. */
const MOST_RESTARTS = 3;

/** @param {LocalDatabase} db @returns {Promise<Pulled>} */
export async function pull(db) {
  const pulled = { changed: false, replays: false };
  /** @type {Ahead | null} */
  let ahead = null;
  for (let restarts = 0; restarts <= MOST_RESTARTS; ) {
    // 1. Where to go on, read before asking: this pull need not show what is acknowledged from here on.
    const standing = await where_to_go_on(db);
    if (standing.shape !== replica.shape) {
      // An earlier version of the app began this copy, and has kept of the rows only what it knew (docs/decisions/0034).
      await restart_afresh(db);
      restarts += 1;
      continue;
    }
    // 2. One page. The one asked for ahead is it if its address is the same, which holds all that the answer depends on.
    const address = address_of(standing);
    const answer = await (ahead?.address === address ? ahead.answer : page_at(db, address, standing));
    if (answer.kind === "epoch") {
      // 3. Another epoch: the rows are dropped, and the journal is replayed once the server says how far it got.
      await begin_new_epoch(db);
      restarts += 1;
      continue;
    }
    if (answer.kind !== "answer") return { ...pulled, ...answer };
    const page = page_of(answer.body, db.user_id);
    if (page === null) return { ...pulled, kind: "failed", problem: "not a page of a pull" };
    if (standing.epoch !== null && standing.epoch !== page.epoch) {
      await begin_new_epoch(db);
      restarts += 1;
      continue;
    }
    // 4. A server that has forgotten what it acknowledged gets it again.
    if (await replayed(db, standing, page)) pulled.replays = true;
    ahead = page.more ? ask_ahead(db, { ...standing, cursor: page.cursor }) : null;
    // 5. Rows and cursor, in one transaction.
    const { applied, drifted, fresh } = await apply_page(db, standing, page);
    pulled.changed ||= applied && page.ops.length > 0;
    if (applied && page.sums) await note_sums(db, drifted);
    if (applied && drifted.length && !fresh) {
      await restart_afresh(db);
      restarts += 1;
      continue;
    }
    if (applied && !page.more) return { ...pulled, kind: "done" };
  }
  return { ...pulled, kind: "failed", problem: "restarts" };
}

/** @param {LocalDatabase} db @param {string} address @param {Standing} standing */
function page_at(db, address, { cursor }) {
  return ask(db.ports, address, {}, cursor === null ? FIRST_PAGE_MS : PAGE_MS);
}

/** The server makes the next page while the phone puts this one away. @param {LocalDatabase} db @param {Standing} standing
 * @returns {Ahead} */
function ask_ahead(db, standing) {
  const address = address_of(standing);
  return { address, answer: page_at(db, address, standing) };
}

/** Where the next page goes on: in the copy that is being built, if there is one. @param {LocalDatabase} db @returns {Promise<Standing>} */
export function where_to_go_on(db) {
  return db.transaction(["meta"], "readwrite", async (tx) => {
    const [state, device, { epoch, replay_due, sums_at }] = [await replica_state(tx), await device_of(tx, db.ports), await sync_state(tx)];
    const { generation, shape, cursor, fresh } = state.shadow ?? state.live;
    const { device_id, acked_seq, next_mark: mark } = device;
    const wants_sums = !fresh && Math.abs(db.ports.clock() - (sums_at ?? 0)) > SUMS_EVERY_MS;
    return { generation, shape, cursor, mark, device_id, acked_seq, epoch, replay_due, wants_sums };
  });
}

/** @param {Standing} standing */
function address_of({ device_id, cursor, wants_sums }) {
  const query = new URLSearchParams({ device_id, columns: "true" });
  if (cursor !== null) query.set("cursor", cursor);
  if (wants_sums) query.set("sums", "true");
  return `/sync/pull?${query}`;
}

/** Puts entries that the server has forgotten back into the outbox. Returns whether there are any to send.
 * @param {LocalDatabase} db @param {Standing} standing @param {PulledPage} page */
async function replayed(db, { epoch, replay_due, device_id, acked_seq }, { epoch: now, device_last_seq }) {
  if (replay_due) await replay(db, now, device_last_seq, device_id);
  else if (device_last_seq < acked_seq) await reopen(db, device_last_seq + 1, device_id);
  else if (epoch === null) await db.transaction(["meta"], "readwrite", (tx) => change_sync_state(tx, { epoch: now }));
  return replay_due || device_last_seq < acked_seq;
}

/** @param {LocalDatabase} db @param {string[]} drifted */
async function note_sums(db, drifted) {
  if (drifted.length) console.warn("Drifted:", drifted.join(", "));
  await db.transaction(["meta"], "readwrite", (tx) => change_sync_state(tx, { sums_at: db.ports.clock() }));
}
