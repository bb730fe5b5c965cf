/** The lane of photos, voice notes and documents: sent by pieces, after the entries; and kept here until a backup has them. */

import { ask, CONTENT_TYPE } from "./exchange.js";
import { is_whole, note_spare } from "./kept_files.js";
import { tell_lost } from "./outbox.js";
import { sync_state } from "./replay.js";
import { schedule } from "./sender.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./exchange.js").Answer} Answer */
/** @typedef {import("./kept_files.js").Kept} Kept */

const PIECE_BYTES = 256 * 1024;
const PIECE_WITHIN_MS = 60_000;
const AGAIN_MS = 15_000;
/** A file is kept for so long once a backup has it, so that a photo can still be looked at without a signal. */
const SHOWN_MS = 14 * 86_400_000;
/** And for so long if no backup has it. */
const KEPT_MS = 90 * 86_400_000;
const NOT_FOUND = "404 not_found";
/** In the place of `rev`, of a file that the server has refused. */
const IN_NO_BACKUP = Number.MAX_SAFE_INTEGER;

/** @type {WeakMap<LocalDatabase, Promise<void>>} */
const lanes = new WeakMap();

/** Sends what is due. While it runs, further calls wait for its end. @param {LocalDatabase} db */
export function send_files(db) {
  const lane = lanes.get(db) ?? send_due(db).finally(() => lanes.delete(db));
  lanes.set(db, lane);
  return lane;
}

/** @param {LocalDatabase} db */
async function send_due(db) {
  const { epoch, due } = await take_due(db);
  let [has_news, again] = [false, false];
  for (const kept of due) {
    const answer = await send(db, kept, epoch);
    const problem = answer.kind === "failed" ? answer.problem : "";
    if (answer.kind === "answer" || answer.kind === "refused") {
      // What was refused is noted like what was received: for this epoch, so that a restored server is offered it again.
      await note(db, kept, { done: { epoch, rev: answer.body.rev ?? IN_NO_BACKUP } });
      has_news = true;
    }
    // The server knows of no entry that attaches it: that one may be parked.
    else if (problem === NOT_FOUND) await (kept.spare || db.transaction(["blobs", "outbox"], "readwrite", (tx) => note_spare(tx, kept.hash)));
    else if (await is_whole(db, kept.hash)) {
      again = true;
      if (!/^\d/.test(problem)) break; // no status: the line or the whole server is at fault, and the next file would fail, too
    }
    else if (!kept.spare) {
      await tell_lost(db, kept);
      has_news = true;
    }
  }
  if (again) schedule(db, "timer", AGAIN_MS * (1 + db.ports.random()));
  if (has_news) schedule(db, "saved"); // pulls the row that has changed, or sends the entry about a file that is lost
}

/** How many files of saved entries the server does not have yet. @param {LocalDatabase} db @returns {Promise<number>} */
export function pending_files(db) {
  return db.read(["blobs", "meta"], async (tx) => {
    const [all, { epoch }] = await Promise.all([tx.objectStore("blobs").getAll(), sync_state(tx)]);
    return all.filter((kept) => is_pending(kept, epoch)).length;
  });
}

/** @param {Kept} kept @param {string | null} epoch */
function is_pending({ entry_id, spare, done }, epoch) {
  return entry_id && !spare && is_owed(done, epoch);
}

/** Whether the server of this epoch has not had it: one that was restored is asked again.
 * @param {import("./kept_files.js").Done | undefined} done @param {string | null} epoch */
function is_owed(done, epoch) {
  return done?.epoch !== epoch;
}

/** The files to send. Those that need not be kept any longer are deleted on the way. @param {LocalDatabase} db
 * @returns {Promise<{epoch: string | null, due: Kept[]}>} */
function take_due(db) {
  return db.transaction(["blobs", "drafts", "meta"], "readwrite", async (tx) => {
    const [all, drafts, { epoch, durable_rev }] = await Promise.all([
      tx.objectStore("blobs").getAll(), tx.objectStore("drafts").getAll(), sync_state(tx),
    ]);
    const now = db.ports.clock();
    const [typed, due] = [JSON.stringify(drafts), /** @type {Kept[]} */ ([])];
    for (const { done, ...kept } of /** @type {Kept[]} */ (all)) {
      const { hash, kept_at, entry_id } = kept;
      if (!entry_id && typed.includes(hash)) continue;
      const is_safe = done?.epoch === epoch && done.rev <= durable_rev;
      const is_old = kept_at < now - (is_safe ? SHOWN_MS : KEPT_MS);
      if (is_old && !is_pending({ ...kept, done }, epoch)) await tx.objectStore("blobs").delete(hash);
      else if (is_owed(done, epoch)) due.push(kept);
    }
    return { epoch, due };
  });
}

/** @param {LocalDatabase} db @param {Kept} kept @param {string | null} epoch
 * @returns {Promise<Answer>} of kind `answer`: the server has all of it */
async function send(db, { hash, blob }, epoch) {
  const about = { sha256: hash, user_id: db.user_id, ...(epoch && { epoch }) };
  let answer = await request(db, about, "POST", "", JSON.stringify({ sha256: hash, size: blob.size }));
  while (answer.kind === "answer" && answer.body.complete !== true) {
    const { offset } = answer.body;
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= blob.size) return { kind: "failed", problem: "not an offset" };
    answer = await request(db, about, "PATCH", `/${hash}`, blob.slice(offset, offset + PIECE_BYTES), { "Upload-Offset": String(offset) });
    // The server has dropped what had come: unlike a file that it knows nothing of, this one is begun again.
    if (answer.kind === "failed" && answer.problem === NOT_FOUND) answer.problem += " any more";
  }
  return answer;
}

/** An answer about another file, to another user or from before a restore was kept by a bad proxy, and counts as none.
 * @param {LocalDatabase} db @param {Record<string, string>} about what the answer has to repeat @param {string} method
 * @param {string} path @param {BodyInit} body @param {Record<string, string>} [more] headers @returns {Promise<Answer>} */
async function request({ ports }, about, method, path, body, more) {
  const headers = { Accept: CONTENT_TYPE, "X-CSRFToken": (await ports.csrf_token()) ?? "", ...more };
  const answer = await ask(ports, `/files${path}`, { method, headers, body }, PIECE_WITHIN_MS);
  const told = answer.kind === "answer" || answer.kind === "refused" ? answer.body : about;
  return Object.keys(about).every((name) => told[name] === about[name]) ? answer : { kind: "failed", problem: "an answer about something else" };
}

/** Notes what became of a file, unless it was attached once more meanwhile.
 * @param {LocalDatabase} db @param {Kept} sent @param {Partial<Kept>} told */
function note(db, { hash, entry_id }, told) {
  return db.transaction(["blobs"], "readwrite", async (tx) => {
    const kept = await tx.objectStore("blobs").get(hash);
    if (kept?.entry_id === entry_id) await tx.objectStore("blobs").put({ ...kept, ...told });
  });
}
