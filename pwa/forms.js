/**
 * From what a form sends to the args of a change. Twin of server/forms.py.
 *
 * Checking is left to the change itself: a form only says under which name each field goes.
 */
import { cents, count } from "./words.js";
import { date_of, day_number_of } from "./views/zone.js";

/** @typedef {import("./views/form.js").Typed} Typed */
/** @typedef {Record<string, any>} Args */

const CUSTOMER_FIELDS = [
  "name", "phone", "address", "region", "customer_type", "lifecycle", "cadence_days", "price_sensitivity",
  "preferred_products", "preferred_times", "latitude", "longitude",
];
const CONTACT_FIELDS = ["name", "role", "phone", "email", "birthday", "reports_to"];
const OPPORTUNITY_FIELDS = ["name", "expected_close_on", "lost_reason", "competitor"];
export const QUOTE_LINE = ["product", "name", "unit", "quantity", "price", "discount"];
const MOVE_FIELDS = ["from", "to", "expected_close_on", "lost_reason", "competitor", "note"];
const VISIT_FIELDS = ["visit_id", "customer_id", "started_at", "ended_at", "outcome", "note", "pain_point"];
const PLACE = ["latitude", "longitude", "accuracy_m"];
const LONGEST_STEP_DAYS = 30;

/** @param {FormData} form @returns {Typed} */
export function typed_of(form) {
  /** @type {Typed} */
  const typed = {};
  for (const [name, value] of form) {
    typed[name] ??= [];
    if (typeof value === "string") typed[name].push(value);
  }
  return typed;
}

/** @param {Typed} typed @param {string} name */
export function value(typed, name) {
  return typed[name]?.[0] ?? "";
}

/** @param {Typed} typed @param {string[]} names @returns {Args} */
function given(typed, names) {
  return Object.fromEntries(names.filter((name) => name in typed).map((name) => [name, value(typed, name)]));
}

/** The args of visit.log; visit.correct adds what it corrects. @param {Typed} typed @param {string} today @returns {Args} */
export function visit(typed, today) {
  return {
    ...Object.fromEntries(VISIT_FIELDS.map((name) => [name, value(typed, name)])),
    contact_ids: (typed.contact_ids ?? []).filter(Boolean),
    product_ids: (typed.product_ids ?? []).filter(Boolean),
    competitors: value(typed, "competitors"),
    place: Object.fromEntries(PLACE.map((name) => [name, value(typed, name)])),
    ...follow_up_of_visit(typed, today),
  };
}

/** The args of activity.log. A button that only says what it was sends no more than that.
 * @param {Typed} typed @param {string} today @returns {Args} */
export function activity(typed, today) {
  return { ...visit(typed, today), kind: value(typed, "kind") };
}

/** The args of visit.attach, one for each photo on the form of a visit. @param {Typed} typed @returns {Args[]} */
export function photos(typed) {
  const whose = given(typed, ["visit_id", "customer_id"]);
  return (typed.photo ?? []).map((told) => {
    const [attachment_id, sha256, size, media_type] = told.split(" ");
    return { ...whose, attachment_id, sha256, size, media_type };
  });
}

/** The args of file.attach, but for whose it is. @param {Typed} typed @returns {Args} */
export function file(typed) {
  return given(typed, ["attachment_id", "name", "sha256", "size", "media_type"]);
}

/** @param {Typed} typed @param {string} today @returns {Args} */
function follow_up_of_visit(typed, today) {
  const step = value(typed, "next_step");
  if (step === "" || step === "none") return {};
  const due_on = step === "pick" ? value(typed, "due_on") : in_days(step, today);
  return { follow_up: { follow_up_id: value(typed, "follow_up_id"), due_on, note: value(typed, "follow_up_note") } };
}

/** "3" is the day in three days; anything else than our own chips is left for the check to refuse.
 * @param {string} step @param {string} today */
function in_days(step, today) {
  const is_ours = /^[0-9]{1,2}$/.test(step) && Number(step) <= LONGEST_STEP_DAYS;
  return is_ours ? date_of(day_number_of(today) + Number(step)) : step;
}

/** @param {Typed} typed @returns {Args} */
export function plan(typed) {
  return given(typed, ["visit_id", "customer_id", "planned_on", "planned_time"]);
}

/** @param {Typed} typed @param {string} today @returns {Args} */
export function follow_up(typed, today) {
  const step = value(typed, "next_step");
  const due_on = step === "" || step === "pick" ? value(typed, "due_on") : in_days(step, today);
  return { ...given(typed, ["follow_up_id", "customer_id", "note"]), due_on };
}

/** The args of task.ask: a promise, but another's. @param {Typed} typed @param {string} today @returns {Args} */
export function task(typed, today) {
  return { ...follow_up(typed, today), ...given(typed, ["task_id", "department"]) };
}

/** @param {Typed} typed @returns {Args} */
export function customer(typed) {
  return { ...given(typed, ["customer_id"]), ...customer_fields(typed) };
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function customer_edit(typed, customer_id) {
  return { customer_id, fields: customer_fields(typed) };
}

/** What was not touched is not said: somebody else may change it meanwhile, and both edits stand. `opened`: the fields as the
 * form had them; `said`: what was said before, and is said again. @param {Args} edited @param {Args} opened @param {Args} [said] @returns {Args} */
export function only_changed({ fields: { custom = {}, ...fields }, ...whose }, opened, said = {}) {
  const own = touched(custom, opened.custom ?? {}, said.custom ?? {});
  return { ...whose, fields: { ...touched(fields, opened, said), ...(Object.keys(own).length ? { custom: own } : {}) } };
}

/** @param {Args} fields @param {Args} opened @param {Args} said */
function touched(fields, opened, said) {
  const changed = Object.entries(fields).filter(([name, text]) => name in said || text.replaceAll("\r\n", "\n") !== (opened[name] ?? ""));
  return { ...said, ...Object.fromEntries(changed) };
}

/** An empty field beside the boxes says that none of them is ticked. @param {Typed} typed @returns {Args} */
function customer_fields(typed) {
  const { preferred_product_ids: ticked } = typed;
  return { ...given(typed, CUSTOMER_FIELDS), ...(ticked ? { preferred_product_ids: ticked.filter(Boolean).join() } : {}), ...custom(typed) };
}

/** A company's own fields, which a form calls `custom.<id>`. @param {Typed} typed @returns {Args} */
function custom(typed) {
  const names = Object.keys(typed).filter((name) => name.startsWith("custom."));
  return names.length ? { custom: Object.fromEntries(names.map((name) => [name.slice(7), value(typed, name)])) } : {};
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function comparison(typed, customer_id) {
  return { customer_id, ...given(typed, ["competitor", "note", "tags"]) };
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function contact(typed, customer_id) {
  return { customer_id, ...given(typed, ["contact_id", ...CONTACT_FIELDS]) };
}

/** @param {Typed} typed @param {string} contact_id @returns {Args} */
export function contact_edit(typed, contact_id) {
  return { contact_id, fields: given(typed, CONTACT_FIELDS) };
}

/** @param {Typed} typed @returns {Args} */
export function opportunity(typed) {
  const names = ["opportunity_id", "customer_id", "pipeline_id", "name", "currency", "stage", "expected_close_on"];
  return { ...given(typed, names), amount_cents: 0, ...amount(typed) };
}

/** Left empty where nobody knows it yet: nothing. @param {Typed} typed @returns {Args} */
function amount(typed) {
  const text = value(typed, "amount_cents");
  return text.trim() ? { amount_cents: cents(text) } : {};
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_edit(typed, opportunity_id) {
  return { opportunity_id, fields: given(typed, OPPORTUNITY_FIELDS) };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_revalue(typed, opportunity_id) {
  return { opportunity_id, ...given(typed, ["from_cents", "from_currency", "currency"]), amount_cents: 0, ...amount(typed) };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function quote(typed, opportunity_id) {
  return { opportunity_id, ...given(typed, ["quote_id", "edition", "currency", "note", "valid_until"]), lines: quote_lines(typed) };
}

/** Fields of a line stand side by side: `line_name`, `line_quantity` and so on, a value a line each.
 * @param {Typed} typed @returns {Args[]} */
function quote_lines(typed) {
  return (typed.line_name ?? []).map((_, at) => {
    const [product_id, name, unit, quantity, price, discount] = QUOTE_LINE.map((column) => typed[`line_${column}`]?.[at] ?? "");
    return { product_id, name, unit, quantity: count(quantity), unit_price_cents: cents(price), discount_bp: cents(discount.replace(/[%％]/g, "")) };
  });
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function contract(typed, opportunity_id) {
  const names = ["contract_id", "quote_id", "edition", "title", "seller", "buyer", "currency", "terms"];
  return { opportunity_id, ...given(typed, names), total_cents: amount(typed).amount_cents ?? "" };
}

/** The args of contract.sign, but for its seal. @param {Typed} typed @param {string} contract_id @param {string} signed_at @returns {Args} */
export function signature(typed, contract_id, signed_at) {
  const [latitude_e6, longitude_e6] = [millionths(value(typed, "latitude")), millionths(value(typed, "longitude"))];
  const place = latitude_e6 && longitude_e6 ? { place: { latitude_e6, longitude_e6, accuracy_m: value(typed, "accuracy_m") } } : {};
  return { contract_id, ...given(typed, ["edition", "signer", "strokes", "by_name"]), signed_at, ...place };
}

/** In whole numbers, which the two hosts write alike. @param {string} degrees */
function millionths(degrees) {
  const [, sign, whole, rest] = /^(-?)([0-9]{1,3})\.([0-9]{1,6})$/.exec(degrees) ?? [];
  return whole ? `${sign}${whole}${rest.padEnd(6, "0")}` : "";
}

/** @param {Typed} typed @returns {Args} */
export function order(typed) {
  return given(typed, ["order_id", "quote_id", "placed_on", "note"]);
}

/** The args of payment.expect, or of payment.receive. @param {Typed} typed @param {string} order_id @returns {Args} */
export function payment(typed, order_id) {
  const day = value(typed, "kind") === "received" ? "received_on" : "due_on";
  return { ...given(typed, ["payment_id", "note"]), order_id, [day]: value(typed, "on"), amount_cents: "", ...amount(typed) };
}

/** The args of opportunity.ask, and of its answers. @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function approval(typed, opportunity_id) {
  return { opportunity_id, ...given(typed, ["stage", "amount_cents", "currency", "note"]) };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_move(typed, opportunity_id) {
  return { opportunity_id, ...given(typed, MOVE_FIELDS), ...amount(typed) };
}

/** A logged visit as its form would have been filled in: the other way round, for an entry of the outbox.
 * @param {Args} args @param {(msgid: string) => string} t @returns {Typed} */
export function typed_of_visit(args, t) {
  const { follow_up: promised, place } = args;
  return {
    ...Object.fromEntries([...VISIT_FIELDS, "kind"].map((name) => [name, [args[name] ?? ""]])),
    contact_ids: args.contact_ids ?? [],
    product_ids: args.product_ids ?? [],
    competitors: [(args.competitors ?? []).join(t(", "))],
    ...(place ? Object.fromEntries(PLACE.map((name) => [name, [String(place[name])]])) : {}),
    next_step: [promised ? "pick" : "none"],
    ...(promised ? { follow_up_id: [promised.follow_up_id], due_on: [promised.due_on], follow_up_note: [promised.note ?? ""] } : {}),
  };
}
