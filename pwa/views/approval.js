/** Approval of a move to the next stage: who asked, what was answered, who may answer. Twin of server/views/approval.py. */
import { open_request } from "../../sync/overlay_opportunities.js";
import { lacks, stage_name } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { joined } from "./reader.js";
import { next_stage } from "./sales.js";

/** @typedef {import("./reader.js").Reader} Reader */

/** Null unless the next stage requires approval and it has not been given.
 * @param {import("./opportunity.js").Sale} sale @param {Map<string, string>} people @param {import("./form.js").Form} form @param {Reader} reader */
export function approval({ row, pipeline, facts }, people, form, reader) {
  const { t } = reader;
  const following = next_stage(pipeline.stages, row.stage);
  if (following === null || !lacks(pipeline, row, facts, following.key).some(({ code }) => code === "approval")) return null;
  /** @type {Record<string, any>} */
  const wanted = { stage: following.key, amount_cents: row.amount_cents, currency: row.currency };
  const last = (row.approval_requests ?? []).at(-1) ?? {};
  const is_this = Object.keys(wanted).every((name) => wanted[name] === last[name]);
  const waits = is_this && open_request(row) !== null;
  const declined = is_this && last.answer === "declined";
  const can_answer = reader.manages();
  /** @param {string} what @param {string} by @param {string} at */
  const said = (what, by, at) => joined(what, people.get(by), reader.moment(at));
  const name = { stage: stage_name(t, pipeline.stages, following.key), amount: words.money(row.amount_cents, row.currency) };
  return {
    hiddens: Object.entries(wanted).map(([key, value]) => ({ name: key, value: String(value) })),
    asked: waits ? said(t("Approval asked for"), last.by, last.at) : "",
    declined: declined ? said(t("Not approved"), last.answered_by, last.answered_at) : "",
    because: declined ? last.note : "",
    can_ask: reader.may_write() && !can_answer && !waits,
    can_answer,
    can_decline: can_answer && waits,
    text: t("Approve %(stage)s at %(amount)s", name),
    refused: form.refused,
    note: form.field("note", t("Your answer in a sentence")),
  };
}
