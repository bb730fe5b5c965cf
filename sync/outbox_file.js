/** The outbox as a file: taken out of one phone and brought in on another of the same user. Twin of sync/outbox_file.py. */
import changes from "../build/generated/changes.js";
import { parsed } from "./exchange.js";
import { is_id, is_object } from "./field_checks.js";
import { wire_moment } from "./identity.js";
import { device_of } from "./outbox.js";
import { validate } from "./validation.js";

/** @typedef {import("./local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("./outbox.js").Entry} Entry */

/** Everything that is needed to bring the outbox in elsewhere. Changes keep their ids, so that each counts once.
 * @param {LocalDatabase} db */
export async function export_all(db) {
  return db.read(["outbox", "meta"], async (tx) => ({
    legwork_outbox: 1, user_id: db.user_id,
    device_id: (await tx.objectStore("meta").get("device"))?.device_id ?? null,
    exported_at: wire_moment(db.ports.clock()),
    changes: /** @type {Entry[]} */ (await tx.objectStore("outbox").getAll()),
  }));
}

/**
 * Appends the outbox of another phone of the same user. Its changes keep their ids, so each counts once, wherever else it is.
 * @param {LocalDatabase} db @param {string} text as `export_all` made it @returns {Promise<number | null>} how many were not here; null: it is none of this user
 */
export async function bring_in(db, text) {
  const file = parsed(text);
  const entries = file?.changes;
  if (file?.legwork_outbox !== 1 || file.user_id !== db.user_id || !Array.isArray(entries) || !entries.every(is_change)) return null;
  return db.transaction(["outbox", "meta", "journal"], "readwrite", async (tx) => {
    const device = await device_of(tx, db.ports);
    const before = device.next_seq;
    const outbox = tx.objectStore("outbox");
    const known = new Set([...(await outbox.getAll()), ...(await tx.objectStore("journal").getAll())].map(({ id }) => id));
    for (const change of entries) {
      if (change.name === "noop" || known.has(change.id)) continue;
      await outbox.add({ ...change, seq: device.next_seq++, state: "waiting", sent_at: null, code: null, message: null, detail: null });
      known.add(change.id);
    }
    await tx.objectStore("meta").put(device, "device");
    return device.next_seq - before;
  }, "strict");
}

/** Whether the server can read it and every screen can show it: else it would hold up all entries behind it. Whether its values
 * are allowed is left to the server, and so is a change that only a newer version knows. @param {any} change */
function is_change(change) {
  const { id, name, args, group } = change ?? {};
  if (![id, group ?? id].every(is_id) || typeof name !== "string" || !is_object(args)) return false;
  return !changes[name] || Object.values(validate(name, args)[1]).every(({ code }) => !/^not_|^required$/.test(code));
}
