/** One history. All that happens in it happens in steps, and a seeded random number says which one comes next. */
import { Accounts } from "./accounts.js";
import { chance_of } from "./chance.js";
import { play_on, real_turn } from "./disk.js";
import { Line } from "./line.js";

const BEGINNING = Date.parse("2026-11-23T08:00:00.000Z");

export class World {
  now = BEGINNING;
  phones = [];
  timers = [];
  violations = [];
  /** Errors that the code has written to the console. */
  heard = [];
  /** Customers that somebody deleted. */
  deleted = [];
  /** Attachments that somebody detached: the args for attaching them again, and their customer. */
  taken_off = [];
  /** All photos and voice notes, see photos.js. */
  recordings = [];
  /** Who moved an opportunity at a desk, from where they saw it. */
  desk_moves = [];
  /** Args of the quotes that were saved at a desk. */
  desk_quotes = [];
  number = 0;
  #moments = new Set();
  stats = { steps: 0, requests: 0, changes: 0, names: {}, faults: {} };

  /** @param {any} code the phone's own modules @param {(call: string, told: object) => Promise<any>} server @param {number} seed */
  constructor(code, server, seed) {
    Object.assign(this, { code, server, chance: chance_of(seed), line: new Line(this), accounts: new Accounts(this) });
    this.current = { tasks: [] };
    play_on(this);
  }

  violate(kind, detail) {
    this.violations.push({ kind, detail });
  }

  /** The moment for a change, by the phone's clock; no two changes share one. */
  unique_moment(phone) {
    let moment = phone.clock();
    while (this.#moments.has(moment)) moment -= 1;
    this.#moments.add(moment);
    return new Date(moment).toISOString();
  }

  note_fault(kind) {
    this.stats.faults[kind] = (this.stats.faults[kind] ?? 0) + 1;
  }

  set_timer(tab, work, milliseconds) {
    const timer = { tab, work, at: this.now + milliseconds };
    this.timers.push(timer);
    return timer;
  }

  clear_timer(timer) {
    this.timers = this.timers.filter((each) => each !== timer);
  }

  /** Does so many steps, or fewer if there is nothing left to do. */
  async run(steps, chance) {
    await turn();
    for (let done = 0; done < steps; done += 1) if (!(await this.step(chance))) return;
  }

  /** Does steps until the promise is settled; lets time pass when there is nothing else to do. */
  async until(promise, chance, most = 30_000) {
    let ended = false;
    const end = () => (ended = true);
    promise.then(end, end);
    await turn();
    for (let steps = 0; !ended; steps += 1) {
      if (steps > most) return this.violate("endless", { steps });
      if (!(await this.step(chance)) && !(await this.pass_time())) return this.violate("stuck", {});
    }
    return undefined;
  }

  async step(chance) {
    const options = [
      ...this.phones.filter((phone) => phone.tasks.length).map((phone) => [6, () => this.run_tasks(phone, 1 + chance.below(8))]),
      ...this.line.ready().map((flight) => [1, () => this.line.move(flight)]),
      ...this.timers.filter((timer) => timer.at <= this.now).map((timer) => [2, () => this.fire(timer)]),
    ];
    if (!options.length) return false;
    await chance.weighted(options)();
    await turn();
    this.now += chance.below(10);
    this.stats.steps += 1;
    return true;
  }

  async run_tasks(phone, most) {
    for (let done = 0; done < most && phone.tasks.length; done += 1) {
      this.current = phone;
      phone.tasks.shift()();
      await turn();
    }
  }

  fire(timer) {
    this.clear_timer(timer);
    this.current = timer.tab.phone;
    timer.work();
  }

  /** Lets the held request go on, or time pass to the next timer. @returns {Promise<boolean>} whether anything can happen now */
  async pass_time() {
    if (this.line.held) {
      await this.line.release();
      return true;
    }
    if (!this.timers.length) return false;
    this.now = Math.max(this.now, Math.min(...this.timers.map((timer) => timer.at)));
    return true;
  }

  /** Begins something on a phone; it goes on when the scheduler says so. */
  start(phone, work) {
    this.current = phone;
    return work();
  }
}

/** Waits until all code has run that needs no further step. */
function turn() {
  return new Promise((resolve) => { real_turn(resolve); });
}
