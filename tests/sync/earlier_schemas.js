/** What each version of the app that was shipped has left on phones, frozen: stores, and records such as it wrote. */

const EMPTY = { code: null, message: null, detail: null };

/** @type {Record<number, {stores: Record<string, {keyPath?: string, indexes?: string[]}>,
 *   records: (about: {user_id: string, customer_id: string, visit_ids: string[]}) => Record<string, any[]>}>} */
export const SCHEMAS = {
  1: {
    stores: {
      outbox: { keyPath: "seq" }, journal: { keyPath: "id", indexes: ["mark", "rev", "done_at"] }, drafts: { keyPath: "key" },
      blobs: { keyPath: "hash" }, meta: {}, replica: {},
    },
    records: ({ customer_id, visit_ids }) => {
      const [done, sent, unsent] = visit_ids.map((visit_id, at) => ({
        seq: at + 1, id: visit_id.replace(/^.{8}/, "01930001"), name: "visit.log", base_rev: null, happened_at: "2026-11-20T08:00:00.000Z", group: null,
        args: { visit_id, customer_id, started_at: "2026-11-20T08:00:00.000Z", outcome: "interested", note: `Before the upgrade ${at + 1}` },
        customer_id, label: "Huber", state: "waiting", sent_at: at < 2 ? "2026-11-20T08:00:01.000Z" : null, ...EMPTY,
      }));
      const device_id = visit_ids[0].replace(/^.{8}/, "01930002");
      return {
        journal: [{ ...done, device_id, done_at: Date.now() - 86_400_000, ending: "applied", rev: 7, mark: 1 }],
        outbox: [sent, unsent, { ...unsent, seq: 4, id: unsent.id.replace(/^.{8}/, "01930003"), name: "noop", args: {},
          discarded: { name: "customer.add_tag", args: { customer_id, tag: "x" }, label: "Huber", was_sent: false } }],
        drafts: [{ key: `/visits/new?customer=${customer_id}`, fields: { customer_id: [customer_id], note: ["Half a sentence"] }, kept_at: Date.now() }],
        blobs: [{ hash: "a".repeat(64), blob: new Blob(["of a visit"], { type: "image/jpeg" }), kept_at: Date.now() }],
        meta: [
          [{ device_id, next_seq: 5, next_mark: 2, acked_seq: 1 }, "device"],
          [{ epoch: null, durable_rev: 0, last_synced_at: null, replay_due: false, sums_at: null }, "sync"],
          [{ lost: 2, at: "2026-11-19T08:00:00.000Z" }, "evicted"],
        ],
      };
    },
  },
};

/** A phone as that version has left it. @param {IDBFactory} factory @param {number} version
 * @param {{user_id: string, customer_id: string, visit_ids: string[]}} about */
export async function leave(factory, version, about) {
  const { stores, records } = SCHEMAS[version];
  const request = factory.open(`legwork-${about.user_id}`, version);
  request.onupgradeneeded = () => {
    for (const [name, { keyPath = null, indexes = [] }] of Object.entries(stores)) {
      const store = request.result.createObjectStore(name, { keyPath });
      for (const index of indexes) store.createIndex(index, index);
    }
  };
  const database = await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const transaction = database.transaction(Object.keys(stores), "readwrite");
  for (const [name, values] of Object.entries(records(about))) {
    for (const value of values) transaction.objectStore(name).put(...(stores[name].keyPath ? [value] : value));
  }
  await new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
  database.close();
}
