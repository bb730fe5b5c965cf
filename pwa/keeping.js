/** What a request may write on this phone, and what it may ask of the outbox. */
import * as drafts from "../sync/drafts.js";
import * as outbox from "../sync/outbox.js";
import { bring_in, export_all } from "../sync/outbox_file.js";
import { remember_opened } from "../sync/store.js";

/** @typedef {import("./asked.js").Keeping} Keeping */
/** @typedef {import("../sync/local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./phone.js").Phone} Phone */

/** @param {LocalDatabase} db @param {Pick<Phone, "saved" | "send" | "standing" | "pinned">} phone @returns {Keeping} */
export function keeping_of(db, phone) {
  return {
    save: async (change, draft, more, ahead) => told(phone, await outbox.save_all(db, [change, ...more], { draft, apart: true, ahead })),
    replace: async (seq, change, draft) => told(phone, await outbox.replace_parked(db, seq, change, { draft })),
    discard: async (seq) => told(phone, await outbox.discard(db, seq)),
    bring_in: async (file) => told(phone, await bring_in(db, file)),
    entries: () => outbox.list(db),
    export_all: () => export_all(db),
    draft: async (key) => (await drafts.draft_of(db, key)) ?? null,
    latest_draft: async (prefix) => latest(await drafts.all_drafts(db), prefix),
    opened: (customer_id) => remember_opened(db, customer_id),
    send: () => phone.send(),
    standing: () => phone.standing(db),
    pinned: phone.pinned?.(db) ?? null,
    forget_eviction: async () => told(phone, await outbox.forget_eviction(db)),
  };
}

/** Tells the phone that something was saved. @template T @param {Pick<Phone, "saved">} phone @param {T} result */
function told(phone, result) {
  phone.saved();
  return result;
}

/** The draft typed in last, of those under this key or this key with a query. @param {import("../sync/drafts.js").Draft[]} all @param {string} prefix */
export function latest(all, prefix) {
  const ours = all.filter(({ key }) => key === prefix || key.startsWith(`${prefix}?`));
  return ours.sort((one, other) => other.kept_at - one.kept_at)[0] ?? null;
}
