/** One phone of a history: a disk, a clock that may be wrong, a line that may be cut, and tabs that may be killed. */
import { IDBFactory } from "fake-indexeddb";
import { abandon, lose_connections } from "./disk.js";

const NEVER = new Promise(() => {});

export class SimulatedPhone {
  tasks = [];
  tabs = [];
  /** Undo logs of commits that were not strict, the oldest first. */
  unflushed = [];
  /** Faults that its next requests will meet, in order; and those in the lane of files. */
  troubles = [];
  lane_troubles = [];
  full = false;
  /** How many milliseconds its clock is ahead. */
  ahead = 0;
  /** The tab that holds each lock. */
  locked = new Map();
  /** How often its storage was damaged on purpose: then errors are to be expected. */
  disk_faults = 0;
  is_clone = false;
  /** Its entries may also come to the server by another phone, or as a file. */
  has_exported = false;
  was_evicted = false;
  factory = new IDBFactory();

  constructor(world, number, user, user_id, has_locks) {
    Object.assign(this, { world, number, user, user_id, has_locks });
    /** What a clone of it shares with it: the cookie, and whether it was lost. */
    this.profile = { secret: `secret-${number}`, is_lost: false, has_files: false };
  }

  clock() {
    return this.world.now + this.ahead;
  }

  open_tab() {
    const tab = new Tab(this);
    this.tabs.push(tab);
    return tab;
  }

  /** A living tab, by number; opens one if there is none. */
  tab(at = 0) {
    return this.tabs.length ? this.tabs[at % this.tabs.length] : this.open_tab();
  }

  kill(tab, chance) {
    tab.alive = false;
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    abandon(this, tab.connections, chance);
    for (const [name, holder] of this.locked) if (holder === tab) this.locked.delete(name);
    this.world.timers = this.world.timers.filter((timer) => timer.tab !== tab);
  }

  lose_connections() {
    this.disk_faults += 1;
    for (const tab of this.tabs) {
      lose_connections(this, tab.connections);
      tab.connections.clear();
    }
  }
}

export class Tab {
  alive = true;
  connections = new Set();

  constructor(phone) {
    this.phone = phone;
    this.ports = this.#ports();
    this.db = phone.world.code.open_local_database(phone.user_id, this.ports);
    phone.world.code.subscribe(this.db, ({ state }) => state === "done" && phone.profile.has_files && this.#send_files());
  }

  /** Sends files whenever a sender is done, as the app does. */
  #send_files() {
    const { phone } = this;
    const faults = phone.disk_faults;
    phone.world.code.send_files(this.db).catch((error) => {
      if (this.alive && !phone.full && phone.disk_faults === faults) phone.world.violate("unexpected error", String(error?.stack ?? error));
    });
  }

  /** The ports of sync/ports.js. A killed tab gets no answers any more. */
  #ports() {
    const { phone } = this;
    const { world } = phone;
    return {
      indexed_db: { open: (name, version) => this.#open(name, version) },
      fetch: (address, options) => (this.alive ? world.line.send(this, address, options) : NEVER),
      locks: phone.has_locks ? { request: (name, options, work) => this.#request(name, work) } : null,
      clock: () => phone.clock(),
      random: () => world.chance.next(),
      random_bytes: (bytes) => bytes.map(() => world.chance.below(256)),
      set_timer: (work, milliseconds) => (this.alive ? world.set_timer(this, work, milliseconds) : null),
      clear_timer: (timer) => world.clear_timer(timer),
      online: () => true,
      csrf_token: () => "token",
    };
  }

  #open(name, version) {
    if (!this.alive) return new EventTarget();
    const request = this.phone.factory.open(name, version);
    request.addEventListener("success", () => {
      if (this.alive) this.connections.add(request.result);
      else request.result.close();
    });
    return request;
  }

  async #request(name, work) {
    const { locked } = this.phone;
    if (!this.alive) return NEVER;
    if (locked.has(name)) return work(null);
    locked.set(name, this);
    try {
      return await work({ name });
    } finally {
      if (locked.get(name) === this) locked.delete(name);
    }
  }
}
