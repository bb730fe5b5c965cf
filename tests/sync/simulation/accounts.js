/** Keeps account of every change that was saved, and checks in the end that each had its one effect. */
import { on_disk } from "./disk.js";

export class Accounts {
  /** By id, in the order in which they first were on a disk. */
  changes = new Map();

  /** Ids of the changes with one mark, see ledger.py. */
  #by_mark = new Map();

  constructor(world) {
    this.world = world;
  }

  /** Entries that a commit has left in an outbox. */
  meet(phone, entries) {
    for (const entry of entries) {
      if (!this.changes.has(entry.id)) this.#add(phone, entry);
      const change = this.changes.get(entry.id);
      change.was_parked ||= entry.state === "parked";
      change.is_void ||= Boolean(entry.discarded ?? entry.withheld);
    }
  }

  #add(phone, { id, name, args, happened_at, group }) {
    const mark = happened_at + (args.change_id ?? "");
    this.changes.set(id, { id, name, args, group, mark, phone, was_parked: false, is_void: false, lost_with_storage: false });
    this.#by_mark.set(mark, [...(this.#by_mark.get(mark) ?? []), id]);
    const { stats } = this.world;
    stats.changes += 1;
    stats.names[name] = (stats.names[name] ?? 0) + 1;
  }

  /** Entries that a commit has left in a journal. */
  meet_endings(entries) {
    for (const { id, ending } of entries) if (ending !== "applied" && this.changes.has(id)) this.changes.get(id).is_void = true;
  }

  /** "Saved" was said of this entry, so it must have been on a disk. */
  said(entry) {
    if (!this.changes.has(entry.id)) this.world.violate("said too early", { name: entry.name, id: entry.id });
  }

  /** The browser threw everything away, also what it was about to report as complete. */
  evict(phone) {
    this.meet(phone, on_disk(phone, "outbox"));
    for (const store of ["outbox", "journal"]) {
      for (const { id } of on_disk(phone, store)) this.changes.get(id).lost_with_storage = true;
    }
    phone.was_evicted = true;
  }

  /** A backup was restored. A lost phone cannot send again what it has sent since that backup. */
  restored() {
    for (const change of this.changes.values()) change.lost_with_storage ||= change.phone.profile.is_lost;
  }

  /** A lost phone that was wiped must hold nothing. */
  check_wiped(phone) {
    const left = ["outbox", "journal", "replica", "drafts", "blobs"].filter((store) => on_disk(phone, store).length);
    if (left.length) this.world.violate("left on a lost phone", { phone: phone.number, left });
  }

  /** @param {{receipts: Record<string, [string, string | null, boolean]>, effects: string[]}} server */
  check({ receipts, effects }) {
    const counts = new Map();
    for (const mark of effects) counts.set(mark, (counts.get(mark) ?? 0) + 1);
    const waiting = new Map(this.world.phones.flatMap((phone) => on_disk(phone, "outbox")).map((entry) => [entry.id, entry]));
    for (const change of this.changes.values()) {
      const problem = problem_of(change, this.#effects_of(change, counts, receipts), receipts[change.id], waiting.get(change.id));
      if (problem) this.world.violate(problem, this.#told(change, receipts));
    }
    this.#check_groups(counts, receipts);
    this.#check_order(effects, receipts);
  }

  /** How many effects the change had. One that was edited and sent anew has the same mark as before: the effect counts for the one that
   * was applied. */
  #effects_of({ id, mark }, counts, receipts) {
    const of_another = this.#by_mark.get(mark).some((other) => other !== id && receipts[other]?.[0] === "applied");
    return of_another && receipts[id]?.[0] !== "applied" && counts.get(mark) === 1 ? 0 : (counts.get(mark) ?? 0);
  }

  #told({ id, name, mark, phone }, receipts) {
    return { phone: phone.number, id, name, mark, receipt: receipts[id] ?? null };
  }

  #check_groups(counts, receipts) {
    const groups = group_by(this.#whole());
    for (const [group, changes] of groups) {
      const applied = changes.filter((change) => this.#effects_of(change, counts, receipts)).length;
      if (group !== null && applied > 0 && applied < changes.length) {
        this.world.violate("half a group", changes.map((change) => this.#told(change, receipts)));
      }
    }
  }

  #whole() {
    return [...this.changes.values()].filter((change) => !change.is_void && !change.lost_with_storage);
  }

  /** Changes that were never parked must have been applied in the order in which they were saved. */
  #check_order(effects, receipts) {
    const places = new Map(effects.map((mark, at) => [mark, at]));
    const last = new Map();
    for (const change of this.#whole()) {
      const { phone, mark, was_parked, id } = change;
      const was_released = receipts[id]?.[2];
      if (phone.is_clone || phone.has_exported || phone.was_evicted || was_parked || was_released || !places.has(mark)) continue;
      if (places.get(mark) < (last.get(phone) ?? -1)) this.world.violate("out of order", this.#told(change, receipts));
      last.set(phone, places.get(mark));
    }
  }
}

/** @param {any} change @param {number} effects @param {[string, string | null, boolean] | undefined} receipt @param {any} entry in an outbox */
function problem_of({ phone, is_void, lost_with_storage }, effects, receipt, entry) {
  if (effects > 1) return "doubled";
  if (entry?.state === "waiting") return "not sent";
  if (is_void || lost_with_storage || effects === 1) return effects === 1 && entry && !is_void ? "applied but shown as parked" : null;
  if (receipt?.[0] === "applied") return "acknowledged without effect";
  if (receipt?.[0] === "parked") return entry || phone.profile.is_lost ? null : "parked out of sight";
  return entry ? "on the phone only, as if the server had it" : "lost";
}

function group_by(changes) {
  const groups = new Map();
  for (const change of changes) groups.set(change.group, [...(groups.get(change.group) ?? []), change]);
  return groups;
}
