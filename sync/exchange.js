/**
 * One request to the server, and whether its answer may be believed. A network in a hotel answers 200 and HTML to
 * everything, a proxy cuts bodies in half: whatever is not exactly of our shape acknowledges nothing.
 */

import { is_columns, ops_of_columns } from "./columns.js";
import { is_object } from "./field_checks.js";
import { wire_moment } from "./identity.js";

/** @typedef {import("./ports.js").Ports} Ports */
/** @typedef {import("./outbox.js").Entry} Entry */
/** @typedef {{last_seq: number, epoch: string}} HandedIn told to a lost phone: up to where the server has kept its entries, and the server's epoch */
/**
 * @typedef {{kind: "answer", body: Record<string, any>} | {kind: "signed_out", handed_in?: HandedIn} | {kind: "wrong_user" | "fork" | "epoch" | "too_large" | "too_old"} | {kind: "refused", body: Record<string, any>}
 *   | {kind: "gap", expected: number} | {kind: "later", after_ms: number} | {kind: "failed", problem: string}} Answer
 */

export const PROTOCOL = 1;
export const CONTENT_TYPE = "application/vnd.legwork.sync+json";
/** How long to wait where `Retry-After` says nothing, and at most. */
const LATER_MS = 5_000;
export const LATEST_MS = 3_600_000;

/** @param {Ports} ports @param {string} address @param {RequestInit} options @param {number} deadline_ms @returns {Promise<Answer>} */
export async function ask(ports, address, options, deadline_ms) {
  const controller = new AbortController();
  const timer = ports.set_timer(() => controller.abort(), deadline_ms);
  try {
    const response = await ports.fetch(address, { credentials: "same-origin", redirect: "manual", cache: "no-store", ...options, signal: controller.signal });
    return understood(response, await response.text(), ports.clock());
  } catch (error) {
    // No connection, cut off, or too slow: all that is known is that nothing is acknowledged.
    return { kind: "failed", problem: controller.signal.aborted ? "deadline" : `network: ${/** @type {Error} */ (error).name}` };
  } finally {
    ports.clear_timer(timer);
  }
}

/** @param {Response} response @param {string} text @param {number} now @returns {Answer} */
function understood(response, text, now) {
  const { status } = response;
  if (status === 429 || status === 503) return { kind: "later", after_ms: retry_after(response.headers.get("Retry-After"), now) };
  if (status === 413) return { kind: "too_large" };
  const body = is_ours(response) ? parsed(text) : null;
  // A newer server answers in its own protocol, also to requests that name none.
  if (is_ours(response) && (status === 426 || body?.protocol > PROTOCOL)) return { kind: "too_old" };
  if (body?.protocol !== PROTOCOL) return { kind: "failed", problem: `not an answer of the server: ${response.type} ${status}` };
  return status === 200 ? { kind: "answer", body } : declined(status, body);
}

/** @param {Response} response */
function is_ours({ type, headers }) {
  return type !== "opaqueredirect" && (headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase() === CONTENT_TYPE;
}

/** @param {string} text @returns {Record<string, any> | null} */
export function parsed(text) {
  try {
    const body = JSON.parse(text);
    return is_object(body) ? body : null;
  } catch {
    return null; // half a body
  }
}

/** @param {number} status @param {Record<string, any>} body @returns {Answer} */
function declined(status, body) {
  if (status === 401) return { kind: "signed_out", handed_in: body.wipe ? { last_seq: body.last_seq, epoch: body.epoch } : undefined };
  if (status === 403 && body.code === "wrong_user") return { kind: "wrong_user" };
  if (status === 409 && body.code === "gap" && is_count(body.expected) && body.expected > 0) return { kind: "gap", expected: body.expected };
  if (status === 409 && (body.code === "fork" || body.code === "epoch")) return { kind: body.code };
  if (status === 422) return { kind: "refused", body };
  return { kind: "failed", problem: `${status} ${body.code}` };
}

/** In milliseconds from now. @param {string | null} header seconds or a date @param {number} now */
function retry_after(header, now) {
  if (!header) return LATER_MS;
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(asked) ? LATER_MS : Math.min(Math.max(asked, 0), LATEST_MS);
}

/** @typedef {{device_id: string, user_id: string, epoch: string | null, entries: Entry[], unsent: number, evicted?: {lost: number, at: string}}} Batch
 *   evicted: what the server has to hear of a store that was thrown away */

/** @param {Ports} ports @param {Batch} batch */
export function push_body(ports, { device_id, user_id, epoch, entries, unsent, evicted }) {
  const changes = entries.map(wire_change);
  return JSON.stringify({ protocol: PROTOCOL, epoch, device_id, user_id, sent_at: wire_moment(ports.clock()), unsent, evicted, changes });
}

/** An entry as it is sent: under `withheld` only its number and id. @param {Entry} entry */
export function wire_change({ seq, id, name, args, base_rev, happened_at, group, withheld }) {
  return withheld ? { seq, id, name: "noop", args: {}, base_rev, happened_at, group: null } : { seq, id, name, args, base_rev, happened_at, group };
}

/** @typedef {{seq: number, id: string, status: "applied" | "duplicate" | "parked", rev: number, code: string | null, detail: any}} Receipt */

/** The receipts, if this is an answer to exactly this batch; else null. @param {Record<string, any>} body @param {Batch} batch
 * @returns {Receipt[] | null} */
export function receipts_of(body, { device_id, user_id, epoch, entries }) {
  if (body.device_id !== device_id || body.user_id !== user_id || typeof body.epoch !== "string") return null;
  if (epoch !== null && body.epoch !== epoch) return null; // from before a restore, kept by a proxy
  if (![body.last_seq, body.rev, body.durable_rev].every(is_count) || !Array.isArray(body.receipts)) return null;
  const ids = new Map(entries.map((entry) => [entry.seq, entry.id]));
  const fits = body.receipts.every((receipt) => is_receipt(receipt) && ids.get(receipt.seq) === receipt.id);
  return fits ? body.receipts : null;
}

/** @param {any} receipt */
function is_receipt(receipt) {
  if (!is_object(receipt) || !["applied", "duplicate", "parked"].includes(receipt.status)) return false;
  return is_count(receipt.rev) && (receipt.code === null || typeof receipt.code === "string");
}

/** @typedef {import("./replica_writing.js").Page & {epoch: string, device_last_seq: number}} PulledPage */

/** @param {Record<string, any>} body @param {string} user_id @returns {PulledPage | null} */
export function page_of(body, user_id) {
  if (body.user_id !== user_id || typeof body.epoch !== "string" || typeof body.cursor !== "string") return null;
  if (typeof body.more !== "boolean" || !is_count(body.device_last_seq) || !Array.isArray(body.ops)) return null;
  if (body.sums && !is_object(body.sums)) return null;
  const { columns = {}, ...page } = body;
  if (!is_object(columns) || !Object.values(columns).every(is_columns)) return null;
  const ops = [...body.ops, ...ops_of_columns(columns)];
  return ops.every(is_op) ? /** @type {PulledPage} */ ({ ...page, ops }) : null;
}

/** @param {any} op */
function is_op(op) {
  if (!is_object(op) || typeof op.collection !== "string" || typeof op.id !== "string" || !is_count(op.rev)) return false;
  return op.op === "remove" || (op.op === "put" && is_object(op.row) && op.row.id === op.id);
}

/** @param {unknown} value */
function is_count(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
