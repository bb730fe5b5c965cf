/** Write a contract, from an accepted quote or for an amount. Twin of server/views/contract_form.py. */
import * as words from "../words.js";
import { Form } from "./form.js";
import { currency_choice } from "./opportunity_form.js";
import { paper } from "./quote.js";

/** @typedef {import("./opportunity.js").Sale} Sale */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const TEXTS = ["title", "seller", "buyer", "terms"];

/** `of`: the draft to edit. `quote`: the quote that the contract is made from.
 * @param {import("./held.js").Store} store @param {import("./reader.js").Reader} reader @param {Sale} sale @param {Form} given
 * @param {Row | null} of @param {Row | null} quote */
export async function contract_form(store, reader, { row, customer }, given, of, quote) {
  const { t } = reader;
  const letterhead = await store.letterhead();
  const { currency, ...amount } = quote ?? of ?? row;
  const cents = amount.total_cents ?? amount.amount_cents;
  const fresh = {
    contract_id: [of?.id ?? reader.new_id()],
    edition: [String(of?.edition ?? 0)],
    title: [row.name],
    seller: [[letterhead?.name, letterhead?.lines].filter(Boolean).join("\n")],
    buyer: [[customer.name, customer.address].filter(Boolean).join("\n")],
    terms: [letterhead?.terms ?? ""],
    ...(of ? Object.fromEntries(TEXTS.map((name) => [name, [/** @type {any} */ (of)[name]]])) : {}),
    quote_id: [quote?.id ?? ""],
    amount_cents: [cents ? words.amount(cents) : ""],
    currency: [currency],
  };
  const form = given.over(fresh);
  const href = `/opportunities/${row.id}`;
  return {
    title: of ? t("Change the contract") : t("New contract"),
    action: `${href}/contracts`,
    draft: draft_key(row.id, of, quote),
    back: of ? { href: `${href}/contracts/${of.id}`, text: t("Contract") } : { href, text: t("Opportunity") },
    line: `${customer.name} · ${row.name}`,
    refused: form.refused,
    hiddens: form.hiddens(["contract_id", "quote_id", "edition", ...(quote ? ["amount_cents", "currency"] : [])]),
    quoted: quote !== null,
    ...paper(quote?.lines ?? [], cents, currency),
    amount: form.field("amount_cents", t("Amount"), "total_cents"),
    currency: currency_choice(form, t),
    name: form.field("title", t("What it is about")),
    seller: form.field("seller", t("We, as the contract names us")),
    buyer: form.field("buyer", t("The customer, as the contract names it")),
    terms: form.field("terms", t("What is agreed")),
  };
}

/** The key under which the browser keeps what was typed. It names the edition and the quote, so that it is shown over no
 * other ones.
 * @param {string} opportunity_id @param {Row | null} of @param {Row | null} quote */
export function draft_key(opportunity_id, of, quote) {
  const key = `/opportunities/${opportunity_id}/contracts/new`;
  if (of) return `${key}?contract=${of.id}&edition=${of.edition}`;
  return quote ? `${key}?quote=${quote.id}` : key;
}
