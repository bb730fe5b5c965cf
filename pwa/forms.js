/**
 * From what a form sends to the args of a change. Twin of server/forms.py.
 *
 * Checking is left to the change itself: a form only says under which name each field goes.
 */
import changes from "../build/generated/changes.js";
import { cents, count } from "./words.js";
import { date_of, day_number_of } from "./views/zone.js";

/** @typedef {import("./views/form.js").Typed} Typed */
/** @typedef {Record<string, any>} Args */

export const QUOTE_LINE = ["product", "name", "unit", "quantity", "price", "discount"];
const VISIT_FIELDS = ["visit_id", "customer_id", "started_at", "ended_at", "outcome", "note", "pain_point"];
const PLACE = ["latitude", "longitude", "accuracy_m"];
const LONGEST_STEP_DAYS = 30;

/** The texts of a form by the name of the field. @param {FormData} form @returns {Typed} */
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

/** The args of a change for which the form has fields of the same names. @param {Typed} typed @param {string} change @returns {Args} */
function given(typed, change) {
  return among(typed, changes[change]);
}

/** The same for the `fields` of an edit. @param {Typed} typed @param {string} change @returns {Args} */
function given_fields(typed, change) {
  return among(typed, changes[change].fields.fields);
}

/** @param {Typed} typed @param {Record<string, unknown>} args @returns {Args} */
function among(typed, args) {
  return Object.fromEntries(Object.keys(args).filter((name) => name in typed).map((name) => [name, value(typed, name)]));
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

/** The args of activity.log. The button that logs a call with one tap sends few of them.
 * @param {Typed} typed @param {string} today @returns {Args} */
export function activity(typed, today) {
  return { ...visit(typed, today), kind: value(typed, "kind") };
}

/** The args of visit.attach, one for each photo on the form of a visit. @param {Typed} typed @returns {Args[]} */
export function photos(typed) {
  const whose = given(typed, "visit.attach");
  return (typed.photo ?? []).map((told) => {
    const [attachment_id, sha256, size, media_type] = told.split(" ");
    return { ...whose, attachment_id, sha256, size, media_type };
  });
}

/** The args of file.attach, but for whose it is. @param {Typed} typed @returns {Args} */
export function file(typed) {
  return given(typed, "file.attach");
}

/** @param {Typed} typed @param {string} today @returns {Args} */
function follow_up_of_visit(typed, today) {
  const step = value(typed, "next_step");
  if (step === "" || step === "none") return {};
  const due_on = step === "pick" ? value(typed, "due_on") : in_days(step, today);
  return { follow_up: { follow_up_id: value(typed, "follow_up_id"), due_on, note: value(typed, "follow_up_note") } };
}

/** "3" is the date in three days. What is no choice of our form is left as it is, for validation to refuse.
 * @param {string} step @param {string} today */
function in_days(step, today) {
  const is_ours = /^[0-9]{1,2}$/.test(step) && Number(step) <= LONGEST_STEP_DAYS;
  return is_ours ? date_of(day_number_of(today) + Number(step)) : step;
}

/** @param {Typed} typed @returns {Args} */
export function plan(typed) {
  return given(typed, "visit.plan");
}

/** @param {Typed} typed @param {string} today @returns {Args} */
export function follow_up(typed, today) {
  return { ...given(typed, "follow_up.create"), due_on: due_on(typed, today) };
}

/** The args of task.ask: like a promise, but one that others keep. @param {Typed} typed @param {string} today @returns {Args} */
export function task(typed, today) {
  return { ...given(typed, "task.ask"), due_on: due_on(typed, today) };
}

/** @param {Typed} typed @param {string} today */
function due_on(typed, today) {
  const step = value(typed, "next_step");
  return step === "" || step === "pick" ? value(typed, "due_on") : in_days(step, today);
}

/** @param {Typed} typed @returns {Args} */
export function customer(typed) {
  return { ...given(typed, "customer.create"), ...own_fields(typed) };
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function customer_edit(typed, customer_id) {
  return { customer_id, fields: { ...given_fields(typed, "customer.edit"), ...own_fields(typed) } };
}

/** Leaves out the fields that were not touched: somebody else may change them meanwhile, and then both edits stand. `opened`: the fields
 * as the form had them; `said`: fields of an entry that is edited, which stay in any case. @param {Args} edited @param {Args} opened @param {Args} [said] @returns {Args} */
export function only_changed({ fields: { custom = {}, ...fields }, ...whose }, opened, said = {}) {
  const own = touched(custom, opened.custom ?? {}, said.custom ?? {});
  return { ...whose, fields: { ...touched(fields, opened, said), ...(Object.keys(own).length ? { custom: own } : {}) } };
}

/** @param {Args} fields @param {Args} opened @param {Args} said */
function touched(fields, opened, said) {
  const changed = Object.entries(fields).filter(([name, text]) => name in said || text.replaceAll("\r\n", "\n") !== (opened[name] ?? ""));
  return { ...said, ...Object.fromEntries(changed) };
}

/** The args of a customer that are no single text. An empty field beside the boxes says that none of them is ticked. @param {Typed} typed @returns {Args} */
function own_fields(typed) {
  const { preferred_product_ids: ticked } = typed;
  return { ...(ticked ? { preferred_product_ids: ticked.filter(Boolean).join() } : {}), ...custom(typed) };
}

/** A company's own fields, which a form calls `custom.<id>`. @param {Typed} typed @returns {Args} */
function custom(typed) {
  const names = Object.keys(typed).filter((name) => name.startsWith("custom."));
  return names.length ? { custom: Object.fromEntries(names.map((name) => [name.slice(7), value(typed, name)])) } : {};
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function comparison(typed, customer_id) {
  return { ...given(typed, "customer.compare"), customer_id };
}

/** @param {Typed} typed @param {string} customer_id @returns {Args} */
export function contact(typed, customer_id) {
  return { ...given(typed, "contact.create"), customer_id };
}

/** @param {Typed} typed @param {string} contact_id @returns {Args} */
export function contact_edit(typed, contact_id) {
  return { contact_id, fields: given_fields(typed, "contact.edit") };
}

/** @param {Typed} typed @returns {Args} */
export function opportunity(typed) {
  return { ...given(typed, "opportunity.create"), amount_cents: 0, ...amount(typed) };
}

/** Nothing if the amount was left empty, as nobody may know it yet. @param {Typed} typed @returns {Args} */
function amount(typed) {
  const text = value(typed, "amount_cents");
  return text.trim() ? { amount_cents: cents(text) } : {};
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_edit(typed, opportunity_id) {
  return { opportunity_id, fields: given_fields(typed, "opportunity.edit") };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_revalue(typed, opportunity_id) {
  return { ...given(typed, "opportunity.revalue"), opportunity_id, amount_cents: 0, ...amount(typed) };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function quote(typed, opportunity_id) {
  return { ...given(typed, "quote.save"), opportunity_id, lines: quote_lines(typed) };
}

/** A form has fields `line_name`, `line_quantity` and so on, each with one value for every line.
 * @param {Typed} typed @returns {Args[]} */
function quote_lines(typed) {
  return (typed.line_name ?? []).map((_, at) => {
    const [product_id, name, unit, quantity, price, discount] = QUOTE_LINE.map((column) => typed[`line_${column}`]?.[at] ?? "");
    return { product_id, name, unit, quantity: count(quantity), unit_price_cents: cents(price), discount_bp: cents(discount.replace(/[%％]/g, "")) };
  });
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function contract(typed, opportunity_id) {
  return { ...given(typed, "contract.draft"), opportunity_id, total_cents: amount(typed).amount_cents ?? "" };
}

/** The args of contract.sign, but for its seal. @param {Typed} typed @param {string} contract_id @param {string} signed_at @returns {Args} */
export function signature(typed, contract_id, signed_at) {
  const [latitude_e6, longitude_e6] = [millionths(value(typed, "latitude")), millionths(value(typed, "longitude"))];
  const place = latitude_e6 && longitude_e6 ? { place: { latitude_e6, longitude_e6, accuracy_m: value(typed, "accuracy_m") } } : {};
  return { ...given(typed, "contract.sign"), contract_id, signed_at, ...place };
}

/** Degrees in whole millionths, which both hosts write alike; "" if they are none. @param {string} degrees */
function millionths(degrees) {
  const [, sign, whole, rest] = /^(-?)([0-9]{1,3})\.([0-9]{1,6})$/.exec(degrees) ?? [];
  return whole ? `${sign}${whole}${rest.padEnd(6, "0")}` : "";
}

/** @param {Typed} typed @returns {Args} */
export function order(typed) {
  return given(typed, "order.place");
}

/** The args of payment.expect, or of payment.receive. @param {Typed} typed @param {string} order_id @returns {Args} */
export function payment(typed, order_id) {
  const day = value(typed, "kind") === "received" ? "received_on" : "due_on";
  return { ...given(typed, "payment.expect"), order_id, [day]: value(typed, "on"), amount_cents: "", ...amount(typed) };
}

/** The args of opportunity.ask, and of its answers. @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function approval(typed, opportunity_id) {
  return { ...given(typed, "opportunity.decline"), opportunity_id };
}

/** @param {Typed} typed @param {string} opportunity_id @returns {Args} */
export function opportunity_move(typed, opportunity_id) {
  return { ...given(typed, "opportunity.move"), opportunity_id, ...amount(typed) };
}

/** The other way round, for an entry of the outbox: the fields of the form as they were for these args of a visit.
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
