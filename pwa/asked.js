/** One request to the service worker as a server, and everything that it takes to answer it. */
import { typed_of } from "./forms.js";

/** @typedef {import("./views/reader.js").Reader} Reader */
/** @typedef {import("./views/held.js").Store} Store */
/** @typedef {import("./views/frame.js").Pill} Pill */
/** @typedef {import("../sync/outbox.js").Change} Change */
/** @typedef {import("../sync/outbox.js").Entry} Entry */
/** @typedef {import("../sync/drafts.js").Draft} Draft */

/**
 * @typedef {object} Keeping what a request may write, and what it asks of the outbox
 * @property {(change: Change, draft: string | null, more: Change[], ahead?: (entries: Entry[]) => void) => Promise<Entry[]>} save
 * @property {() => Promise<Entry[]>} entries
 * @property {(seq: number) => Promise<unknown>} discard
 * @property {(seq: number, change: Change, draft: string | null) => Promise<Entry>} replace
 * @property {(key: string) => Promise<Draft | null>} draft
 * @property {(prefix: string) => Promise<Draft | null>} latest_draft
 * @property {(customer_id: string) => Promise<void>} opened
 * @property {() => Promise<unknown>} send
 * @property {(file: string) => Promise<number | null>} bring_in the outbox of another phone: how many entries; null: not of this user
 * @property {() => Promise<object>} export_all
 * @property {() => Promise<Omit<import("./views/outbox.js").Standing, "lost">>} standing
 * @property {() => Promise<unknown>} forget_eviction
 * @property {Pinned | null} pinned what of the library is kept here; null where nothing can be
 */

/**
 * @typedef {object} Pinned
 * @property {() => Promise<Map<string, import("./pinned.js").Standing>>} standing
 * @property {(documents: import("./views/held.js").Row[], wanted: import("./views/held.js").Row) => Promise<boolean>} pin
 * @property {(id: string) => Promise<unknown>} unpin
 */

/** What is asked for is not on this phone: the server may have it. */
export class NotHere extends Error {
  name = "NotHere";
}

/**
 * @typedef {object} Around
 * @property {string} method @property {URL} url @property {Headers} headers @property {Record<string, string>} params
 * @property {FormData | null} form @property {Reader} reader @property {Store} store @property {Keeping} keeping @property {Pill} pill
 * @property {(path: string, saving?: Entry[]) => Promise<Response>} go answers another address in the place of this one. It shows
 *   the entries of `saving` as saved, although the disk still writes them
 * @property {boolean} [alone] the user may see more than is on this phone, and there is no signal to ask for it
 */

export class Asked {
  /** @param {Around} around */
  constructor({ method, url, headers, params, form, reader, store, keeping, pill, go, alone = false }) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.params = params;
    this.typed = form ? typed_of(form) : {};
    this.form = form;
    this.reader = reader;
    this.store = store;
    this.keeping = keeping;
    this.pill = pill;
    this.go = go;
    this.alone = alone;
    /** There was no room to save its change. */
    this.is_full = false;
    /** The key of the draft that its form goes on with. */
    this.kept = "";
  }

  get t() {
    return this.reader.t;
  }

  get is_htmx() {
    return this.headers.get("hx-request") === "true";
  }

  get is_partial() {
    return this.is_htmx && this.headers.get("hx-request-type") === "partial";
  }

  /** @param {string} name */
  query(name) {
    return this.url.searchParams.get(name) ?? "";
  }

  /** The customer, with all that hangs off it. @param {string} id */
  async held(id) {
    const held = id ? await this.store.customer(id) : null;
    if (held === null) throw new NotHere(id);
    return held;
  }

  /** The row that the address names, and its customer.
   * @param {Exclude<keyof import("./views/held.js").Held, "customer">} collection */
  async row_of(collection) {
    const { id } = this.params;
    const held = await this.held((await this.store.holder(id)) ?? "");
    const row = held[collection].find((one) => one.id === id && !one.deleted_at);
    if (row === undefined) throw new NotHere(id);
    return { held, row };
  }
}
