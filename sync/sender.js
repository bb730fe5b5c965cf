/**
 * Sends and fetches at every chance, one sender at a time. The answers it can get are the rows of the table in sync/README.md;
 * whatever else comes back acknowledges nothing, and is tried again later, with jitter.
 */

import { ask, push_body, receipts_of, CONTENT_TYPE, LATEST_MS } from "./exchange.js";
import { wire_moment } from "./identity.js";
import { StorageFull } from "./local_database.js";
import { pull } from "./puller.js";
import { begin_new_epoch, change_sync_state, reopen, replay_of_lost, sync_state, take_new_device } from "./replay.js";
import { MOST_BYTES, MOST_CHANGES, forget_all, let_go, settle, size_of, take_batch, units, withhold } from "./sending.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./exchange.js").Batch} Batch */
/** @typedef {import("./exchange.js").HandedIn} HandedIn */
/**
 * @typedef {"done" | "signed_out" | "wrong_user" | "offline" | "busy" | "later" | "update_needed" | "full" | "failed"} State
 * done: everything went out and came in. offline: not tried, the browser knows of no network. busy: another tab sends.
 * later: too early to try again. full: no room on this phone for what came in.
 */
/** @typedef {{state: State, changed: boolean, problem: string | null}} Outcome changed: rows or entries are not as before */
/** @typedef {{kind: "done" | "replay" | Answer["kind"], settled: number, after_ms?: number, problem?: string}} Flushed */
/**
 * @typedef {object} Sender
 * @property {Promise<Outcome> | null} running @property {string | null} again asked for while it ran
 * @property {number} failures in a row @property {number} not_before when the server wants to be asked again
 * @property {number} patient_until until then no PATIENT reason counts
 * @property {any} timer @property {Set<(outcome: Outcome) => void>} listeners
 */

const PUSH_MS = 20_000;
const LARGE_PUSH_MS = 60_000;
const LARGE_BYTES = 100 * 1024;
const MOST_REPAIRS = 5;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;
const BUSY_AGAIN_MS = 3_000;
/** Reasons that come often, and for which nobody waits: they wait after a failure. Any other is a sign that it may work now. */
const PATIENT = new Set(["timer", "event"]);

/** @type {WeakMap<LocalDatabase, Sender>} */
const senders = new WeakMap();

/** @param {LocalDatabase} db @returns {Sender} */
function sender_of(db) {
  let sender = senders.get(db);
  if (sender === undefined) {
    sender = { running: null, again: null, failures: 0, not_before: 0, patient_until: 0, timer: null, listeners: new Set() };
    senders.set(db, sender);
  }
  return sender;
}

/** The name of the Web Lock that the sender holds while it sends. @param {LocalDatabase} db */
export function sender_lock(db) {
  return `legwork-sender-${db.user_id}`;
}

/** @param {LocalDatabase} db @returns {Promise<string | null>} when everything was last sent and fetched */
export async function last_synced_at(db) {
  return (await db.read(["meta"], sync_state)).last_synced_at;
}

/** Calls the listener with every outcome, also when the sender woke up by itself. @param {LocalDatabase} db @param {(outcome: Outcome) => void} listener */
export function subscribe(db, listener) {
  sender_of(db).listeners.add(listener);
}

/**
 * Sends what waits and fetches what is new. While it runs, further calls wait for a round that begins after them.
 * @param {LocalDatabase} db @param {string} why "asked": the user waits for it, so no pause is kept; "timer", "event": see PATIENT
 * @returns {Promise<Outcome>}
 */
export function sync_now(db, why) {
  const sender = sender_of(db);
  if (sender.running) {
    sender.again = sender.again === "asked" ? "asked" : why;
    return sender.running;
  }
  sender.running = run(db, sender, why).finally(() => (sender.running = null));
  return sender.running;
}

/** The same after a delay, at the soonest when the caller has returned. @param {LocalDatabase} db @param {string} why @param {number} [delay_ms] */
export function schedule(db, why, delay_ms = 0) {
  const sender = sender_of(db);
  if (sender.timer !== null) db.ports.clear_timer(sender.timer);
  sender.timer = db.ports.set_timer(() => {
    sender.timer = null;
    sync_now(db, why).catch((error) => console.error("Sending failed:", error));
  }, delay_ms);
}

/** @param {LocalDatabase} db @param {Sender} sender @param {string} why @returns {Promise<Outcome>} */
async function run(db, sender, why) {
  let outcome = await round(db, sender, why);
  while (sender.again !== null) {
    const again = sender.again;
    sender.again = null;
    const next = await round(db, sender, again);
    outcome = { ...next, changed: next.changed || outcome.changed };
  }
  for (const listener of sender.listeners) listener(outcome);
  return outcome;
}

/** @param {LocalDatabase} db @param {Sender} sender @param {string} why @returns {Promise<Outcome>} */
async function round(db, sender, why) {
  if (!db.ports.online() && why !== "asked") return { state: "offline", changed: false, problem: null };
  const wait = why === "asked" ? 0 : waiting_time(db, sender, why);
  if (wait > 0) {
    schedule(db, "timer", wait);
    return { state: "later", changed: false, problem: null };
  }
  const outcome = await with_lock(db, () => send_and_fetch(db, sender, why)).catch(storage_full);
  if (outcome.state === "busy") schedule(db, "timer", jittered(db, BUSY_AGAIN_MS));
  if (["later", "failed", "full"].includes(outcome.state)) try_again_later(db, sender);
  else sender.failures = 0;
  return outcome;
}

/** In milliseconds. A wait longer than any can be comes from a clock that was set back, and is none. @param {LocalDatabase} db @param {Sender} sender @param {string} why */
function waiting_time(db, sender, why) {
  const until = Math.max(sender.not_before, PATIENT.has(why) ? sender.patient_until : 0);
  const wait = until - db.ports.clock();
  return wait > (until === sender.not_before ? 2 * LATEST_MS : 2 * LONGEST_BACKOFF_MS) ? 0 : wait;
}

/** At a random moment within a time that doubles with each failure: phones that lost the same mast must not come back together.
 * @param {LocalDatabase} db @param {Sender} sender */
function try_again_later(db, sender) {
  sender.failures += 1;
  const longest = Math.min(FIRST_BACKOFF_MS * 2 ** sender.failures, LONGEST_BACKOFF_MS);
  const now = db.ports.clock();
  sender.patient_until = Math.max(now + FIRST_BACKOFF_MS + db.ports.random() * (longest - FIRST_BACKOFF_MS), sender.not_before);
  schedule(db, "timer", sender.patient_until - now);
}

/** @param {LocalDatabase} db @param {number} span_ms */
function jittered(db, span_ms) {
  return span_ms * (0.5 + db.ports.random());
}

/** Runs the work if no other tab does. The lock only saves work: without it, entries would be sent twice and applied once.
 * @param {LocalDatabase} db @param {() => Promise<Outcome>} work @returns {Promise<Outcome>} */
async function with_lock(db, work) {
  const { locks } = db.ports;
  if (locks === null) return work();
  /** @type {Outcome} */
  const busy = { state: "busy", changed: false, problem: null };
  const outcome = await locks.request(sender_lock(db), { ifAvailable: true }, async (lock) => (lock ? work() : busy));
  return /** @type {Outcome} */ (outcome);
}

/** @param {LocalDatabase} db @param {Sender} sender @param {string} why @returns {Promise<Outcome>} */
async function send_and_fetch(db, sender, why) {
  let changed = false;
  for (let rounds = 0; ; rounds += 1) {
    const flushed = await flush(db, why === "asked" || why === "start");
    changed ||= flushed.settled > 0;
    if (["signed_out", "wrong_user", "later"].includes(flushed.kind)) return outcome_of(db, sender, flushed, changed);
    // Also when the push is stuck: that must not hold up what comes in.
    const pulled = await pull(db);
    changed ||= pulled.changed;
    const went_wrong = pulled.kind !== "done" ? pulled : flushed;
    if (pulled.handed_in && rounds < MOST_REPAIRS && (await replay_of_lost(db, pulled.handed_in, []))) continue;
    if (!pulled.replays || rounds >= MOST_REPAIRS) return outcome_of(db, sender, went_wrong, changed);
  }
}

/** What was sent and fetched before the storage was full is kept. @param {Error} error @returns {Outcome} */
function storage_full(error) {
  if (!(error instanceof StorageFull)) throw error;
  return { state: "full", changed: true, problem: "full" };
}

/** @param {LocalDatabase} db @param {Sender} sender @param {{kind: string, after_ms?: number, problem?: string, handed_in?: HandedIn}} answer @param {boolean} changed
 * @returns {Promise<Outcome>} */
async function outcome_of(db, sender, { kind, after_ms = 0, problem = kind, handed_in }, changed) {
  if (handed_in !== undefined && (await forget_all(db))) problem = "wiped";
  if (kind === "done") {
    const last_synced_at = wire_moment(db.ports.clock());
    await db.transaction(["meta"], "readwrite", (tx) => change_sync_state(tx, { last_synced_at }));
    return { state: "done", changed, problem: null };
  }
  if (kind === "later") sender.not_before = db.ports.clock() + after_ms * (1 + db.ports.random() / 2);
  /** @type {Record<string, State>} */
  const states = { signed_out: "signed_out", wrong_user: "wrong_user", later: "later", too_old: "update_needed" };
  return { state: states[kind] ?? "failed", changed, problem };
}

/** Sends what waits. Then sends parked entries again, if asked to or if anything that they may depend on was settled.
 * @param {LocalDatabase} db @param {boolean} asks_again @returns {Promise<Flushed>} */
async function flush(db, asks_again) {
  const waiting = await send_all(db, false);
  if (waiting.kind !== "done" || !(asks_again || waiting.settled)) return waiting;
  const parked = await send_all(db, true);
  return { ...parked, settled: waiting.settled + parked.settled };
}

/** @param {LocalDatabase} db @param {boolean} parked send the parked entries; else those that wait @returns {Promise<Flushed>} */
async function send_all(db, parked) {
  let [limit, repairs, settled, asked] = [MOST_CHANGES, 0, 0, 0];
  for (;;) {
    // 1. The oldest entries, in the order they were saved, marked as on their way.
    const batch = await take_batch(db, { limit, parked, asked });
    if (batch === null) return { kind: "replay", settled };
    if (!batch.entries.length && !batch.evicted) return { kind: "done", settled };
    // 2. Send them.
    const answer = await push(db, batch);
    if (answer.kind === "answer") {
      // 3. Only receipts for exactly these entries count; they move to the journal in one transaction.
      const receipts = receipts_of(answer.body, batch);
      if (!receipts || (!receipts.length && batch.entries.length)) return { kind: "failed", settled, problem: "not an answer to what was sent" };
      settled += await settle(db, batch, receipts, /** @type {any} */ (answer.body));
      asked = Math.max(asked, ...receipts.map(({ seq }) => seq));
      continue;
    }
    // 4. Anything else acknowledges nothing. Some answers say what to repair before trying again.
    if (repairs >= MOST_REPAIRS + Math.log2(MOST_CHANGES)) return { kind: "failed", settled, problem: answer.kind };
    repairs += 1;
    if (answer.kind === "too_large" && batch.entries.length > 1) limit = Math.max(1, Math.floor(batch.entries.length / 2));
    if (!(await repaired(db, batch, answer))) return { ...answer, settled };
  }
}

/** @param {LocalDatabase} db @param {Batch} batch @param {Answer} answer @returns {Promise<boolean>} whether to try again at once */
async function repaired(db, batch, answer) {
  if (answer.kind === "gap") await reopen(db, answer.expected, batch.device_id);
  else if (answer.kind === "fork") await take_new_device(db, batch.device_id);
  else if (answer.kind === "epoch") await begin_new_epoch(db);
  else if (answer.kind === "signed_out" && answer.handed_in) {
    const { handed_in } = answer;
    return (await replay_of_lost(db, handed_in, batch.entries)) || let_go(db, batch.entries, handed_in.last_seq);
  }
  else if (answer.kind === "too_large") return split_or_withheld(db, batch);
  else return false;
  return true;
}

/** What to do when a batch is too large. A single entry or group that is over the limit can never be sent: it is withheld, so
 * that those behind it can. A server that finds even a small one too large is broken, and is asked again later.
 * @param {LocalDatabase} db @param {Batch} batch @returns {Promise<boolean>} whether to try again at once */
async function split_or_withheld(db, { entries }) {
  if (units(entries).length > 1) return true;
  const size = entries.reduce((sum, entry) => sum + size_of(entry), 0);
  if (size <= MOST_BYTES && entries.length <= MOST_CHANGES) return false;
  await withhold(db, entries, "too_large");
  return true;
}

/** @param {LocalDatabase} db @param {Batch} batch @returns {Promise<Answer>} */
async function push(db, batch) {
  const body = push_body(db.ports, batch);
  const token = await db.ports.csrf_token();
  const headers = { "Content-Type": "application/json", Accept: CONTENT_TYPE, ...(token ? { "X-CSRFToken": token } : {}) };
  return ask(db.ports, "/sync/push", { method: "POST", headers, body }, body.length > LARGE_BYTES ? LARGE_PUSH_MS : PUSH_MS);
}
