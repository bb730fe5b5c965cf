/** Drafts: what is typed into a form, kept at every keystroke until it is saved or thrown away. The last to write wins. */

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {{key: string, fields: Record<string, any>, kept_at: number}} Draft */

/** @param {LocalDatabase} db @param {string} key the form, such as "/visits/new?customer=…" @param {Record<string, any>} fields */
export async function keep_draft(db, key, fields) {
  const draft = { key, fields, kept_at: db.ports.clock() };
  await db.transaction(["drafts"], "readwrite", async (tx) => {
    void tx.objectStore("drafts").put(draft);
    tx.commit(); // when a page is left, the browser drops its transactions that are not committed
  });
}

/** @param {LocalDatabase} db @param {string} key @returns {Promise<Draft | undefined>} */
export function draft_of(db, key) {
  return db.read(["drafts"], (tx) => tx.objectStore("drafts").get(key));
}

/** @param {LocalDatabase} db @returns {Promise<Draft[]>} */
export function all_drafts(db) {
  return db.read(["drafts"], (tx) => tx.objectStore("drafts").getAll());
}

/** @param {LocalDatabase} db @param {string} key */
export async function drop_draft(db, key) {
  await db.transaction(["drafts"], "readwrite", (tx) => tx.objectStore("drafts").delete(key));
}
