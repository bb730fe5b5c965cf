/** Forms in which parked entries are edited: those that they came from, or small ones made of the change's args. */
import changes from "../../build/generated/changes.js";
import * as forms from "../forms.js";
import { msgid } from "../translations.js";
import { contract_form } from "../views/contract_form.js";
import { Form, options_of } from "../views/form.js";
import { sale_of } from "../views/opportunity.js";
import { currency_choice, move_sheet, new_opportunity } from "../views/opportunity_form.js";
import { state_of } from "../views/quote.js";
import { quote_form, written } from "../views/quote_form.js";
import * as words from "../words.js";
import { stage_name, stage_of } from "../../sync/rulebook.js";
import { lacking_move, lacking_new } from "./opportunities.js";

/** @typedef {import("../asked.js").Asked} Asked */
/** @typedef {import("../../sync/outbox.js").Entry} Entry */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../views/form.js").Typed} Typed */
/** @typedef {import("../views/opportunity.js").Sale} Sale */
/** @typedef {{typed: (asked: Asked, args: forms.Args) => Promise<Typed>, args: (typed: Typed, args: forms.Args) => forms.Args,
 *   view: (asked: Asked, entry: Entry, form: Form) => Promise<[string, forms.Args]>,
 *   lacking?: (asked: Asked, args: forms.Args) => Promise<Form | null>}} Editing
 *   typed: the fields of the form for these args; args: the args for what was typed, and those that stay; view: its template and view;
 *   lacking: what this phone knows that the server would refuse it for */

/** The fields that small forms may have, in their order. @type {Record<string, string>} */
const LABELS = {
  name: msgid("What it is about"),
  tag: msgid("Tag"),
  competitor: msgid("Competitor"),
  amount_cents: msgid("Amount"),
  currency: msgid("Currency"),
  planned_on: msgid("Day"),
  planned_time: msgid("Time"),
  due_on: msgid("On which day"),
  placed_on: msgid("On which day"),
  received_on: msgid("On which day"),
  expected_close_on: msgid("Expected to close on"),
  lost_reason: msgid("Why it was lost"),
  reason: msgid("Why"),
  tags: msgid("Tags"),
  note: msgid("Note"),
};

/** @type {Record<string, Editing>} */
export const FORMS = {
  ...Object.fromEntries([
    "customer.add_tag", "customer.compare", "visit.plan", "follow_up.snooze", "opportunity.edit", "quote.decline", "contract.cancel",
    "order.place", "payment.expect", "payment.receive",
  ].map((name) => [name, small(name)])),
  "opportunity.create": {
    typed: async ({ t }, args) => texts(t, args),
    args: (typed, { opportunity_id, customer_id }) => ({ ...forms.opportunity(typed), opportunity_id, customer_id }),
    view: async (asked, { args, label }, form) => {
      const { store, reader, url } = asked;
      const unknown = /** @type {any} */ ({ customer: { id: args.customer_id, name: label ?? "" }, opportunities: [] });
      const held = (await store.customer(args.customer_id)) ?? unknown;
      return ["opportunities/form.html", await new_opportunity(store, reader, held, asked.query("pipeline"), form, `${url.pathname}?`)];
    },
    lacking: async (asked, args) => {
      const held = await asked.store.customer(args.customer_id);
      return held && lacking_new(asked, held, args);
    },
  },
  // The amount to change from is the one now, which the form shows.
  "opportunity.revalue": small("opportunity.revalue", ({ amount_cents, currency }) => ({ from_cents: [String(amount_cents)], from_currency: [currency] })),
  "opportunity.move": {
    ...small("opportunity.move", ({ stage }) => ({ from: [stage] })),
    view: async (asked, entry, form) => {
      const { reader, t } = asked;
      const sale = await sale_for(asked, entry.args, entry.label);
      const { stages } = sale.pipeline ?? { stages: [] };
      if (stage_of(stages, entry.args.to)) {
        const sheet = move_sheet(reader, sale, entry.args.to, form);
        return ["opportunities/move.html", { ...sheet, line: `${sheet.line} · ${t("Now")} ${stage_name(t, stages, sale.row.stage)}` }];
      }
      const [template, view] = await small(entry.name).view(asked, entry, form);
      const others = ["", ...stages.map(({ key }) => key)].map((key) => [key, key && stage_name(t, stages, key)]);
      return [template, { ...view, fields: [...(stages.length ? [form.choices("to", t("Stage"), options_of(others, form.value("to")))] : []), ...view.fields] }];
    },
    lacking: async (asked, args) => {
      const sale = await sale_for(asked, args, "");
      return sale.pipeline ? lacking_move(asked, sale, args) : null;
    },
  },
  "quote.save": {
    typed: async (asked, args) => ({ ...written(/** @type {Row} */ (args)), ...(await numbered(asked, "quotes", "quote_id", args)) }),
    args: (typed, { opportunity_id }) => forms.quote(typed, opportunity_id),
    view: async (asked, { args, label }, form) =>
      ["quotes/form.html", await quote_form(asked.store, asked.reader, await sale_for(asked, args, label), form, null, asked.query("q"))],
  },
  "contract.draft": {
    typed: async (asked, { total_cents, ...args }) =>
      ({ ...texts(asked.t, { ...args, amount_cents: total_cents }), ...(await numbered(asked, "contracts", "contract_id", args)) }),
    args: (typed, { opportunity_id }) => forms.contract(typed, opportunity_id),
    view: async (asked, { args, label }, form) => {
      const sale = await sale_for(asked, args, label);
      const quote = sale.quotes.find(({ id }) => id === args.quote_id) ?? null;
      return ["contracts/form.html", await contract_form(asked.store, asked.reader, sale, form, null, quote)];
    },
  },
};

/** A form of those args of a change that can be typed; of an edit, the fields that it edits.
 * @param {string} name @param {(row: Row) => Typed} [seen] fields that say what the opportunity was when it was changed @returns {Editing} */
function small(name, seen) {
  const { fields: edits, ...own } = changes[name];
  const asked_for = edits?.fields ?? own;
  return {
    typed: async (asked, args) => {
      const { row } = seen ? await sale_for(asked, args, "") : { row: null };
      return { ...texts(asked.t, args.fields ?? args), ...(seen && row?.stage ? seen(row) : {}) };
    },
    args: (typed, { fields, ...args }) => {
      const names = Object.keys(asked_for).filter((field) => field in typed);
      const said = Object.fromEntries(names.map((field) => [field, field === "amount_cents" ? words.cents(typed[field][0]) : typed[field][0]]));
      return fields ? { ...args, fields: { ...fields, ...said } } : { ...args, ...said };
    },
    view: async (_, { args, label }, form) => {
      const shown = Object.keys(LABELS).filter((field) => field in (args.fields ?? asked_for));
      const seen_as = Object.keys(form.typed).filter((field) => field.startsWith("from"));
      return ["parked.html", {
        about: label ?? "", refused: form.refused, hiddens: form.hiddens(seen_as),
        fields: shown.map((field) => small_field(form, field, asked_for[field], seen_as)),
      }];
    },
  };
}

/** @param {Form} form @param {string} name @param {forms.Args} asked_for @param {string[]} seen_as */
function small_field(form, name, { required, multiline, type }, seen_as) {
  if (name === "currency") return currency_choice(form, form.t);
  const typed_as = multiline ? "area" : (type.endsWith("date") ? "date" : (type === "clock" ? "time" : "text"));
  const now = name === "amount_cents" && seen_as.length ? `${form.t("Now")} ${words.money(Number(form.value("from_cents")), form.value("from_currency"))}` : "";
  return { ...form.field(name, form.t(LABELS[name]), `fields.${name}`), optional: !required, type: typed_as, hint: now };
}

/** The id and edition under which a quote or contract is saved again: over the draft that this phone knows; as a new one if that was sent
 * meanwhile.
 * @param {Asked} asked @param {"quotes" | "contracts"} collection @param {string} key @param {forms.Args} args @returns {Promise<Typed>} */
async function numbered({ store, reader }, collection, key, args) {
  const held = await store.customer((await store.holder(args.opportunity_id)) ?? "");
  const known = held?.[collection].find(({ id }) => id === args[key]);
  if (known && state_of(known) !== "draft") return { [key]: [reader.new_id()], edition: ["0"] };
  return { [key]: [args[key]], edition: [String(held ? known?.edition ?? 0 : args.edition)] };
}

/** The opportunity of these args; if it is not on this phone, as little of it as they say. @param {Asked} asked @param {forms.Args} args
 * @param {string | null | undefined} label @returns {Promise<Sale>} */
async function sale_for({ store }, { opportunity_id: id, currency }, label) {
  const held = await store.customer((await store.holder(id)) ?? "");
  const row = held?.opportunities.find((one) => one.id === id);
  if (held && row) return sale_of(store, held, row);
  const unknown = { row: { id, name: "", currency, amount_cents: 0 }, customer: { id: "", name: label ?? "" }, quotes: [], orders: [], contracts: [], tasks: [] };
  return /** @type {any} */ (unknown);
}

/** @param {import("../views/reader.js").Translator} t @param {forms.Args} args @returns {Typed} */
function texts(t, args) {
  const typed = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (name === "amount_cents") return words.amount(value);
    return Array.isArray(value) ? value.join(t(", ")) : String(value ?? "");
  };
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, [typed(name, value)]]));
}
