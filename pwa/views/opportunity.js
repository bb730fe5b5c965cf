/** An opportunity's page: its stage, what the next stage requires, what was done. Twin of server/views/opportunity.py. */
import { stage_name, stage_of } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { approval } from "./approval.js";
import { contract_rows } from "./contract.js";
import { files } from "./files.js";
import { Form } from "./form.js";
import { from_to, stood } from "./moves.js";
import { sorted_by } from "./order.js";
import { of_sale, sales_of } from "./quote.js";
import { joined, known } from "./reader.js";
import { days_standing, facts_of, is_stuck, missing_for, next_stage, pipeline_of } from "./sales.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {{row: Row, customer: Row, pipeline: import("./sales.js").Pipeline, facts: import("./sales.js").Facts,
 *   people: Map<string, string>, quotes: Row[], orders: Row[], contracts: Row[], attachments: Row[]}} Sale an
 *   opportunity with all that its screens need */

/** @param {import("./held.js").Store} store @param {import("./held.js").Held} held @param {Row} row @returns {Promise<Sale>} */
export async function sale_of(store, held, row) {
  const pipeline = pipeline_of(await store.pipelines(), row.pipeline_id);
  const [quotes, orders, contracts, attachments] =
    [held.quotes, held.orders, held.contracts, held.attachments].map((rows) => of_sale(rows, row));
  const facts = facts_of(row.id, held.visits, held.attachments, quotes, contracts);
  const people = new Map((await store.people()).map(({ id, name }) => [id, name]));
  return { row, customer: held.customer, pipeline, facts, people, quotes, orders, contracts, attachments };
}

/** `form`: the answer to a request for approval, with its errors.
 * @param {import("./held.js").Store} store @param {Reader} reader @param {Sale} sale @param {Form} [form] */
export async function opportunity(store, reader, sale, form = new Form(reader.t)) {
  const { row, customer, people, pipeline: { id, name, stages } } = sale;
  const { t } = reader;
  const standing = words.days(days_standing(row, reader), reader.locale);
  return {
    title: row.name,
    href: `/opportunities/${row.id}`,
    back: { href: `/pipeline?pipeline=${id}`, text: name || t("Pipeline") },
    customer: { name: customer.name, href: `/customers/${customer.id}` },
    amount: words.money(row.amount_cents, row.currency),
    line: joined(stage_name(t, stages, row.stage), standing),
    stuck: is_stuck(row, stage_of(stages, row.stage), reader) ? t("Longer than this stage allows") : "",
    can_write: reader.may_write(),
    path: path(sale, reader),
    next: next_step(sale, reader),
    approval: approval(sale, next_stage(stages, row.stage), form, reader),
    facts: facts(sale, reader),
    files: files(sale.attachments, sale.attachments.length ? await store.files() : new Set(), people, reader),
    ...sales_of(sale, reader),
    ...contract_rows(sale, reader),
    history: history(sale, people, reader),
  };
}

/** The stages, each a link to the sheet that moves there. A lost opportunity is shown at its last open stage.
 * @param {Sale} sale @param {Reader} reader */
function path({ row: { id, stage, moves }, pipeline: { stages } }, reader) {
  const furthest = stage_of(stages, stage)?.kind === "lost" ? moves?.at(-1)?.from : stage;
  const at = stages.findIndex(({ key }) => key === furthest);
  return stages.map(({ key, kind }, number) => ({
    name: stage_name(reader.t, stages, key),
    kind: key === stage ? "now" : number <= at && kind === "open" ? "done" : kind,
    href: key === stage ? "" : `/opportunities/${id}/move?to=${key}`,
  }));
}

/** @param {Sale} sale @param {Reader} reader */
function next_step({ row, pipeline, facts }, reader) {
  const following = next_stage(pipeline.stages, row.stage);
  return following && {
    text: reader.t("Move to %(stage)s", { stage: stage_name(reader.t, pipeline.stages, following.key) }),
    href: `/opportunities/${row.id}/move?to=${following.key}`,
    missing: missing_for(pipeline, row, facts, following, reader),
  };
}

/** @param {Sale} sale @param {Reader} reader */
function facts({ row, pipeline: { stages } }, reader) {
  const { t } = reader;
  const stage = stage_of(stages, row.stage);
  const percent = stage?.kind === "open" ? stage.probability : 0;
  const amount = words.money((BigInt(row.amount_cents) * BigInt(percent)) / 100n, row.currency);
  return known([
    [t("Weighted"), percent ? t("%(amount)s at %(percent)s%%", { amount, percent }) : ""],
    [t("Closes on"), row.expected_close_on ? words.short_date(row.expected_close_on, reader.today, reader.locale) : ""],
    [t("Why it was lost"), stage?.kind === "lost" ? row.lost_reason : ""],
    [t("Competitor"), row.competitor],
  ]);
}

/** The moves, the latest first: who, when, how long at the stage before, the evidence.
 * @param {Sale} sale @param {Map<string, string>} people @param {Reader} reader */
function history({ row, pipeline: { stages } }, people, reader) {
  const { t } = reader;
  const { moves = [], approvals = [], approval_requests = [] } = row;
  /** @param {Row} done @param {string} title @param {string} [stood] */
  const entry = (done, title, stood) =>
    ({ at: done.at, title, when: joined(reader.moment(done.at), people.get(done.by), stood), note: done.note ?? "" });
  const name = (/** @type {string} */ key) => stage_name(t, stages, key);
  const begun = entry(/** @type {any} */ ({ by: row.owner_id, at: row.created_at }), t("Added"));
  const moved = moves.map((/** @type {any} */ move) => entry(move, from_to(move, stages, reader), stood(move, reader)));
  const approved = approvals.map((/** @type {any} */ given) => entry(given, t("Approved: %(stage)s", { stage: name(given.stage) })));
  // Reversed twice, so that entries of one moment keep their order, as on the server.
  const asked = approval_requests.flatMap((/** @type {any} */ { stage, answer, answered_by: by, answered_at: at, note, ...told }) => [
    entry(told, t("Approval asked for: %(stage)s", { stage: name(stage) })),
    ...(answer === "declined" ? [entry(/** @type {any} */ ({ by, at, note }), t("Not approved: %(stage)s", { stage: name(stage) }))] : []),
  ]);
  return sorted_by([begun, ...moved, ...approved, ...asked].reverse(), ({ at }) => [at]).reverse();
}
