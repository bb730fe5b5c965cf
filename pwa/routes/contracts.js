/** Contracts of an opportunity: write one, show it, have it signed on the screen. Twin of server/routes/contracts.py. */
import { changed_meanwhile, done_or_said, refused, saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { contract_page, state_of } from "../views/contract.js";
import { contract_form, draft_key } from "../views/contract_form.js";
import { Form } from "../views/form.js";
import { one_of } from "../views/quote.js";
import { with_sale } from "./opportunities.js";
import { draft_of, is_saved, is_unsaved, overtaken, taken_back } from "./quotes.js";
import { seal_of } from "../../sync/seal.js";
import { validate } from "../../sync/validation.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../views/opportunity.js").Sale} Sale */

const FORM = "contracts/form.html";
/** @type {Record<string, string>} */
const ANSWERS = { sent: "contract.send", cancelled: "contract.cancel" };

/** An empty form, one for an accepted quote (`quote`), or a draft to change (`contract`). @param {Asked} asked */
export async function form(asked) {
  const { sale } = await with_sale(asked);
  const of = draft_of(sale.contracts, asked.query("contract"));
  const quote = quote_of(sale, of?.quote_id ?? asked.query("quote"));
  const given = await drafted(asked, draft_key(sale.row.id, of, quote));
  if (!is_unsaved(sale.contracts, "contract_id", given)) asked.kept = "";
  const view = await contract_form(asked.store, asked.reader, sale, asked.kept ? given : new Form(asked.t), of, quote);
  return screen(asked, FORM, view, "pipeline");
}

/** @param {Sale} sale @param {string} id */
function quote_of({ quotes }, id) {
  return quotes.find((row) => row.id === id && row.accepted_at) ?? null;
}

/** @param {Asked} asked */
export async function save(asked) {
  const args = forms.contract(asked.typed, asked.params.id);
  const { sale, about } = await with_sale(asked);
  const [of, quote] = [draft_of(sale.contracts, args.contract_id ?? ""), quote_of(sale, args.quote_id ?? "")];
  const draft = draft_key(sale.row.id, of, quote);
  const wrong = is_saved(asked, "contract.draft", args) ? null : wrong_here(asked, sale, args) ?? (await wrong_with(asked, "contract.draft", args, { ...about, draft }));
  if (wrong) return screen(asked, FORM, await contract_form(asked.store, asked.reader, sale, wrong, of, quote), "pipeline", 422);
  return saved(asked, `/opportunities/${sale.row.id}/contracts/${args.contract_id}`, "contract", args.edition === "0" ? args.contract_id : "");
}

/** What the server would refuse, as far as this phone knows: it is not saved. @param {Asked} asked @param {Sale} sale @param {Record<string, any>} args */
function wrong_here(asked, sale, args) {
  const { t } = asked;
  const [clean, errors] = validate("contract.draft", args);
  if (Object.keys(errors).length) return null; // said beside the fields
  const stale = overtaken(asked, sale.contracts.find(({ id }) => id === clean.contract_id), clean.edition);
  if (stale || !clean.quote_id) return stale;
  const quote = quote_of(sale, clean.quote_id);
  if (!quote) return refused(asked, t("Only an accepted quote becomes a contract."));
  const is_other = quote.total_cents !== clean.total_cents || quote.currency !== clean.currency;
  return is_other ? refused(asked, t("The quote comes to another amount. Please look and decide.")) : null;
}

/** @param {Asked} asked */
export async function show(asked) {
  const given = await drafted(asked, `/opportunities/${asked.params.id}/contracts/${asked.params.row}/signature`);
  return page(asked, given);
}

/** @param {Asked} asked @param {Form} form */
async function page(asked, form) {
  const { sale } = await with_sale(asked);
  const view = await contract_page(asked.reader, sale, one_of(sale.contracts, sale, asked.params.row), form);
  return screen(asked, "contracts/page.html", view, "pipeline", form.is_wrong ? 422 : 200);
}

/** The seal is over the contract that the screen shows, together with the signature. @param {Asked} asked */
export async function sign(asked) {
  const { sale, about } = await with_sale(asked);
  const contract = one_of(sale.contracts, sale, asked.params.row);
  const path = `/opportunities/${sale.row.id}/contracts/${contract.id}`;
  if (contract.signed_at) return saved(asked, path, "contract_signed");
  const args = forms.signature(asked.typed, contract.id, asked.reader.now);
  const [{ edition, contract_id: _, place, ...said }, errors] = validate("contract.sign", { ...args, seal: "0".repeat(64) });
  if (!said.strokes && !said.by_name) errors.strokes ??= { code: "required", params: {} };
  if (Object.keys(errors).length) return page(asked, new Form(asked.t, asked.typed, errors));
  if (edition !== contract.edition || state_of(contract) === "cancelled") return page(asked, changed_meanwhile(asked));
  const seal = await seal_of({ ...contract, ...said, ...place });
  const wrong = await wrong_with(asked, "contract.sign", { ...args, seal }, about);
  return wrong ? page(asked, wrong) : saved(asked, path, "contract_signed");
}

/** Says that the contract was sent, or cancels it. @param {Asked} asked */
export async function answer(asked) {
  const { sale, about } = await with_sale(asked);
  const contract = one_of(sale.contracts, sale, asked.params.row);
  const to = forms.value(asked.typed, "to");
  if (!Object.hasOwn(ANSWERS, to)) throw new NotHere(to);
  const args = { contract_id: contract.id, ...(to === "cancelled" ? { reason: forms.value(asked.typed, "reason") } : {}) };
  const href = `/opportunities/${sale.row.id}`;
  const gone = to === "cancelled" && !contract.sent_at;
  return done_or_said(asked, ANSWERS[to], args, about, () =>
    (gone ? saved(asked, href, "taken_back") : saved(asked, `${href}/contracts/${contract.id}`, `contract_${to}`)));
}

/** Undo. @param {Asked} asked */
export async function withdraw(asked) {
  return taken_back(asked, "contracts", "contract.draft", "contract.cancel", "contract_id", ({ opportunity_id }) => `/opportunities/${opportunity_id}`);
}
