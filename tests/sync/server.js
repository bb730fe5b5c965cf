/** A server small enough to read, with the rules of sync/README.md, and a line to it that can be cut anywhere. */
import { ALICE, ME } from "./phone.js";

const TYPE = "application/vnd.legwork.sync+json";

export class Server {
  epoch = "epoch-1";
  rev = 0;
  durable_rev = 0;
  user_id = ALICE;
  /** change id → {status, rev, code} */
  receipts = new Map();
  /** `device/seq` → change id */
  taken = new Map();
  last_seq = new Map();
  /** `collection/id` → {row, rev} */
  rows = new Map();
  /** what was applied, in order: [change id, name] */
  applied = [];
  parks = new Map();
  requests = [];

  constructor() {
    this.write("me", ME);
  }

  write(collection, row) {
    this.rows.set(`${collection}/${row.id}`, { collection, row, rev: (this.rev += 1) });
  }

  /** As fetch would be called; `faults` are functions (request, answer) → Response, one for each request, then none. */
  fetch(faults = []) {
    return async (address, options) => {
      const request = { path: address.split("?")[0], query: new URLSearchParams(address.split("?")[1]), body: options.body ? JSON.parse(options.body) : null, options };
      this.requests.push(request);
      const fault = faults.shift() ?? ((_request, answer) => answer());
      return fault(request, () => this.answer(request));
    };
  }

  answer(request) {
    return request.path === "/sync/push" ? this.push(request.body) : this.pull(request.query);
  }

  push(body) {
    if (body.user_id !== this.user_id) return json(403, { code: "wrong_user" });
    if (body.epoch !== null && body.epoch !== this.epoch) return json(409, { code: "epoch", epoch: this.epoch });
    let last = this.last_seq.get(body.device_id) ?? 0;
    for (const { seq, id } of body.changes) {
      if (seq > last + 1) return json(409, { code: "gap", expected: last + 1 });
      const taken = this.taken.get(`${body.device_id}/${seq}`);
      if (seq <= last && taken !== id) return json(409, { code: "fork" });
      last = Math.max(last, seq);
    }
    const receipts = body.changes.map((change) => this.receive(body.device_id, change));
    this.last_seq.set(body.device_id, last);
    return json(200, {
      epoch: this.epoch, device_id: body.device_id, user_id: body.user_id, now: "2026-11-23T12:00:00.000Z", last_seq: last,
      rev: this.rev, durable_rev: this.durable_rev, receipts,
    });
  }

  receive(device_id, { seq, id, name, args }) {
    this.taken.set(`${device_id}/${seq}`, id);
    const known = this.receipts.get(id);
    if (known?.status === "applied") return { seq, id, detail: null, ...known, status: "duplicate" };
    const code = this.parks.get(id) ?? this.parks.get(name) ?? null;
    const receipt = { status: code ? "parked" : "applied", rev: (this.rev += 1), code };
    this.receipts.set(id, receipt);
    if (!code) this.apply(id, name, args);
    return { seq, id, ...receipt, detail: code ? { message: `because: ${code}` } : null };
  }

  apply(id, name, args) {
    this.applied.push([id, name]);
    if (name === "customer.add_tag") {
      const { row } = this.rows.get(`customers/${args.customer_id}`);
      this.write("customers", { ...row, tags: [...row.tags, args.tag] });
    }
  }

  pull(query) {
    const [epoch, rev] = (query.get("cursor") ?? `${this.epoch}:0`).split(":");
    if (epoch !== this.epoch || Number(rev) > this.rev) return json(409, { code: "epoch", epoch: this.epoch });
    const ahead = [...this.rows.values()].filter((held) => held.rev > Number(rev)).sort((one, other) => one.rev - other.rev);
    const ops = ahead.slice(0, this.page ?? 1e9).map(({ collection, row, rev: at }) => ({ op: "put", collection, id: row.id, rev: at, row }));
    const more = ops.length < ahead.length;
    const cursor = `${this.epoch}:${more ? ops.at(-1).rev : this.rev}`;
    return json(200, { epoch: this.epoch, user_id: this.user_id, cursor, more, ops, device_last_seq: this.last_seq.get(query.get("device_id")) ?? 0, sums: this.sums ?? null });
  }

  /** Last night's copy of everything. */
  backup() {
    const { epoch, rev, receipts, taken, last_seq, rows, applied } = this;
    return structuredClone({ epoch, rev, receipts, taken, last_seq, rows, applied });
  }

  restore(backup, epoch) {
    Object.assign(this, structuredClone(backup), { epoch });
  }

  times_applied(id) {
    return this.applied.filter(([applied]) => applied === id).length;
  }
}

export function json(status, body, headers = {}) {
  return new Response(JSON.stringify({ protocol: 1, ...body }), { status, headers: { "Content-Type": TYPE, ...headers } });
}

/** What can happen on the way. Each takes the place of one request. */
export const faults = {
  none: (_request, answer) => answer(),
  no_connection: async () => { throw new TypeError("Failed to fetch"); },
  answer_lost: async (_request, answer) => { answer(); throw new TypeError("Failed to fetch"); },
  captive_portal: async () => new Response("<h1>Welcome to the hotel</h1>", { status: 200, headers: { "Content-Type": "text/html" } }),
  another_type: async (_request, answer) => new Response(await answer().text(), { status: 200, headers: { "Content-Type": "application/json" } }),
  looks_like_ours: async () => new Response("{}", { status: 200, headers: { "Content-Type": TYPE } }),
  half_a_body: async (_request, answer) => new Response((await answer().text()).slice(0, -9), { status: 200, headers: { "Content-Type": TYPE } }),
  redirected: async () => Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" }),
  bad_gateway: async (_request, answer) => { answer(); return new Response("<h1>504</h1>", { status: 504, headers: { "Content-Type": "text/html" } }); },
  says: (status, body, headers) => async () => json(status, body, headers),
  altered: (change) => async (_request, answer) => {
    const response = answer();
    const body = await response.json();
    return json(response.status, change(body) ?? body);
  },
};
