/** The form of a quote, line by line; nothing is saved before it is sent. Twin of server/views/quote_form.py. */
import { fold } from "../../sync/fold.js";
import { list_price } from "../../sync/prices.js";
import { line_cents, totals } from "../../sync/totals.js";
import { validate } from "../../sync/validation.js";
import * as forms from "../forms.js";
import * as words from "../words.js";
import { Form } from "./form.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("./opportunity.js").Sale} Sale */
/** @typedef {import("./form.js").Typed} Typed */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {Record<string, any>} Line */

const FOUND = 12;

/** `of`: the draft to edit. `q`: the search for products.
 * @param {Store} store @param {Reader} reader @param {Sale} sale @param {Form} given @param {Row | null} of @param {string} q */
export async function quote_form(store, reader, sale, given, of, q) {
  const { t } = reader;
  const { row, customer } = sale;
  const edition = of?.edition ?? 0;
  const fresh = { quote_id: [of?.id ?? reader.new_id()], edition: [String(edition)], currency: [row.currency] };
  const form = given.over(fresh);
  const href = `/opportunities/${row.id}`;
  return {
    title: of ? t("Change the quote") : t("New quote"),
    action: `${href}/quotes`,
    draft: draft_key(row.id, of),
    back: of ? { href: `${href}/quotes/${of.id}`, text: t("Quote") } : { href, text: t("Opportunity") },
    line: `${customer.name} · ${row.name}`,
    refused: form.refused || wrong_with_lines(form),
    hiddens: form.hiddens(["quote_id", "edition", "currency"]),
    ...(await lines_view(store, reader, sale, form)),
    ...(await found(store, reader, sale, form.value("currency"), q)),
    valid_until: form.optional("valid_until", t("Valid until")),
    note: form.field("note", t("Note on the quote")),
  };
}

/** The error of the lines as a whole; that of a single line is shown beside it. @param {Form} form */
function wrong_with_lines(form) {
  if (!("lines" in form.errors)) return "";
  return form.errors.lines.code === "required" ? form.t("A quote needs at least one line.") : form.error("lines");
}

/** The key under which the browser keeps what was typed. It names the edition, to be shown over no other one. @param {string} opportunity_id @param {Row | null} of */
export function draft_key(opportunity_id, of) {
  const key = `/opportunities/${opportunity_id}/quotes/new`;
  return of ? `${key}?quote=${of.id}&edition=${of.edition}` : key;
}

/** The form's fields as they would have been typed. @param {Row} quote @returns {Typed} */
export function written(quote) {
  const columns = no_columns();
  for (const line of quote.lines) {
    add_line(columns, [
      line.product_id ?? "", line.name, line.unit ?? "", String(line.quantity), words.amount(line.unit_price_cents),
      line.discount_bp ? words.amount(line.discount_bp) : "",
    ]);
  }
  return { ...columns, currency: [quote.currency], note: [quote.note ?? ""], valid_until: [quote.valid_until ?? ""] };
}

/** @returns {Typed} */
function no_columns() {
  return Object.fromEntries(forms.QUOTE_LINE.map((name) => [`line_${name}`, []]));
}

/** @param {Typed} columns @param {string[]} values */
function add_line(columns, values) {
  forms.QUOTE_LINE.forEach((name, at) => columns[`line_${name}`].push(values[at]));
}

/** The form's fields after a button was tapped: a line added, removed, or its quantity increased.
 * @param {Store} store @param {Sale} sale @param {Typed} typed @returns {Promise<Typed>} */
export async function reworked(store, sale, typed) {
  const count = typed.line_name?.length ?? 0;
  const columns = no_columns();
  for (let at = 0; at < count; at += 1) add_line(columns, forms.QUOTE_LINE.map((name) => typed[`line_${name}`]?.[at] ?? ""));
  const number = (/** @type {string} */ name) => {
    const text = forms.value(typed, name);
    return /^[0-9]{1,2}$/.test(text) && Number(text) < count ? Number(text) : null;
  };
  step(columns, number("more"), 1);
  step(columns, number("less"), -1);
  const gone = number("remove");
  if (gone !== null) for (const column of Object.values(columns)) column.splice(gone, 1);
  const [id, own] = [forms.value(typed, "add"), forms.value(typed, "own").trim()];
  const product = id ? (await store.products()).find((row) => row.id === id) : undefined;
  if (product) add(columns, product, sale.customer.customer_type);
  else if (own) add_line(columns, ["", own, "", "1", "", ""]);
  return { ...typed, ...columns };
}

/** @param {Typed} columns @param {number | null} at @param {number} by */
function step(columns, at, by) {
  if (at === null) return;
  const quantity = words.count(columns.line_quantity[at]);
  columns.line_quantity[at] = String(Math.max((typeof quantity === "number" && quantity < 1e6 ? quantity : 0) + by, 1));
}

/** Adds a line or, if the product is there already, one to its quantity. @param {Typed} columns @param {Row} product @param {string | null} customer_type */
function add(columns, product, customer_type) {
  const at = columns.line_product.indexOf(product.id);
  if (at >= 0) return step(columns, at, 1);
  const price = list_price(product, customer_type);
  return add_line(columns, [product.id, product.name, product.unit ?? "", "1", price === null ? "" : words.amount(price), ""]);
}

/** The lines with their amounts, as far as what was typed is valid.
 * @param {Store} store @param {Reader} reader @param {Sale} sale @param {Form} form */
export async function lines_view(store, reader, sale, form) {
  const args = forms.quote(form.typed, sale.row.id);
  const [clean, errors] = validate("quote.save", args);
  const ids = args.lines.map((/** @type {Line} */ { product_id }) => product_id);
  const known = new Map((await store.products()).filter(({ id }) => ids.includes(id)).map((row) => [row.id, row]));
  /** @type {(Line | null)[]} */
  const given = (clean.lines ?? []).map((/** @type {Line} */ line, /** @type {number} */ at) => (wrong_in(at, errors) ? null : line));
  const each = given.length ? given : args.lines.map(() => null);
  return {
    lines_action: `/opportunities/${sale.row.id}/quotes/lines`,
    lines: each.map((/** @type {Line | null} */ line, /** @type {number} */ at) => line_view(at, form, line, known, sale, reader)),
    empty: reader.t("Nothing on it yet. Look for a product below."),
    ...sums(given, known, sale, form.value("currency"), reader),
  };
}

/** @param {number} at @param {Form} form @param {Line | null} line @param {Map<string, Row>} known @param {Sale} sale @param {Reader} reader */
function line_view(at, form, line, known, { customer }, reader) {
  const currency = form.value("currency");
  const typed = Object.fromEntries(forms.QUOTE_LINE.map((name) => [name, form.typed[`line_${name}`]?.[at] ?? ""]));
  const product = known.get(typed.product);
  const price = product ? list_price(product, customer.customer_type) : null;
  const at_list = price === null ? "" : reader.t("list %(price)s", { price: words.money(price, currency) });
  return {
    number: String(at),
    ...typed,
    detail: joined(product?.code, typed.unit, at_list, product && stock_text(product, reader)),
    sum: line ? words.money(line_cents(line), currency) : "",
    error: form.error(`lines.${at}`),
    wrong: wrong_in(at, form.errors),
  };
}

/** The name of the invalid field of a line, which is marked and gets the focus. @param {number} at @param {Record<string, unknown>} errors */
function wrong_in(at, errors) {
  const line = `lines.${at}.`;
  return Object.keys(errors).find((name) => name.startsWith(line))?.replace(line, "") ?? "";
}

/** @param {(Line | null)[]} given @param {Map<string, Row>} known @param {Sale} sale @param {string} currency @param {Reader} reader */
function sums(given, known, { customer }, currency, { t }) {
  const told = given.filter((line) => line !== null);
  if (!told.length || told.length < given.length) return { total: "", discount: "" };
  const { total_cents, discount_bp } = totals(told.map((line) => {
    const product = known.get(line.product_id);
    return { ...line, list_price_cents: product ? list_price(product, customer.customer_type) : null };
  }));
  const discount = discount_bp ? t("%(percent)s below list", { percent: words.percent(discount_bp) }) : "";
  return { total: words.money(total_cents, currency), discount };
}

/** @param {Row} product @param {Reader} reader */
function stock_text({ stock_quantity = null, stock_told_at }, reader) {
  if (stock_quantity === null) return "";
  return reader.t("%(count)s in stock, told %(ago)s", { count: words.quantity(stock_quantity), ago: reader.ago(stock_told_at) });
}

/** Products in the quote's currency whose name or code has all words of `q`.
 * @param {Store} store @param {Reader} reader @param {Sale} sale @param {string} currency @param {string} q */
export async function found(store, reader, sale, currency, q) {
  const asked = fold([...q].slice(0, 100).join("")).split(" ").filter(Boolean);
  const sold = (await store.products()).filter((row) => row.currency === currency && !row.retired_at);
  const hits = sold.filter(({ name, code }) => {
    const text = fold(`${name} ${code ?? ""}`);
    return asked.every((word) => text.includes(word));
  });
  const own = [...q.trim()].slice(0, 100).join("");
  const { t } = reader;
  return {
    lines_action: `/opportunities/${sale.row.id}/quotes/lines`,
    search_href: `/opportunities/${sale.row.id}/products`,
    currency,
    q,
    found: sorted_by(hits, (row) => [fold(row.name), row.id]).slice(0, FOUND).map((row) => product_row(row, sale, reader)),
    no_hit: hits.length
      ? ""
      : sold.length
        ? t("No product in %(currency)s is called that.", { currency })
        : t("There are no products in %(currency)s yet. A manager adds them; what you type can be a line of its own.", { currency }),
    own,
    own_text: own ? t("Add “%(name)s” as a line of its own", { name: own }) : "",
  };
}

/** @param {Row} product @param {Sale} sale @param {Reader} reader */
function product_row(product, { customer }, reader) {
  const price = list_price(product, customer.customer_type);
  return {
    id: product.id,
    name: product.name,
    detail: joined(product.code, product.unit, stock_text(product, reader)),
    price: price === null ? "" : words.money(price, product.currency ?? ""),
  };
}
