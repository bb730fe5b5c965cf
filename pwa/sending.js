/** The sender, as the phone host uses it. */

/** @typedef {import("../sync/local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {{state: "idle" | "signed_out" | "wrong_user", changed: boolean}} Outcome */

/** @param {LocalDatabase} _db @param {string} _why @returns {Promise<Outcome>} */
export async function sync_now(_db, _why) {
  return { state: "idle", changed: false };
}

/** @param {LocalDatabase} _db @returns {Promise<string | null>} */
export async function last_synced_at(_db) {
  return null;
}

/** @param {LocalDatabase} db */
export function sender_lock(db) {
  return `legwork-sender-${db.user_id}`;
}
