/**
 * Decides what an opportunity lacks for a stage, from rows as phones hold them. Twin of server/pipeline/rulebook.py, which describes
 * the parameters. tests/shared_cases/rulebook.json holds both to the same verdicts and words.
 */

/** @typedef {(msgid: string, values?: Record<string, any>) => string} Say */
/** @typedef {{key: string, name: string, kind: string, probability: number, stuck_after_days: number | null, skip: boolean, back: boolean, required: string[],
 *   most_discount_percent?: number | null}} Stage */
/** @typedef {{stages: Stage[]}} Stages */
/** @typedef {Record<string, any>} Facts by kind, and under `file`, the moment when this was last done; `discount_bp`, the lowest discount of a
 *   quote that the customer has; `signed`, whether it has signed a contract */
/** @typedef {{code: string, stage: string}} Lack */

/** @type {Record<string, string>} */
const SENTENCES = {
  amount: "the amount is missing",
  closing_date: "the closing date is missing",
  reason: "the reason is missing",
  competitor: "the competitor is missing",
  visit: "a visit is missing",
  call: "a call is missing",
  message: "a message is missing",
  email: "an email is missing",
  meeting: "a meeting is missing",
  minutes: "the minutes are missing",
  signed_quote: "a quote signed on paper is missing",
  signed_contract: "a signed contract is missing",
  quote: "a quote that was sent is missing",
  quote_at_most: "a sent quote with at most %(percent)s%% discount is missing",
  approval: "a manager’s approval is missing",
  skip: "%(stage)s comes first",
  back: "there is no way back to %(stage)s",
  unknown: "there is no such stage",
  waits: "%(stage)s has to wait: %(missing)s.",
  and: ", ",
};
/** @type {Record<string, string>} */
const STAGE_SENTENCES = {
  lead: "Lead",
  first_contact: "First contact",
  needs_confirmed: "Needs confirmed",
  quote: "Quote",
  contract: "Contract",
  payment: "Payment",
  won: "Won",
  lost: "Lost",
};
/** What can be filled in with the move, and its name in rows and changes. @type {Record<string, string>} */
export const FIELDS = { amount: "amount_cents", closing_date: "expected_close_on", reason: "lost_reason", competitor: "competitor" };
export const FILES = ["minutes", "signed_quote", "signed_contract"];
/** The kinds of what is logged. */
export const KINDS = ["visit", "call", "message", "email", "meeting"];
const DONE_BEFORE_MS = 7 * 86_400_000;

/** @param {Stages} pipeline @param {Record<string, any>} opportunity @param {Facts} facts @param {string} to @returns {Lack[]} */
export function lacks({ stages }, opportunity, facts, to) {
  const target = stage_of(stages, to);
  if (!target) return [{ code: "unknown", stage: "" }];
  if (opportunity.stage === to) return [];
  const missing = target.required.filter((name) => !is_there(name, opportunity, facts, target));
  return [...out_of_order(stages, opportunity.stage, target), ...missing.map((code) => ({ code, stage: code === "quote" ? to : "" }))];
}

/** @param {Stage[]} stages @param {string | null | undefined} key */
export function stage_of(stages, key) {
  return stages.find((stage) => stage.key === key) ?? null;
}

/** @param {Stage[]} stages @param {string | null} from_key @param {Stage} target @returns {Lack[]} */
function out_of_order(stages, from_key, target) {
  const standing = stage_of(stages, from_key);
  if (!standing || target.kind === "lost") return [];
  const [at, to] = [stages.indexOf(standing), stages.indexOf(target)];
  if (to < at) return target.back ? [] : [{ code: "back", stage: target.key }];
  const between = stages.slice(at + 1, to).filter((stage) => stage.kind === "open" && !stage.skip);
  return between.map((stage) => ({ code: "skip", stage: stage.key }));
}

/** Whether what a stage requires is there. True for what only a newer version requires: the server will judge it.
 * @param {string} name @param {Record<string, any>} opportunity @param {Facts} facts @param {Stage} target */
function is_there(name, opportunity, facts, { key: to, most_discount_percent: most = null }) {
  if (Object.hasOwn(FIELDS, name)) return Boolean(opportunity[FIELDS[name]]);
  if (KINDS.includes(name)) return not_before(facts[name], opportunity.created_at, DONE_BEFORE_MS);
  if (name === "signed_contract" && facts.signed) return true;
  if (FILES.includes(name)) return not_before(facts.file, opportunity.stage_since, 0);
  if (name === "quote") return facts.discount_bp !== null && (most === null || facts.discount_bp <= 100 * most);
  return name !== "approval" || opportunity.approvals.some((/** @type {any} */ given) =>
    given.stage === to && given.amount_cents === opportunity.amount_cents && given.currency === opportunity.currency);
}

/** @param {string | null | undefined} moment @param {string} since @param {number} by_ms */
function not_before(moment, since, by_ms) {
  return Boolean(moment) && Date.parse(String(moment)) >= Date.parse(since) - by_ms;
}

/** @param {Say} t @param {Stage[]} stages @param {string} key */
export function stage_name(t, stages, key) {
  const name = stage_of(stages, key)?.name;
  if (name) return name;
  return Object.hasOwn(STAGE_SENTENCES, key) ? t(STAGE_SENTENCES[key]) : key;
}

/** Half a sentence: "the amount is missing". @param {Say} t @param {Stages} pipeline @param {Lack} lack */
export function said(t, { stages }, { code, stage }) {
  const percent = code === "quote" ? stage_of(stages, stage)?.most_discount_percent ?? null : null;
  return percent === null ? t(SENTENCES[code], { stage: stage_name(t, stages, stage) }) : t(SENTENCES.quote_at_most, { percent });
}

/** @param {Say} t @param {Stages} pipeline @param {Lack[]} found @param {string} to */
export function refusal(t, pipeline, found, to) {
  const missing = found.map((lack) => said(t, pipeline, lack)).join(t(SENTENCES.and));
  return t(SENTENCES.waits, { stage: stage_name(t, pipeline.stages, to), missing });
}

/** Errors, as those of validation.js, for what is missing and can be filled in on the form.
 * @param {Lack[]} found @returns {import("./validation.js").Errors} */
export function fields_of(found) {
  const wrong = found.map(({ code }) => FIELDS[code]).filter(Boolean);
  return Object.fromEntries(wrong.map((name) => [name, { code: "required", params: {} }]));
}
