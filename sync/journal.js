/**
 * The journal keeps every change the server has acknowledged until a backup of the server covers it: phones are the
 * second backup. What runs here runs inside a transaction that the caller opened.
 */

import { from_key, up_to_key } from "./local_database.js";

/** @typedef {import("./local_database.js").Transaction} Transaction */
/** @typedef {import("./outbox.js").Entry} Entry */
/**
 * @typedef {Entry & {device_id: string, done_at: number, ending: "applied" | "discarded" | "replaced",
 *   rev?: number, mark?: number, replaced_by?: string}} JournalEntry
 * `mark` is the number of the answer that brought the receipt: a pull that began after this answer shows what the change did.
 */

const KEPT_MS = 90 * 86_400_000;

/**
 * @param {Transaction} tx @param {Entry} entry
 * @param {Omit<JournalEntry, keyof Entry>} ending
 */
export async function move_to_journal(tx, entry, ending) {
  await tx.objectStore("journal").put({ ...entry, ...ending });
  await tx.objectStore("outbox").delete(entry.seq);
}

/** Entries that are acknowledged, but perhaps not in the replica yet. @param {Transaction} tx @param {number} covered_mark
 * @returns {Promise<JournalEntry[]>} */
export async function not_yet_covered(tx, covered_mark) {
  const found = await tx.objectStore("journal").index("mark").getAll(from_key(covered_mark));
  return found.sort(by_age);
}

/** @param {Transaction} tx @returns {Promise<JournalEntry[]>} the oldest first */
export async function whole_journal(tx) {
  return (await tx.objectStore("journal").getAll()).sort(by_age);
}

/** @param {JournalEntry} one @param {JournalEntry} other */
function by_age(one, other) {
  return (one.mark ?? -1) - (other.mark ?? -1) || one.seq - other.seq;
}

/**
 * Forgets what a backup of the server covers, and what is older than 90 days; never what the replica does not show yet.
 * @param {Transaction} tx @param {{durable_rev: number, now: number, covered_mark: number}} limits
 */
export async function prune(tx, { durable_rev, now, covered_mark }) {
  const journal = tx.objectStore("journal");
  const [covered, old] = await Promise.all([
    journal.index("rev").getAll(up_to_key(durable_rev)),
    journal.index("done_at").getAll(up_to_key(now - KEPT_MS)),
  ]);
  const shown = [...covered, ...old].filter((/** @type {JournalEntry} */ entry) => (entry.mark ?? -1) < covered_mark);
  await Promise.all(shown.map((entry) => journal.delete(entry.id)));
}
