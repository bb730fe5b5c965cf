/** Approval of a move to the next stage: who asked, what was answered, who may answer. Twin of server/views/approval.py. */
import { open_request } from "../../sync/overlay_opportunities.js";
import { lacks, stage_name } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */

/** What the stage still needs of a manager's approval. Empty unless it requires one that has not been given.
 * @param {import("./opportunity.js").Sale} sale @param {import("../../sync/rulebook.js").Stage | null} following
 * @param {import("./form.js").Form} form @param {Reader} reader */
export function approval({ row, pipeline, facts, people }, following, form, reader) {
  const { t } = reader;
  if (following === null || !lacks(pipeline, row, facts, following.key).some(({ code }) => code === "approval")) return { refused: form.refused, said: "", because: "", action: "" };
  /** @type {Record<string, any>} */
  const wanted = { stage: following.key, amount_cents: row.amount_cents, currency: row.currency };
  const last = (row.approval_requests ?? []).at(-1) ?? {};
  const is_this = Object.keys(wanted).every((name) => wanted[name] === last[name]);
  const waits = is_this && open_request(row) !== null;
  const declined = is_this && last.answer === "declined";
  const is_other = !is_this && last.stage === following.key;
  const can_answer = reader.manages();
  const way = can_answer ? "approve" : reader.may_write() && !waits ? "ask" : "";
  /** @param {string} what @param {string} by @param {string} at */
  const said = (what, by, at) => joined(what, people.get(by), reader.moment(at));
  const name = { stage: stage_name(t, pipeline.stages, following.key), amount: words.money(row.amount_cents, row.currency) };
  return {
    hiddens: Object.entries(wanted).map(([key, value]) => ({ name: key, value: String(value) })),
    said: waits ? said(t("Approval asked for"), last.by, last.at)
      : declined ? said(t("Not approved"), last.answered_by, last.answered_at)
      : is_other ? t("Approval was asked for at %(amount)s, which has changed.", { amount: words.money(last.amount_cents, last.currency) })
      : "",
    because: declined ? last.note : "",
    action: way && `/opportunities/${row.id}/${way}`,
    can_decline: can_answer && waits,
    text: can_answer ? t("Approve %(stage)s at %(amount)s", name) : t("Ask for approval"),
    refused: form.refused,
    note: form.field("note", t("Your answer in a sentence")),
  };
}
