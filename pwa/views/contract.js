/** The page of a contract, which the customer reads and signs. Twin of server/views/contract.py. */
import { seal_of } from "../../sync/seal.js";
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { Form } from "./form.js";
import { NO_YEAR_OF_OURS, number_of, paper } from "./quote.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("./opportunity.js").Sale} Sale */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

/** @type {Record<string, [string, string]>} */
const STATES = {
  draft: [msgid("Draft"), ""],
  sent: [msgid("Sent"), "due"],
  signed: [msgid("Signed"), "ok"],
  cancelled: [msgid("Cancelled"), "late"],
};
export const PLACE = ["latitude", "longitude", "accuracy_m"];
const MILLION = 1_000_000;

/** @param {Row} contract */
export function state_of({ cancelled_at, signed_at, sent_at }) {
  if (cancelled_at) return "cancelled";
  if (signed_at) return "signed";
  return sent_at ? "sent" : "draft";
}

/** The rows on the page of an opportunity. @param {Sale} sale @param {Reader} reader */
export function contract_rows({ row, contracts }, reader) {
  return {
    contracts: contracts.map((contract) => contract_row(contract, reader)).reverse(),
    new_contract_href: `/opportunities/${row.id}/contracts/new`,
  };
}

/** @param {Row} contract @param {Reader} reader */
function contract_row(contract, reader) {
  const [text, kind] = STATES[state_of(contract)];
  const day = words.short_date(reader.day_of(contract.created_at), reader.today, reader.locale);
  return {
    href: `/opportunities/${contract.opportunity_id}/contracts/${contract.id}`,
    name: words.money(contract.total_cents, contract.currency),
    detail: joined(reader.t("Contract %(number)s", { number: number_of(contract) }), day),
    tag: reader.t(text),
    kind,
  };
}

/** @param {Reader} reader @param {Sale} sale @param {Row} contract @param {Form} form */
export async function contract_page(reader, sale, contract, form) {
  const { t } = reader;
  const state = state_of(contract);
  const [text, kind] = STATES[state];
  const href = `/opportunities/${sale.row.id}`;
  const path = `${href}/contracts/${contract.id}`;
  const can_write = reader.may_write();
  const is_open = state === "draft" || state === "sent";
  return {
    title: t("Contract %(number)s", { number: number_of(contract) }),
    href: path,
    back: { href, text: t("Opportunity") },
    refused: form.refused || form.error("place", "edition"),
    state: t(text),
    state_kind: kind,
    reason: contract.cancel_reason || "",
    seller: contract.seller.split("\n"),
    buyer: contract.buyer.split("\n"),
    about: contract.title,
    facts: [{ label: t("Date"), value: words.short_date(reader.day_of(contract.created_at), NO_YEAR_OF_OURS, reader.locale) }],
    ...paper(contract.lines, contract.total_cents, contract.currency),
    terms: contract.terms,
    signature: contract.signed_at ? await signature(contract, reader) : null,
    can_write,
    actions: can_write && state === "draft" ? [{ to: "sent", text: t("Mark as sent") }, { to: "cancelled", text: t("Take it back") }] : [],
    edit_href: state === "draft" ? `${href}/contracts/new?contract=${contract.id}` : "",
    cancels: can_write && (state === "sent" || state === "signed"),
    sign: can_write && is_open ? sign_form(contract, path, form) : null,
  };
}

/** @param {Row} contract @param {Reader} reader */
async function signature(contract, { t, time_zone, locale }) {
  const local = words.local_datetime(contract.signed_at, time_zone);
  return {
    strokes: contract.strokes || "",
    signer: contract.signer || "",
    when: joined(words.short_date(local.slice(0, 10), NO_YEAR_OF_OURS, locale), words.clock(local), time_zone),
    place: place(contract, t),
    seal: contract.seal || "",
    holds: contract.seal === (await seal_of(contract)),
  };
}

/** @param {Row} contract @param {Translator} t */
function place({ latitude_e6, longitude_e6, accuracy_m: metres }, t) {
  if (latitude_e6 === null || longitude_e6 === null) return "";
  return t("%(latitude)s, %(longitude)s, to within %(metres)s m", { latitude: degrees(latitude_e6), longitude: degrees(longitude_e6), metres });
}

/** @param {number} millionths */
function degrees(millionths) {
  const far = Math.abs(millionths);
  return `${millionths < 0 ? "−" : ""}${Math.floor(far / MILLION)}.${String(far % MILLION).padStart(6, "0")}`;
}

/** @param {Row} contract @param {string} path @param {Form} given */
function sign_form({ edition }, path, given) {
  const { t } = given;
  const form = given.over({ edition: [String(edition)] });
  return {
    action: `${path}/signature`,
    draft: `${path}/signature`,
    hiddens: form.hiddens(["edition", ...PLACE]),
    signer: form.field("signer", t("Name of who signs")),
    strokes: { ...form.field("strokes", t("Signature")), error: unsigned(form) },
    is_typed: form.value("by_name") === "yes",
  };
}

/** The error of a signature: there are two ways to sign, and each has its own field. @param {Form} form */
function unsigned(form) {
  return form.errors.strokes?.code === "required" ? form.t("Please sign in the field, or tick the line below it.") : form.error("strokes");
}
