/** The state of the service worker: who uses the phone now, their database, and how sending stands. */
import { learn, speaks, translator } from "./translations.js";
import { locale_of, reader_now } from "./person.js";
import { keep_pinned, pin, standing_of, unpin } from "./pinned.js";
import { TROUBLES, pill_of } from "./views/pill.js";
import { due_now, still_so } from "./views/today.js";
import { wire_moment } from "../sync/identity.js";
import { current_user, open_device_database, open_local_database, owed_sign_out, set_current_user } from "../sync/local_database.js";
import { pending_files, send_files } from "../sync/files.js";
import * as outbox from "../sync/outbox.js";
import { last_synced_at, sender_lock, subscribe, sync_now } from "../sync/sender.js";
import { open_store } from "../sync/store.js";

/** @typedef {import("../sync/local_database.js").LocalDatabase} LocalDatabase */
/** @typedef {import("../sync/ports.js").Ports} Ports */
/** @typedef {import("./views/held.js").Store} Store */
/** @typedef {import("./views/held.js").Row} Row */
/** @typedef {import("./translations.js").Translator} Translator */
/** @typedef {{db: LocalDatabase, store: Store, reader_me: Row}} InUse */
/** @typedef {{user_id: string, remembered: number | null, drawn_at: number}} Hello */
/**
 * @typedef {object} Device what the worker around it can do
 * @property {(message: object) => void} tell says something to every open page
 * @property {(count: number) => Promise<void>} badge
 * @property {(locale: string) => Promise<import("./translations.js").Catalog>} catalog
 * @property {() => Promise<unknown>} update looks for a newer version of the app
 * @property {() => Promise<unknown>} forget_pages deletes the pages and files that were fetched from the server
 * @property {() => Promise<void>} fall_silent ends reminders here, and closes those that are shown
 * @property {(rev: number, still: () => Promise<string[]>) => Promise<void>} take_down closes notifications of what is done
 * @property {CacheStorage} [caches] where files are kept
 * @property {() => Promise<void>} wake_later asks the browser to wake the worker when there is a signal
 */

/** @typedef {Pick<Store, "outbox" | "ready" | "lost" | "is_new">} Shown */

/** How long sending waits for the page to be drawn, which on a slow phone needs the same processor. */
const DRAWN_MS = 150;
const PINNED_WITHIN_MS = 2_000;
/** Problems, in the sender's words, that came from the server itself, and not from a line, portal or proxy on the way. */
const ANSWERED = /^(?!network|deadline|not an)| (4..|500)$/;
/** @type {Shown} */
const NOBODYS = { outbox: [], ready: true, lost: 0, is_new: false };

export class Phone {
  #ports;
  #device;
  #users;
  /** @type {string | null | undefined} undefined: not looked up yet */
  #user_id = undefined;
  /** @type {LocalDatabase | null} */
  #db = null;
  /** @type {import("./views/pill.js").Trouble} */
  trouble = null;
  /** @type {string | null} */
  #tried_at = null;
  #answered = false;
  #has_news = false;
  #changed_at = -Infinity;
  #locked = 0;
  /** @type {number | null} null: not counted yet */
  #files = null;

  /** @param {Ports} ports @param {Device} device */
  constructor(ports, device) {
    this.#ports = ports;
    this.#device = device;
    this.#users = open_device_database(ports);
  }

  /** The user's own database, whether or not their customers are in it yet. */
  async #database() {
    this.#user_id ??= await current_user(this.#users);
    if (!this.#user_id) return null;
    if (this.#db?.user_id !== this.#user_id) this.#db = this.#open(this.#user_id);
    return this.#db;
  }

  /** Listens to the sender, which also works by itself when it tries again. @param {string} user_id */
  #open(user_id) {
    const db = open_local_database(user_id, this.#ports);
    subscribe(db, (outcome) => {
      this.#heard(db, outcome).catch(console.error);
    });
    return db;
  }

  /** All that it takes to answer for the user; null until the first replica is complete, and until then the server answers. @returns {Promise<InUse | null>} */
  async in_use() {
    const db = await this.#database();
    if (db === null) return null;
    const store = await open_store(db);
    if (!store.ready) return null;
    const reader_me = await store.me();
    await this.speak(locale_of(reader_me));
    return { db, store, reader_me };
  }

  /** Learns a language. If its catalog is not here, this answer is in English, and the next one tries again. @param {string} locale */
  async speak(locale) {
    if (speaks(locale)) return;
    try {
      learn(locale, await this.#device.catalog(locale));
    } catch (error) {
      console.warn(error);
    }
  }

  async user_id() {
    await this.#database();
    return this.#user_id;
  }

  /** The form token with which the server is to be told that somebody signed out without a signal; null: it need not be told. */
  async owed() {
    return (await this.user_id()) ? null : owed_sign_out(this.#users);
  }

  async csrf_token() {
    return this.#ports.csrf_token();
  }

  async #store() {
    const db = await this.#database();
    return db === null ? null : open_store(db);
  }

  /** From now on this phone answers for this user, or for nobody. @param {string | null} user_id
   * @param {string | null} [owed] given at a sign-out, of which other tabs are told; see `owed` */
  async belong_to(user_id, owed) {
    if (this.#user_id !== user_id) await this.#device.fall_silent();
    await set_current_user(this.#users, user_id, owed);
    this.#user_id = user_id;
    this.trouble = this.#tried_at = null;
    this.#locked = 0;
    this.#files = null;
    if (user_id === null) await this.#device.badge(0);
    if (owed !== undefined) await this.#say("");
  }

  /** A page says who signed in to it, how many entries the cookie remembers, and since when it may be out of date.
   * @param {Hello} hello */
  async greet({ user_id, remembered, drawn_at }) {
    if (await this.owed()) return; // a page from before the sign-out
    if (this.#user_id !== user_id) await this.belong_to(user_id);
    const db = await this.#database();
    if (db) await outbox.note_eviction(db, remembered);
    await this.#say();
    if (this.#changed_at >= drawn_at) this.#device.tell({ type: "rows" });
    await this.sync("start");
  }

  /** Something was saved. It is sent by `spread_news`, after the answer: the worker has one thread, and the user waits for that. */
  saved() {
    this.#has_news = true;
  }

  /** Called after each answer. If something was saved, waits until the page is drawn, tells the pages, and sends it.
   * @param {string} type "saved", or "rows" if no page shows it yet */
  async spread_news(type = "saved") {
    if (!this.#has_news) return;
    this.#has_news = false;
    await new Promise((resolve) => this.#ports.set_timer(() => resolve(null), DRAWN_MS));
    this.#device.tell({ type });
    void this.#device.wake_later();
    await Promise.all([this.#say(), this.sync("saved")]);
  }

  /** Sends because the user has asked for it, and resolves after three seconds at the latest. */
  async send() {
    const patience = new Promise((resolve) => setTimeout(resolve, 3_000));
    await Promise.race([this.sync("asked"), patience]);
  }

  /** @param {string} why */
  async sync(why) {
    const db = await this.#database();
    if (db === null) return;
    const { state } = await sync_now(db, why);
    if (state === "done") await Promise.all([send_files(db), this.#keep_pinned(db)]);
  }

  /** Fetches pinned documents. @param {LocalDatabase} db */
  async #keep_pinned(db) {
    if (this.#device.caches && (await keep_pinned(db, this.#device.caches))) this.#device.tell({ type: "rows" });
  }

  /** @param {LocalDatabase} db @returns {import("./asked.js").Pinned | null} */
  pinned(db) {
    const { caches } = this.#device;
    if (!caches) return null;
    const soon = () => Promise.race([this.#keep_pinned(db), new Promise((resolve) => setTimeout(resolve, PINNED_WITHIN_MS))]);
    return {
      standing: () => standing_of(db, caches),
      pin: async (documents, wanted) => {
        const has_room = await pin(db, documents, wanted);
        if (has_room) await soon();
        return has_room;
      },
      unpin: async (id) => {
        await unpin(db, id);
        await soon();
      },
    };
  }

  /** @param {LocalDatabase} db @param {import("../sync/sender.js").Outcome} outcome */
  async #heard(db, { state, changed, problem }) {
    if (db !== this.#db) return;
    if (problem === "wiped") await this.#forget();
    if (problem === "403 forged") this.#device.tell({ type: "forged" });
    if (state === "wrong_user") await this.#lock(db);
    if (state === "done" || state in TROUBLES) {
      this.trouble = state === "done" ? null : /** @type {keyof typeof TROUBLES} */ (state);
      this.#tried_at = null;
    } else if (state === "offline" || problem) {
      this.#tried_at = wire_moment(this.#ports.clock());
      this.#answered = ANSWERED.test(problem ?? "network");
    }
    if (changed) {
      this.#changed_at = this.#ports.clock();
      this.#device.tell({ type: "rows" });
    }
    await this.#say();
    if (state === "done") void Promise.all([this.#send_files(db), this.#keep_pinned(db)]); // also when the sender woke up by itself
    if (state === "update_needed") await this.#device.update();
  }

  /** Sends files, and tells the pages how many are left. @param {LocalDatabase} db */
  async #send_files(db) {
    await send_files(db);
    if (this.#files) await this.#say();
  }

  /** Somebody else is signed in: the entries stay in their author's database, and the pill says how many. @param {LocalDatabase} db */
  async #lock(db) {
    const locked = await outbox.unsent_count(db);
    await this.belong_to(null);
    this.#locked = locked;
  }

  /** This lost phone was wiped: deletes the pages and files that were fetched, too, and answers for nobody. */
  async #forget() {
    const of = this.#user_id;
    this.#db = null;
    await Promise.all([this.belong_to(null), this.#device.forget_pages()]);
    await this.#say(of);
    this.#device.tell({ type: "rows" });
  }

  /** @param {Translator} t @param {Shown} [store] if it is open already */
  async pill(t, store) {
    const { outbox: all, ready, lost } = store ?? (await this.#store()) ?? NOBODYS;
    const entries = outbox.in_sight(all);
    const parked = outbox.needs_author(entries).length;
    const waiting = this.#locked || entries.length - parked;
    const files = (this.#files ??= await this.#count_files());
    return pill_of(t, { waiting, parked, lost, trouble: this.trouble || (this.#user_id ? null : "signed_out"), loading: !ready, files });
  }

  async #count_files() {
    const db = await this.#database();
    return db ? pending_files(db) : 0;
  }

  /** @param {LocalDatabase} db */
  async standing(db) {
    const persisted = (await navigator.storage?.persisted?.()) ?? false;
    return { synced_at: await last_synced_at(db), files: await pending_files(db), tried_at: this.#tried_at, answered: this.#answered, persisted, trouble: this.trouble };
  }

  async sender_locks() {
    const db = await this.#database();
    return db === null ? [] : [sender_lock(db)];
  }

  /** Tells the pages what the pill says, and the badge on the app's icon how much is due.
   * @param {string | null | undefined} of whose count it is; null: nobody's yet; "": nobody's any more */
  async #say(of = this.#user_id) {
    const store = await this.#store();
    this.#files = await this.#count_files();
    const me = store?.ready ? await store.me() : null;
    await this.speak(locale_of(me ?? {}));
    const t = translator(locale_of(me ?? {}));
    const shown = store ?? NOBODYS;
    this.#device.tell({ type: "pill", pill: await this.pill(t, shown), of, is_new: shown.is_new });
    if (store === null || me === null) return;
    const reader = reader_now(me, this.#ports);
    await this.#device.badge(due_now(await store.agenda(), reader).length);
    await this.#device.take_down(store.found.live.max_rev, () => still_so(store, reader));
  }
}
