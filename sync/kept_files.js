/** Photos, voice notes and documents on this phone, by their hash: kept from the moment they are taken or chosen. */
import { sha256 } from "./identity.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {{epoch: string | null, rev: number}} Done when the server had all of it: a backup from `rev` on holds it */
/** @typedef {{hash: string, blob: Blob, kept_at: number, entry_id?: string, label?: string | null, done?: Done, spare?: boolean}} Kept
 *   entry_id, label: the entry it was saved with, and what the outbox called it; spare: no entry needs it, so nobody waits for it */
/** @typedef {import("./local_database.js").Transaction} Transaction */

/** Keeps a file before the form that it is for is saved. Writes the bytes even if they are here: those may have become unreadable.
 * @param {LocalDatabase} db @param {Blob} blob @returns {Promise<string>} its hash */
export async function keep_file(db, blob) {
  const hash = await hash_of(blob);
  await db.transaction(["blobs"], "readwrite", async (tx) => {
    const blobs = tx.objectStore("blobs");
    await blobs.put({ kept_at: db.ports.clock(), ...(await blobs.get(hash)), hash, blob });
  }, "strict");
  return hash;
}

/** @param {any} blob rejects without one */
async function hash_of(blob) {
  return sha256(await blob.arrayBuffer());
}

/** Whether the bytes on the disk are those of the hash. Reads them anew: a blob that was read before may fail for other reasons.
 * @param {LocalDatabase} db @param {string} hash */
export async function is_whole(db, hash) {
  return (await hash_of(await file_of(db, hash)).catch(() => "")) === hash;
}

/** Deletes a file that was taken out of its form again, unless it was saved or another draft has it, too.
 * @param {LocalDatabase} db @param {string} hash @param {string} [draft] the key of that form's own */
export function drop_file(db, hash, draft) {
  return db.transaction(["blobs", "drafts"], "readwrite", async (tx) => {
    const [kept, drafts] = await Promise.all([tx.objectStore("blobs").get(hash), tx.objectStore("drafts").getAll()]);
    const others = drafts.filter(({ key }) => key !== draft);
    if (kept && !kept.entry_id && !JSON.stringify(others).includes(hash)) await tx.objectStore("blobs").delete(hash);
  });
}

/** The file with this hash, if it is kept here. Reading its bytes may still fail. @param {LocalDatabase} db @param {string} hash @returns {Promise<Blob | undefined>} */
export async function file_of(db, hash) {
  return (await db.read(["blobs"], (tx) => tx.objectStore("blobs").get(hash)))?.blob;
}

/** Marks a file whose entry was taken back, or is not known to the server, as one that nobody waits for; not if another entry names it.
 * @param {Transaction} tx of blobs and outbox @param {string} hash */
export async function note_spare(tx, hash) {
  const [kept, entries] = await Promise.all([tx.objectStore("blobs").get(hash), tx.objectStore("outbox").getAll()]);
  if (kept && !entries.some(({ args }) => args.sha256 === hash)) await tx.objectStore("blobs").put({ ...kept, spare: true });
}
