/** The forms to add, edit and move an opportunity. Twin of server/views/opportunity_form.py. */
import { FIELDS, FILES, KINDS, lacks, said, stage_name, stage_of } from "../../sync/rulebook.js";
import { NotHere } from "../asked.js";
import * as words from "../words.js";
import { approval } from "./approval.js";
import { Form, options_of } from "./form.js";
import { by_id } from "./order.js";
import { pipeline_of } from "./sales.js";
import { back_link } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("./opportunity.js").Sale} Sale */
/** @typedef {import("./sales.js").Pipeline} Pipeline */

const CURRENCIES = ["EUR", "CNY", "USD", "GBP", "CHF"];

/** @param {import("./held.js").Store} store @param {Reader} reader @param {import("./held.js").Held} held @param {string} pipeline_id
 * @param {Form} given @param {string} [chosen_at] the form with another pipeline, but for which */
export async function new_opportunity(store, reader, { customer, opportunities }, pipeline_id, given, chosen_at = `/opportunities/new?customer=${customer.id}&`) {
  const known = (await store.pipelines()).filter((row) => !row.retired_at);
  const pipeline = pipeline_of(known, pipeline_id || given.value("pipeline_id"));
  const stage = stage_of(pipeline.stages, given.value("stage")) ?? pipeline.stages[0];
  const usual = reader.locale === "zh-Hans" ? "CNY" : "EUR";
  const sold = by_id(await store.products()).map((row) => row.currency).filter(Boolean);
  const like = by_id(opportunities).at(-1)?.currency ?? (sold.includes(usual) ? usual : sold.at(-1));
  const fresh = { opportunity_id: [reader.new_id()], currency: [like ?? usual] };
  const form = given.over(fresh, { customer_id: [customer.id], pipeline_id: [pipeline.id], stage: [stage?.key ?? ""] });
  return {
    ...fields(reader, customer, form, ""),
    title: reader.t("New opportunity"),
    action: "/opportunities",
    draft: `/opportunities/new?customer=${customer.id}`,
    is_new: !Object.keys(form.errors).length,
    pipelines: choice_of_pipelines(known, pipeline, (id) => `${chosen_at}pipeline=${id}`, reader),
    stage: form.choices("stage", reader.t("Stage"), open_stages(pipeline, form, reader)),
    hiddens: form.hiddens(["opportunity_id", "customer_id", "pipeline_id"]),
  };
}

/** @param {Row[]} known @param {Row} chosen @param {(id: string) => string} to @param {Reader} reader */
export function choice_of_pipelines(known, chosen, to, { t }) {
  if (known.length < 2) return [];
  return known.map(({ id, name }) => ({ label: name || t("Sales"), href: to(id), chosen: id === chosen.id }));
}

/** @param {Pipeline} pipeline @param {Form} form @param {Reader} reader */
function open_stages({ stages }, form, { t }) {
  const open = stages.filter(({ kind }) => kind === "open");
  return options_of(open.map(({ key }) => [key, stage_name(t, stages, key)]), form.value("stage"));
}

/** @param {Reader} reader @param {Sale} sale @param {Form} given */
export function edit_opportunity(reader, { row, customer }, given) {
  const form = given.or(written(row));
  return {
    ...fields(reader, customer, form, "fields."),
    title: reader.t("Edit opportunity"),
    action: `/opportunities/${row.id}`,
    draft: `/opportunities/${row.id}/edit`,
    back: back_to(row, reader),
    is_new: false,
    pipelines: [],
    stage: null,
    hiddens: form.hiddens(["from_cents", "from_currency"]),
  };
}

/** @param {Row} row @returns {import("./form.js").Typed} */
export function written(row) {
  return {
    name: [row.name],
    amount_cents: [words.amount(row.amount_cents)],
    currency: [row.currency],
    expected_close_on: [row.expected_close_on ?? ""],
    competitor: [row.competitor ?? ""],
    from_cents: [String(row.amount_cents)],
    from_currency: [row.currency],
  };
}

/** @param {Row} row @param {Reader} reader */
function back_to(row, { t }) {
  return { href: `/opportunities/${row.id}`, text: t("Opportunity") };
}

/** `inside`: the prefix of the fields' names in the change's errors. @param {Reader} reader @param {Row} customer @param {Form} form @param {string} inside */
function fields(reader, customer, form, inside) {
  const { t } = reader;
  return {
    refused: form.refused,
    customer_name: customer.name,
    back: back_link(reader, customer),
    name: form.field("name", t("What it is about"), `${inside}name`),
    amount: form.optional("amount_cents", t("Amount")),
    currency: currency_choice(form, t),
    closes: form.optional("expected_close_on", t("Expected to close on"), `${inside}expected_close_on`),
    competitor: inside ? form.optional("competitor", t("Competitor"), `${inside}competitor`) : null,
  };
}

/** @param {Form} form @param {import("./reader.js").Translator} t */
export function currency_choice(form, t) {
  const chosen = form.value("currency");
  const known = [...new Set([...CURRENCIES, chosen])].filter(Boolean);
  return form.choices("currency", t("Currency"), options_of(known.map((one) => [one, one]), chosen));
}

/** The sheet that moves it. Requirements that can be met here are fields; others are named, with a link.
 * @param {Reader} reader @param {Sale} sale @param {string} to @param {Form} given */
export function move_sheet(reader, sale, to, given) {
  const { row, customer, pipeline, facts } = sale;
  const { t } = reader;
  const target = stage_of(pipeline.stages, to);
  if (target === null) throw new NotHere(to);
  const found = lacks(pipeline, row, facts, to);
  const elsewhere = found.filter(({ code }) => !Object.hasOwn(FIELDS, code));
  const told = { lost_reason: [row.lost_reason ?? ""], competitor: [row.competitor ?? ""] };
  const form = given.over(told, { from: [row.stage], to: [to] });
  const call = found.find(({ code }) => KINDS.indexOf(code) > 0);
  const wanted = [...found.map(({ code }) => code), ...(target.kind === "lost" ? ["reason", "competitor"] : [])];
  const way = (/** @type {string} */ href, /** @type {string[]} */ ...codes) => (found.some(({ code }) => codes.includes(code)) ? href : "");
  const labels = {
    amount: t("Amount in %(currency)s", row),
    closing_date: t("Expected to close on"),
    reason: t("Why it was lost"),
    competitor: t("Competitor"),
  };
  const text = t("Move to %(stage)s", { stage: stage_name(t, pipeline.stages, to) });
  return {
    title: text,
    action: `/opportunities/${row.id}/move`,
    draft: `/opportunities/${row.id}/move?to=${to}`,
    refused: form.refused,
    back: back_to(row, reader),
    line: `${customer.name} · ${row.name}`,
    missing: form.refused ? [] : elsewhere.map((lack) => said(t, pipeline, lack)),
    approval: approval(sale, target, form, reader),
    quote_href: way(`/opportunities/${row.id}/quotes/new`, "quote"),
    contract_href: way(`/opportunities/${row.id}/contracts/new`, "signed_contract"),
    visit_href: way(`/visits/new?customer=${customer.id}`, "visit"),
    file_href: way(`/opportunities/${row.id}#files-title`, ...FILES),
    activity_href: call ? `/activities/new?customer=${customer.id}&kind=${call.code}` : "",
    fields: Object.entries(labels).filter(([code]) => wanted.includes(code))
      .map(([code, label]) => ({
        ...form.field(FIELDS[code], label), type: code === "closing_date" ? "date" : "text", optional: !target.required.includes(code),
      })),
    note: form.field("note", t("What was done")),
    save_text: text,
    hiddens: form.hiddens(["from", "to"]),
  };
}
