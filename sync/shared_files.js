/** Files handed over by another app: kept beside the draft that mentions them, until a change takes them along. */

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */

/**
 * The draft and its files in one transaction: either both are kept or neither.
 * @param {LocalDatabase} db @param {string} key @param {Record<string, string[]>} fields @param {File[]} files
 */
export async function keep_shared_files(db, key, fields, files) {
  const hashed = await Promise.all(files.map(async (file) => ({ hash: await sha256(file), blob: file })));
  const kept_at = db.ports.clock();
  await db.transaction(["drafts", "blobs"], "readwrite", async (tx) => {
    await Promise.all([
      tx.objectStore("drafts").put({ key, fields, kept_at }),
      ...hashed.map((file) => tx.objectStore("blobs").put({ ...file, draft: key, kept_at })),
    ]);
  }, "strict");
}

/** @param {Blob} blob */
async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
