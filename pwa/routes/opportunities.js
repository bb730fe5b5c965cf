/** An opportunity: add one, look at it, move it, edit it. Twin of server/routes/opportunities.py. */
import { changed_meanwhile, saved, screen, wrong_with } from "../answers.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { Form } from "../views/form.js";
import { opportunity, sale_of } from "../views/opportunity.js";
import { edit_opportunity, move_sheet, new_opportunity } from "../views/opportunity_form.js";
import { facts_of, pipeline_of } from "../views/sales.js";
import { fields_of, lacks, refusal, stage_name } from "../../sync/rulebook.js";
import { validate } from "../../sync/validation.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../forms.js").Args} Args */

const FORM = "opportunities/form.html";

/** @param {Asked} asked */
export async function form(asked) {
  const held = await asked.held(asked.query("customer"));
  const given = await drafted(asked, `/opportunities/new?customer=${held.customer.id}`);
  const view = await new_opportunity(asked.store, asked.reader, held, asked.query("pipeline"), given);
  return screen(asked, FORM, view, "pipeline");
}

/** @param {Asked} asked */
export async function create(asked) {
  const args = forms.opportunity(asked.typed);
  const held = await asked.held(args.customer_id ?? "");
  const about = { label: held.customer.name, draft: `/opportunities/new?customer=${held.customer.id}` };
  const wrong = (await lacking_new(asked, held, args)) ?? (await wrong_with(asked, "opportunity.create", args, about));
  if (wrong) return screen(asked, FORM, await new_opportunity(asked.store, asked.reader, held, "", wrong), "pipeline", 422);
  return saved(asked, `/opportunities/${args.opportunity_id}`, "opportunity");
}

/** What a new opportunity lacks for the stage where it is to begin. @param {Asked} asked @param {import("../views/held.js").Held} held
 * @param {Args} args */
export async function lacking_new(asked, held, args) {
  const [clean, errors] = validate("opportunity.create", args);
  if (Object.keys(errors).length) return null; // said beside the fields
  const pipeline = pipeline_of(await asked.store.pipelines(), clean.pipeline_id);
  const [created_at, nothing] = [asked.reader.now, { lost_reason: null, competitor: null, approvals: [] }];
  const row = { expected_close_on: null, ...nothing, ...clean, stage: null, created_at, stage_since: created_at };
  return lacking(asked, pipeline, row, facts_of(null, held.visits, held.attachments, [], []), clean.stage);
}

/** The rulebook's refusal, as the server would send it. @param {Asked} asked @param {import("../views/sales.js").Pipeline} pipeline
 * @param {Args} row @param {import("../views/sales.js").Facts} facts @param {string} to */
function lacking({ t, typed }, pipeline, row, facts, to) {
  const found = lacks(pipeline, row, facts, to);
  return found.length ? new Form(t, typed, fields_of(found), refusal(t, pipeline, found, to)) : null;
}

/** @param {Asked} asked */
export async function show(asked) {
  const { sale } = await with_sale(asked);
  return screen(asked, "opportunities/page.html", await opportunity(asked.store, asked.reader, sale), "pipeline");
}

/** @param {Asked} asked */
export async function edit_form(asked) {
  const { sale } = await with_sale(asked);
  const given = await drafted(asked, `/opportunities/${sale.row.id}/edit`);
  return screen(asked, FORM, edit_opportunity(asked.reader, sale, given), "pipeline");
}

/** @param {Asked} asked */
export async function edit(asked) {
  const { sale, about } = await with_sale(asked, "/edit");
  const wrong = await wrong_with_edit(asked, sale.row, about);
  if (wrong) return screen(asked, FORM, edit_opportunity(asked.reader, sale, wrong), "pipeline", 422);
  return saved(asked, `/opportunities/${sale.row.id}`, "opportunity");
}

/** Saves the amount and the other fields, of each only what was changed; neither if one of them is wrong. A field that is restored from
 * the history comes alone.
 * @param {Asked} asked @param {import("../views/held.js").Row} row @param {import("../answers.js").About} about */
async function wrong_with_edit(asked, row, about) {
  const revalued = "amount_cents" in asked.typed ? forms.opportunity_revalue(asked.typed, row.id) : null;
  const [amount, others] = revalued ? validate("opportunity.revalue", revalued) : [row, {}];
  const [clean, errors] = validate("opportunity.edit", forms.opportunity_edit(asked.typed, row.id));
  if (Object.keys({ ...others, ...errors }).length) return new Form(asked.t, asked.typed, { ...others, ...errors });
  const moved = amount.amount_cents !== row.amount_cents || amount.currency !== row.currency;
  if (moved && (amount.from_cents !== row.amount_cents || amount.from_currency !== row.currency)) return changed_meanwhile(asked);
  const fields = Object.fromEntries(Object.entries(clean.fields).filter(([name, value]) => value !== (row[name] ?? null)));
  const wrong = moved && revalued ? await wrong_with(asked, "opportunity.revalue", revalued, about) : null;
  return wrong ?? (Object.keys(fields).length ? wrong_with(asked, "opportunity.edit", { opportunity_id: row.id, fields }, about) : null);
}

/** @param {Asked} asked */
export async function move_form(asked) {
  const { sale } = await with_sale(asked);
  const to = asked.query("to");
  const given = await drafted(asked, `/opportunities/${sale.row.id}/move?to=${to}`);
  return screen(asked, "opportunities/move.html", move_sheet(asked.reader, sale, to, given), "pipeline");
}

/** What the server would refuse by the rulebook is refused here, before it is saved. @param {Asked} asked */
export async function move(asked) {
  const args = forms.opportunity_move(asked.typed, asked.params.id);
  const { sale, about } = await with_sale(asked, `/move?to=${args.to}`);
  about.label += ` → ${stage_name(asked.t, sale.pipeline.stages, args.to ?? "")}`;
  const done = sale.row.stage === args.to;
  const wrong = lacking_move(asked, sale, args) ?? (done ? null : await wrong_with(asked, "opportunity.move", args, about));
  if (wrong) return screen(asked, "opportunities/move.html", move_sheet(asked.reader, sale, args.to ?? "", wrong), "pipeline", 422);
  return saved(asked, `/opportunities/${sale.row.id}`, "move");
}

/** @param {Asked} asked @param {import("../views/opportunity.js").Sale} sale @param {Args} args */
export function lacking_move(asked, { row, pipeline, facts }, args) {
  const [{ from, to, opportunity_id: _, note: __, ...filled_in }, errors] = validate("opportunity.move", args);
  if (Object.keys(errors).length) return new Form(asked.t, asked.typed, errors);
  if (row.stage === to) return null;
  const { amount_cents = row.amount_cents } = filled_in;
  if (row.stage !== from || (row.amount_cents && amount_cents !== row.amount_cents)) return changed_meanwhile(asked);
  return lacking(asked, pipeline, { ...row, ...filled_in }, facts, to);
}

/** @param {Asked} asked */
export async function ask(asked) {
  return answer(asked, "opportunity.ask", "approval_asked");
}

/** A manager's answer: approved, or declined with a sentence. @param {Asked} asked */
export async function approve(asked) {
  const is_declined = forms.value(asked.typed, "answer") === "declined";
  return is_declined ? answer(asked, "opportunity.decline", "approval_declined") : answer(asked, "opportunity.approve", "approve");
}

/** @param {Asked} asked @param {string} name @param {string} done */
async function answer(asked, name, done) {
  const { sale, about } = await with_sale(asked);
  const args = forms.approval(asked.typed, sale.row.id);
  const is_other = forms.value(asked.typed, "amount_cents") !== String(sale.row.amount_cents) || args.currency !== sale.row.currency;
  const wrong = is_other ? changed_meanwhile(asked) : await wrong_with(asked, name, args, about);
  if (wrong) return screen(asked, "opportunities/page.html", await opportunity(asked.store, asked.reader, sale, wrong), "pipeline", 422);
  return saved(asked, `/opportunities/${sale.row.id}`, done);
}

/** The opportunity that the address names, and what a change of it is about. `form`: the end of the address of the form whose draft is
 * to be deleted; else the key of the draft is the address of this request. @param {Asked} asked @param {string} [form] */
export async function with_sale(asked, form) {
  const { held, row } = await asked.row_of("opportunities");
  const draft = form ? `/opportunities/${row.id}${form}` : asked.url.pathname;
  const about = { customer_id: held.customer.id, label: `${held.customer.name} · ${row.name}`, draft };
  return { sale: await sale_of(asked.store, held, row), about };
}
