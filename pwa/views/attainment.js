/** The share of one's own quota of this quarter that is won. Twin of server/views/attainment.py. */
import { stage_of } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";
import { pipeline_of } from "./sales.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/replica_rows.js").Summary} Summary */
/** @typedef {{from_at: string, until_at: string, amount_cents: number, currency: string}} Quota */

/** @param {Row[]} opportunities @param {Summary[]} customers @param {Row[]} pipelines @param {Reader} reader */
export function attainment(opportunities, customers, pipelines, reader) {
  /** @type {Quota[]} */
  const quotas = reader.me.quotas ?? []; // a copy pulled by an earlier version has none
  const quota = quotas.find(({ from_at, until_at }) => from_at <= reader.now && reader.now < until_at);
  if (!quota) return { text: "", percent: "", shown: 0, beside: "" };
  const mine = new Set(customers.filter(({ owner_id }) => owner_id === reader.me.id).map(({ id }) => id));
  const won = opportunities.filter(
    (row) =>
      mine.has(row.customer_id) && row.stage_since >= quota.from_at && row.stage_since < quota.until_at && is_won(row, pipelines),
  );
  return against(quota, by_currency(won), reader);
}

/** @param {Row} row @param {Row[]} pipelines */
function is_won(row, pipelines) {
  return stage_of(pipeline_of(pipelines, row.pipeline_id).stages, row.stage)?.kind === "won";
}

/** Cents by currency; different currencies are never added. @param {Row[]} rows @returns {Map<string, bigint>} */
function by_currency(rows) {
  const sums = new Map();
  for (const { currency, amount_cents } of sorted_by(rows, (row) => [row.currency])) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount_cents));
  }
  return sums;
}

/** Amounts won in other currencies are shown beside it and do not count. @param {Quota} quota @param {Map<string, bigint>} won @param {Reader} reader */
function against({ amount_cents, currency }, won, reader) {
  const { t } = reader;
  const cents = won.get(currency) ?? 0n;
  const amounts = joined(...[...won].filter(([name, other]) => name !== currency && other).map(([name, other]) => words.money(other, name)));
  const reached = cents > 0n ? (100n * cents) / BigInt(amount_cents) : 0n;
  return {
    text: t("%(won)s of %(quota)s won this quarter", { won: words.money(cents, currency), quota: words.money(amount_cents, currency) }),
    percent: `${reached}%`,
    shown: reached > 100n ? 100 : Number(reached),
    beside: amounts ? t("%(amounts)s more in other money", { amounts }) : "",
  };
}
