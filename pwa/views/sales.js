/** What every screen shows of an opportunity: its stage, since when, what is missing. Twin of server/views/sales.py. */
import { lacks, said, stage_name, stage_of } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { kind_of } from "./labels.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/rulebook.js").Stage} Stage */
/** @typedef {import("../../sync/rulebook.js").Facts} Facts */
/** @typedef {Row & {stages: Stage[]}} Pipeline */

export const DEFAULT_PIPELINE = "00000000-0000-7000-8000-000000000001";

/** An empty pipeline until the first one has been pulled. @param {Row[]} pipelines @param {string | null | undefined} id @returns {Pipeline} */
export function pipeline_of(pipelines, id) {
  const found = pipelines.find((row) => row.id === id) ?? pipelines.find((row) => row.id === DEFAULT_PIPELINE);
  return /** @type {Pipeline} */ (found ?? { id: DEFAULT_PIPELINE, name: "", stages: [] });
}

/** The rulebook's input: from a customer's visits and files, and an opportunity's quotes and contracts.
 * @param {string | null} opportunity_id @param {Row[]} visits @param {Row[]} attachments @param {Row[]} quotes
 * @param {Row[]} contracts @returns {Facts} */
export function facts_of(opportunity_id, visits, attachments, quotes, contracts) {
  /** @type {Record<string, string>} */
  const done = {};
  for (const visit of visits.filter((one) => one.started_at && !one.corrected_by && one.outcome !== "nobody_there")) {
    const kind = kind_of(visit);
    if (!(done[kind] >= visit.started_at)) done[kind] = visit.started_at;
  }
  const filed = attachments.filter((row) => !row.refused_at && (!row.opportunity_id || row.opportunity_id === opportunity_id));
  const given = quotes.filter((quote) => quote.sent_at && !quote.declined_at).map((quote) => quote.discount_bp);
  return {
    ...done,
    file: latest(filed.map((attachment) => attachment.created_at)),
    discount_bp: given.length ? Math.min(...given) : null,
    signed: contracts.some((one) => one.signed_at && !one.cancelled_at),
  };
}

/** @param {string[]} moments */
function latest(moments) {
  return moments.sort().at(-1) ?? null;
}

/** @param {Row} row @param {Reader} reader */
export function days_standing(row, reader) {
  return Math.max(reader.days_since(row.stage_since), 0);
}

/** @param {Row} row @param {Stage | null} stage @param {Reader} reader */
export function is_stuck(row, stage, reader) {
  const longest = stage?.stuck_after_days ?? null;
  return longest !== null && days_standing(row, reader) > longest;
}

/** The next stage of an open opportunity; null for a closed one. @param {Stage[]} stages @param {string} key */
export function next_stage(stages, key) {
  const standing = stage_of(stages, key);
  if (standing?.kind !== "open") return null;
  return stages.slice(stages.indexOf(standing) + 1).find((stage) => stage.kind !== "lost") ?? null;
}

/** @param {Pipeline} pipeline @param {Row} row @param {Facts} facts @param {Stage | null} to @param {Reader} reader */
export function missing_for(pipeline, row, facts, to, reader) {
  return to === null ? [] : lacks(pipeline, row, facts, to.key).map((lack) => said(reader.t, pipeline, lack));
}

/** `facts`: of its customer and itself, see facts_of(). @param {Row} row @param {Pipeline} pipeline @param {Facts} facts @param {Reader} reader */
export function opportunity_row(row, pipeline, facts, reader) {
  const missing = missing_for(pipeline, row, facts, next_stage(pipeline.stages, row.stage), reader);
  const standing = words.days(days_standing(row, reader), reader.locale);
  return {
    href: `/opportunities/${row.id}`,
    name: row.name,
    initial: words.SYMBOLS[row.currency] ?? words.initial(row.currency),
    detail: joined(stage_name(reader.t, pipeline.stages, row.stage), standing, missing[0]),
    amount: words.money(row.amount_cents, row.currency),
    kind: is_stuck(row, stage_of(pipeline.stages, row.stage), reader) ? "due" : "",
  };
}
