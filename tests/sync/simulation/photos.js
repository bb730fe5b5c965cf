/** Photos and voice notes of a history: their bytes, faults of their lane, and the check that each is where it should be. */
import { createHash } from "node:crypto";
import { on_disk } from "./disk.js";
import { facts_of } from "./writing.js";

/** Weights and bytes. A piece is 256 KiB: most notes are one piece, some are two or three. */
const SIZES = [[6, 3_000], [2, 270_000], [1, 530_000]];
const SOUND = Buffer.from("OggS");

/** Hashes at once: how long the real digest takes would decide at which step the code goes on, and a seed would not repeat. */
Object.defineProperty(crypto.subtle, "digest", {
  value: async (_, bytes) => new Uint8Array(createHash("sha256").update(new Uint8Array(bytes)).digest()).buffer,
});

/** A recording. Most are sounds; the others the server refuses. One in five was attached before, perhaps by somebody else. */
export function recorded(world, chance) {
  if (world.recordings.length && chance.maybe(0.2)) return chance.pick(world.recordings);
  const bytes = Buffer.alloc(chance.weighted(SIZES) + chance.below(1_000), world.recordings.length + 1);
  const is_sound = chance.maybe(0.9);
  if (is_sound) SOUND.copy(bytes);
  bytes.writeUInt32BE(chance.below(2 ** 31), 4);
  const recording = { bytes, is_sound, sha256: createHash("sha256").update(bytes).digest("hex") };
  world.recordings.push(recording);
  return recording;
}

/** As the browser hands it to the page. */
export function blob_of({ bytes }) {
  const blob = new Blob([bytes], { type: "audio/ogg" });
  return Object.defineProperty(blob, "arrayBuffer", { value: async () => new Uint8Array(bytes).buffer });
}

/** A visit and what was recorded at it, or one more recording of a visit that is there. @returns {any[]} changes */
export function something_to_attach(pen, { bytes, sha256 }, moments) {
  const own = pen.chance.maybe(0.4) ? pen.own_visit((row) => row.id) : null;
  const visit_id = own ?? pen.new_id();
  const args = { attachment_id: pen.new_id(), visit_id, ...pen.of, sha256, size: bytes.length, media_type: "audio/ogg" };
  const attach = { name: "visit.attach", args, happened_at: moments[0] };
  return own ? [attach] : [{ name: "visit.log", args: { visit_id, ...facts_of(pen) }, happened_at: moments[1] }, attach];
}

/** Faults of this lane alone: a proxy that damages the bytes it hands on. */
export const DAMAGES = {
  cut: (bytes) => bytes.subarray(0, bytes.length >> 1),
  flipped: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])]),
};

/** Each file that was attached must be with the server, whole, or still on its phone. */
export function check_attached(world, { receipts, attachments, files }) {
  for (const change of world.accounts.changes.values()) {
    if (change.name !== "visit.attach" || change.is_void || change.lost_with_storage) continue;
    const { sha256, attachment_id } = change.args;
    const is_applied = receipts[change.id]?.[0] === "applied";
    const problem = is_applied ? problem_of(world, change, attachments[attachment_id], files) : null;
    const is_kept = change.phone.was_evicted || change.phone.profile.is_lost || holds(change.phone, sha256);
    if (problem) world.violate(problem, { attachment_id, sha256, phone: change.phone.number });
    else if (!is_applied && !is_kept) world.violate("attached, and nowhere", { attachment_id, sha256, phone: change.phone.number });
  }
}

function problem_of(world, { phone, args }, row, files) {
  if (!row) return "attached, and no row";
  if (row.is_withdrawn) return null;
  if (!row.has_visit) return "attached to no visit";
  const { is_sound } = world.recordings.find(({ sha256 }) => sha256 === args.sha256);
  if (row.is_refused) return is_sound ? "refused without reason" : null;
  if (row.is_received) return files[args.sha256] === true ? null : "received in part";
  const gone = phone.was_evicted || phone.profile.is_lost;
  const still = world.phones.some((each) => each.user_id === phone.user_id && !each.profile.is_lost && holds(each, args.sha256));
  return gone && !still ? null : "attached and not received";
}

function holds(phone, sha256) {
  return on_disk(phone, "blobs").some(({ hash }) => hash === sha256);
}
