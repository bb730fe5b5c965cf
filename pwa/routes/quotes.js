/** Quotes of an opportunity: build one, show it as its customer sees it, say what became of it. Twin of server/routes/quotes.py. */
import { back_of, changed_meanwhile, done_or_said, is_for, part, refused, saved, screen, wrong_with } from "../answers.js";
import { NotHere } from "../asked.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { Form } from "../views/form.js";
import { one_of, quote_page, state_of } from "../views/quote.js";
import { draft_key, found, lines_view, quote_form, reworked, written } from "../views/quote_form.js";
import { with_sale } from "./opportunities.js";
import { list_price } from "../../sync/prices.js";
import { MOST_CENTS, totals } from "../../sync/totals.js";
import { validate } from "../../sync/validation.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../views/opportunity.js").Sale} Sale */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const FORM = "quotes/form.html";
/** @type {Record<string, string>} */
const ANSWERS = { sent: "quote.send", accepted: "quote.accept", declined: "quote.decline", withdrawn: "quote.withdraw" };

/** An empty form, a draft to change (`quote`), or a copy of another quote (`from`). @param {Asked} asked */
export async function form(asked) {
  const { sale } = await with_sale(asked);
  const draft = draft_of(sale.quotes, asked.query("quote"));
  const like = draft ?? (asked.query("from") ? one_of(sale.quotes, sale, asked.query("from")) : null);
  const given = await drafted(asked, draft_key(sale.row.id, draft));
  if (!is_unsaved(sale.quotes, "quote_id", given)) asked.kept = "";
  const shown = asked.kept ? given : new Form(asked.t, like ? written(like) : {});
  const view = await quote_form(asked.store, asked.reader, sale, shown, draft, asked.query("q"));
  return screen(asked, FORM, view, "pipeline");
}

/** The draft of a quote or contract with this id; null for one that was sent meanwhile, which cannot be changed.
 * @param {Row[]} rows @param {string} id */
export function draft_of(rows, id) {
  const found = rows.find((row) => row.id === id);
  return found && state_of(found) === "draft" ? found : null;
}

/** Whether what was typed is still to be saved: the last keystroke may be kept after the quote or contract was.
 * @param {Row[]} rows @param {string} key the field that holds its id @param {Form} given */
export function is_unsaved(rows, key, given) {
  const saved = rows.find(({ id }) => id === given.value(key));
  return (saved?.edition ?? 0) === Number(given.value("edition"));
}

/** The form after a tap that changes its lines. Nothing is saved. @param {Asked} asked */
export async function rework(asked) {
  const { sale } = await with_sale(asked);
  const typed = await reworked(asked.store, sale, asked.typed);
  const shown = new Form(asked.t, typed);
  if (is_for(asked, "div#lines")) return part(asked, "quotes/_lines.html", await lines_view(asked.store, asked.reader, sale, shown));
  const draft = draft_of(sale.quotes, shown.value("quote_id"));
  return screen(asked, FORM, await quote_form(asked.store, asked.reader, sale, shown, draft, shown.value("q")), "pipeline");
}

/** @param {Asked} asked */
export async function find_products(asked) {
  const { sale } = await with_sale(asked);
  const currency = asked.query("currency") || sale.row.currency;
  return part(asked, "quotes/_found.html", await found(asked.store, asked.reader, sale, currency, asked.query("q")));
}

/** @param {Asked} asked */
export async function save(asked) {
  const args = forms.quote(asked.typed, asked.params.id);
  const { sale, about } = await with_sale(asked);
  const draft = draft_of(sale.quotes, args.quote_id ?? "");
  const wrong = is_saved(asked, "quote.save", args) ? null : (await wrong_here(asked, sale, args)) ?? (await wrong_with(asked, "quote.save", args, { ...about, draft: draft_key(sale.row.id, draft) }));
  if (wrong) return screen(asked, FORM, await quote_form(asked.store, asked.reader, sale, wrong, draft, forms.value(asked.typed, "q")), "pipeline", 422);
  return saved(asked, `/opportunities/${sale.row.id}/quotes/${args.quote_id}`, "quote", args.edition === "0" ? args.quote_id : "");
}

/** Whether this is a second tap on Save: the outbox has the same entry. @param {Asked} asked @param {string} name @param {Record<string, any>} args */
export function is_saved({ store }, name, args) {
  const [clean] = validate(name, args);
  return store.outbox.some((entry) => entry.name === name && JSON.stringify(entry.args) === JSON.stringify(clean));
}

/** The refusal if another edition was saved, or it was sent, since the form was opened. @param {Asked} asked @param {Row | undefined} known the quote or contract as it is now
 * @param {number} edition the one that was changed */
export function overtaken(asked, known, edition) {
  if ((known?.edition ?? 0) !== edition) return changed_meanwhile(asked);
  return known && state_of(known) !== "draft" ? refused(asked, asked.t("This was sent in the meantime, and stays as it is. Make another one.")) : null;
}

/** What the server would refuse, as far as this phone knows: it is not saved. @param {Asked} asked @param {Sale} sale @param {Record<string, any>} args */
async function wrong_here(asked, sale, args) {
  const { t, typed, store } = asked;
  const [clean, errors] = validate("quote.save", args);
  if (Object.keys(errors).length) return null; // said beside the fields
  const stale = overtaken(asked, sale.quotes.find(({ id }) => id === clean.quote_id), clean.edition);
  if (stale) return stale;
  const products = await store.products();
  const priced = clean.lines.map((/** @type {Row} */ line) => {
    const product = products.find(({ id }) => id === line.product_id);
    return { line, product, list_price_cents: product ? list_price(product, sale.customer.customer_type) : null };
  });
  const other = priced.find((/** @type {any} */ { product, list_price_cents }) => list_price_cents !== null && product.currency !== clean.currency);
  if (other) return refused(asked, t("%(name)s is priced in another currency.", { name: other.product.name }));
  const { total_cents, list_cents } = totals(priced.map((/** @type {any} */ { line, list_price_cents }) => ({ ...line, list_price_cents })));
  const too_much = { lines: { code: "too_much", params: { max: MOST_CENTS / 100 } } };
  return Math.max(total_cents, list_cents) > MOST_CENTS ? new Form(t, typed, too_much) : null;
}

/** @param {Asked} asked */
export async function show(asked) {
  const { sale } = await with_sale(asked);
  const quote = one_of(sale.quotes, sale, asked.params.row);
  return screen(asked, "quotes/page.html", await quote_page(asked.store, asked.reader, sale, quote), "pipeline");
}

/** Says that the quote was sent, accepted, declined or taken back. @param {Asked} asked */
export async function answer(asked) {
  const { sale, about } = await with_sale(asked);
  const quote = one_of(sale.quotes, sale, asked.params.row);
  const to = forms.value(asked.typed, "to");
  if (!Object.hasOwn(ANSWERS, to)) throw new NotHere(to);
  const args = { quote_id: quote.id, ...(to === "declined" ? { reason: forms.value(asked.typed, "reason") } : {}) };
  const href = `/opportunities/${sale.row.id}`;
  const then = () => (to === "withdrawn" ? saved(asked, href, "taken_back") : saved(asked, `${href}/quotes/${quote.id}`, `quote_${to}`));
  return done_or_said(asked, ANSWERS[to], args, about, then);
}

/** Undo. @param {Asked} asked */
export async function withdraw(asked) {
  return taken_back(asked, "quotes", "quote.save", "quote.withdraw", "quote_id", ({ opportunity_id }) => `/opportunities/${opportunity_id}`);
}

/** Takes a row back. If the only entry about it is the one that made it, and that was not sent yet, it is not sent at all; else the change
 * `name` is saved. @param {Asked} asked @param {"quotes" | "orders" | "contracts"} collection @param {string} made @param {string} name @param {string} key
 * @param {(row: Row) => string} back */
export async function taken_back(asked, collection, made, name, key, back) {
  const { id } = asked.params;
  const { held, row } = await asked.row_of(collection);
  const path = back_of(asked, back(row));
  const shown = path.includes(id) ? back(row) : path;
  const entries = (await asked.keeping.entries()).filter(({ args }) => args[key] === id);
  const entry = entries.find((one) => one.name === made && one.sent_at === null);
  const about = { customer_id: held.customer.id, label: held.customer.name };
  if (entry === undefined || entries.length > 1) return done_or_said(asked, name, { [key]: id }, about, () => saved(asked, shown, "taken_back"));
  await asked.keeping.discard(entry.seq);
  return saved(asked, shown, "taken_back");
}
