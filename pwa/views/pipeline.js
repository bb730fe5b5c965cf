/** The board: the stages with their totals and opportunities, the longest standing first. Twin of server/views/pipeline.py. */
import { fold } from "../../sync/fold.js";
import { stage_name, stage_of } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { query } from "./address.js";
import { attainment } from "./attainment.js";
import { options_of } from "./form.js";
import { choice_of_pipelines } from "./opportunity_form.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";
import { days_standing, is_stuck, pipeline_of } from "./sales.js";
import { named } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/rulebook.js").Stage} Stage */
/** @typedef {{pipeline: string, stage: string, offset: number, closing: string, product: string, customer_type: string, owner: string, territory: string}} Asked
 *   stage: of one alone, page by page; product: of those that it was quoted */

const PER_STAGE = 20;
const MONTHS = 6;
const MOST_OFFERED = 100;

/** @param {import("./held.js").Store} store @param {Reader} reader @param {Asked} given */
export async function board(store, reader, given) {
  const known = await store.pipelines();
  const pipeline = pipeline_of(known, given.pipeline);
  const asked = { ...given, pipeline: pipeline.id, stage: stage_of(pipeline.stages, given.stage) ? given.stage : "" };
  const { opportunities } = await store.agenda();
  const summaries = await store.summaries();
  const customers = new Map(summaries.map((one) => [one.id, one]));
  const found = opportunities.filter((row) => {
    const of = customers.get(row.customer_id);
    const is_of = (/** @type {string} */ wanted, /** @type {unknown} */ value) => !wanted || wanted === value;
    return is_of(asked.owner, of?.owner_id) && is_of(asked.territory, of?.territory_id) && is_of(asked.customer_type, of?.customer_type)
      && pipeline_of(known, row.pipeline_id) === pipeline && closes(row, asked.closing, pipeline, reader);
  });
  const people = reader.me.role === "rep" ? [] : await store.people();
  const names = new Map(people.map(named));
  const rows = asked.product ? await quoted(store, found, asked.product) : found;
  const shown = pipeline.stages.filter(({ key }) => !asked.stage || asked.stage === key);
  const open = pipeline.stages.filter(({ kind }) => kind === "open");
  const standing = open.map((stage) => ({ stage, sums: totals(rows.filter((row) => row.stage === stage.key)) }));
  return {
    title: reader.t("Pipeline"),
    can_write: reader.may_write(),
    quota: attainment(opportunities, summaries, known, reader),
    pipelines: choice_of_pipelines(known.filter((one) => !one.retired_at || one === pipeline), pipeline, (to) => first({ ...asked, pipeline: to }), reader),
    filters: filters(asked, reader, await store.products(), summaries, people),
    stages: shown.map((stage) => column(stage, pipeline.stages, rows, customers, names, asked, reader)),
    one_stage: asked.stage !== "",
    all_href: first(asked),
    total: money_of(standing.map(({ sums }) => sums)),
    weighted: money_of(standing.map(({ sums, stage }) => weighted(sums, stage))),
    stuck: stuck_of(rows, pipeline.stages, reader),
    is_empty: rows.length === 0,
  };
}

/** Opportunities with the product in a quote. @param {import("./held.js").Store} store @param {Row[]} rows @param {string} product */
async function quoted(store, rows, product) {
  const found = new Set();
  for (const id of new Set(rows.map((row) => row.customer_id))) {
    for (const { opportunity_id, lines } of (await store.customer(id))?.quotes ?? []) {
      if (lines.some((/** @type {Row} */ line) => line.product_id === product)) found.add(opportunity_id);
    }
  }
  return rows.filter((row) => found.has(row.id));
}

/** @param {Row} row @param {string} closing @param {Row} pipeline @param {Reader} reader */
function closes({ expected_close_on: on, stage }, closing, { stages }, { today }) {
  if (closing === "none") return !on;
  if (closing === "past") return stage_of(stages, stage)?.kind === "open" && on < today;
  return !months(today).includes(closing) || Boolean(on?.startsWith(closing));
}

/** This month and the next ones, such as 2026-11. @param {string} today */
function months(today) {
  const [year, month] = today.split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, ahead) => new Date(Date.UTC(year, month - 1 + ahead)).toISOString().slice(0, 7));
}

/** @param {Asked} asked @param {Reader} reader @param {Row[]} products @param {import("./held.js").Row[]} customers @param {Row[]} people */
function filters(asked, reader, products, customers, people) {
  const { t } = reader;
  const closing = [
    ["past", t("Overdue")],
    ...months(reader.today).map((one) => [one, words.month(`${one}-01`, reader.locale)]),
    ["none", t("No date")],
  ];
  const sold = sorted_by(products.filter((one) => !one.retired_at), (one) => [one.name, one.id]).slice(0, MOST_OFFERED);
  const types = [...new Set(customers.map((one) => one.customer_type).filter(Boolean))];
  const keepers = people.filter(({ id }) => customers.some((one) => one.owner_id === id));
  const fields = /** @type {[keyof Asked, string, string, string[][]][]} */ ([
    ["closing", t("Closing"), t("Any time"), closing],
    ["product", t("Product quoted"), t("All"), sold.map(named)],
    ["customer_type", t("Kind of customer"), t("All"), sorted_by(types, (one) => [one]).slice(0, MOST_OFFERED).map((one) => [one, one])],
    ["owner", t("Looked after by"), t("Everybody"), sorted_by(keepers, (one) => [fold(one.name), one.id]).map(named)],
    ["territory", t("Territory"), t("Everywhere"), (reader.me.territories ?? []).map(named)],
  ]).filter(([, , , pairs]) => pairs.length).map(([name, label, empty, pairs]) => (
    { name, label, error: "", focus: false, options: options_of([["", empty], ...pairs], String(asked[name])) }
  ));
  return { fields, is_open: fields.some(({ options }) => !options[0].chosen), pipeline: asked.pipeline };
}

/** Cents by currency; different currencies are never added. @param {Record<string, any>[]} rows @returns {Map<string, bigint>} */
function totals(rows) {
  const found = new Map();
  for (const { currency, amount_cents } of rows) found.set(currency, (found.get(currency) ?? 0n) + BigInt(amount_cents));
  return found;
}

/** @param {Map<string, bigint>} sums @param {Stage} stage */
function weighted(sums, { probability }) {
  return new Map([...sums].map(([currency, cents]) => [currency, (cents * BigInt(probability)) / 100n]));
}

/** @param {Map<string, bigint>[]} sums */
function money_of(sums) {
  const found = totals(sums.flatMap((one) => [...one]).map(([currency, amount_cents]) => ({ currency, amount_cents })));
  return joined(...sorted_by([...found], ([currency]) => [currency]).filter(([, cents]) => cents).map(([currency, cents]) => words.money(cents, currency)));
}

/** @param {Row[]} rows @param {Stage[]} stages @param {Reader} reader */
function stuck_of(rows, stages, reader) {
  const { length } = rows.filter((row) => is_stuck(row, stage_of(stages, row.stage), reader));
  return length ? reader.t.n("%(n)s stuck", "%(n)s stuck", length) : "";
}

/** Sorts open opportunities by the longest standing, closed ones by the latest.
 * @param {Stage} stage @param {Stage[]} stages @param {Row[]} all @param {Map<string, Row>} customers @param {Map<string, string>} names
 * @param {Asked} asked @param {Reader} reader */
function column(stage, stages, all, customers, names, asked, reader) {
  const { key, kind } = stage;
  const in_order = sorted_by(all.filter((row) => row.stage === key), (row) => [row.stage_since, row.id]);
  if (kind !== "open") in_order.reverse();
  const from = asked.stage ? asked.offset : 0;
  const rows = in_order.slice(from, from + PER_STAGE);
  const sums = totals(in_order);
  const amount = kind === "open" ? money_of([weighted(sums, stage)]) : "";
  const next = { ...asked, stage: key, offset: asked.stage ? from + rows.length : 0 };
  return {
    key,
    name: stage_name(reader.t, stages, key),
    count: in_order.length,
    total: money_of([sums]),
    weighted: amount ? reader.t("%(amount)s weighted", { amount }) : "",
    stuck: stuck_of(in_order, stages, reader),
    rows: rows.map((row) => line_row(row, stage, customers, names, reader)),
    more_href: rows.length && from + rows.length < in_order.length ? href(next) : "",
  };
}

/** The address of the board with all stages, from their first row. @param {Asked} asked */
function first(asked) {
  return href({ ...asked, stage: "", offset: 0 });
}

/** @param {Asked} asked */
function href(asked) {
  return `/pipeline?${query(Object.fromEntries(Object.entries(asked).filter(([, value]) => value)))}`;
}

/** @param {Row} row @param {Stage} stage @param {Map<string, Row>} customers @param {Map<string, string>} names
 * @param {Reader} reader */
function line_row(row, stage, customers, names, reader) {
  const of = customers.get(row.customer_id);
  return {
    href: `/opportunities/${row.id}`,
    customer: of?.name ?? "",
    name: joined(row.name, names.get(of?.owner_id)),
    detail: words.days(days_standing(row, reader), reader.locale),
    amount: words.money(row.amount_cents, row.currency),
    kind: is_stuck(row, stage, reader) ? "due" : "",
  };
}
