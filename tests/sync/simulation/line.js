/** The network between phones and the server. A request is sent, arrives, is answered; each step when the scheduler says so. */

import { DAMAGES } from "./photos.js";

const OURS = "application/vnd.legwork.sync+json";
const HTML = { "Content-Type": "text/html" };

const html = (status, headers = {}) => () => new Response(`<h1>${status}</h1>`, { status, headers: { ...HTML, ...headers } });
const ours = (status, body, headers = {}) => () =>
  new Response(JSON.stringify({ protocol: 1, ...body }), { status, headers: { "Content-Type": OURS, ...headers } });

/** Faults in which something else answers, and the server never gets the request. */
const INSTEAD = {
  redirected: () => Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" }),
  captive_portal: html(200),
  looks_like_ours: ours(200, {}),
  not_signed_in: ours(401, { code: "not_signed_in" }),
  proxy_401: html(401),
  too_large: html(413),
  too_often: html(429, { "Retry-After": "30" }),
  broken: html(500),
  not_now: ours(503, { code: "later" }, { "Retry-After": "3" }),
};
/** Faults in which the server's answer comes to the phone as something else. */
const AFTERWARDS = {
  gateway_timeout: html(504),
  another_type: ({ body }) => new Response(body, { status: 200, headers: { "Content-Type": "application/json" } }),
  truncated: ({ status, headers, body }) => new Response(body.slice(0, body.length >> 1), { status, headers }),
  reset: ({ status, headers, body }) => new Response(broken_off(body), { status, headers }),
};
export const TROUBLES = [
  "no_connection", "answer_lost", "black_hole", "duplicated", "another_answer", "another_answer", ...Object.keys(INSTEAD), ...Object.keys(AFTERWARDS),
];

/** Faults of the lane of files: more often those that cannot happen to a push. */
export const LANE_TROUBLES = [...TROUBLES, ...Array(4).fill(Object.keys(DAMAGES)).flat(), "answer_lost", "another_answer", "another_answer"];

function broken_off(body) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(body.slice(0, body.length >> 1)));
      controller.error(new TypeError("terminated"));
    },
  });
}

export class Line {
  /** Requests and answers on their way. */
  flying = [];
  /** Earlier answers to pushes and in the lane of files, which a bad proxy may give to somebody else. */
  answered = { push: [], files: [] };
  held = null;

  constructor(world) {
    this.world = world;
  }

  send(tab, address, { method = "GET", headers = {}, body = "", signal }) {
    const { phone } = tab;
    const trouble = next_trouble(phone, address, method) ?? {};
    return new Promise((resolve, reject) => {
      const flight = { tab, phone, user: phone.user_id, path: address, method, headers, body, resolve, reject, trouble, state: "sent", cancelled: false };
      signal?.addEventListener("abort", () => {
        flight.cancelled = true; // it may still arrive at the server
        reject(new DOMException("aborted", "AbortError"));
      });
      this.flying.push(flight);
      if (trouble.line === "duplicated") this.flying.push({ ...flight, trouble: {}, resolve: () => {}, reject: () => {} });
    });
  }

  /** Requests and answers that can go on now. */
  ready() {
    return this.flying.filter((flight) => flight.state !== "held");
  }

  /** @param {any} flight one step further */
  async move(flight) {
    this.world.current = flight.phone;
    this.world.stats.requests += 1;
    if (flight.state === "sent") return this.#arrive(flight);
    this.#leave(flight);
    return flight.deliver();
  }

  async #arrive(flight) {
    const { line, interrupt = null } = flight.trouble;
    const lane = lane_of(flight.path);
    if (line) this.world.note_fault(named(lane, line));
    if (line === "black_hole") return this.#leave(flight);
    if (line === "no_connection") return this.#lose(flight);
    if (INSTEAD[line]) return this.#answer(flight, INSTEAD[line]);
    const old = this.answered[lane] ?? [];
    if (line === "another_answer" && old.length) return this.#answer(flight, respond(this.world.chance.pick(old)));
    if (interrupt && lane) this.world.note_fault(named(lane, `server_${interrupt[0]}`));
    const { user, phone, method, path } = flight;
    const asked = { user, secret: phone.profile.secret, method, path, now: this.world.now, interrupt: lane ? interrupt : null };
    return this.#answered(flight, await this.world.server("ask", { ...asked, ...(await on_the_wire(flight, DAMAGES[line])) }));
  }

  #answered(flight, answer) {
    if (answer.held) {
      flight.state = "held";
      this.held = flight;
      return undefined;
    }
    if (answer.killed) return this.#lose(flight);
    if (answer.leaks?.length) this.world.violate("leak", { phone: flight.phone.number, customers: answer.leaks });
    if (answer.status === 200 || answer.status === 422) this.answered[lane_of(flight.path)]?.push(answer);
    if (flight.trouble.line === "answer_lost") return this.#lose(flight);
    return this.#answer(flight, AFTERWARDS[flight.trouble.line] ? () => AFTERWARDS[flight.trouble.line](answer) : respond(answer));
  }

  #answer(flight, make) {
    flight.state = "answered";
    flight.deliver = () => flight.resolve(make());
  }

  #lose(flight) {
    flight.state = "answered";
    flight.deliver = () => flight.reject(new TypeError("Failed to fetch"));
  }

  #leave(flight) {
    this.flying.splice(this.flying.indexOf(flight), 1);
  }

  /** The request that a thread of the server was held in goes on. */
  async release() {
    const flight = this.held;
    if (flight === null) return;
    this.held = null;
    this.#answered(flight, await this.world.server("release", {}));
  }
}

function lane_of(address) {
  return address.startsWith("/files") ? "files" : address === "/sync/push" ? "push" : null;
}

function named(lane, fault) {
  return lane === "files" ? `lane_${fault}` : fault;
}

/** The body for the server: text as it is, bytes of a file's piece in base64, because JSON has none. */
async function on_the_wire({ body, headers }, damaged = (bytes) => bytes) {
  if (typeof body === "string") return { body };
  const bytes = damaged(Buffer.from(await body.arrayBuffer()));
  return { body: bytes.toString("base64"), offset: headers["Upload-Offset"] };
}

/** Takes the next trouble that can happen to this request: some wait for a push, or for a piece of a file. */
function next_trouble({ troubles, lane_troubles }, address, method) {
  if (lane_of(address) === "files") return taken(lane_troubles, ({ line }) => method === "PATCH" || !DAMAGES[line]);
  return taken(troubles, ({ line }) => address === "/sync/push" || (line && line !== "another_answer"));
}

function taken(troubles, befalls) {
  const at = troubles.findIndex(befalls);
  return at < 0 ? null : troubles.splice(at, 1)[0];
}

function respond({ status, headers, body }) {
  return () => new Response(body, { status, headers });
}
