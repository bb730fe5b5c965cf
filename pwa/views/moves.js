/** Moves of opportunities from stage to stage and of customers through their lifecycle, as timeline entries.
 * Twin of server/views/moves.py. */
import { stage_name } from "../../sync/rulebook.js";
import * as words from "../words.js";
import { LIFECYCLES, said } from "./labels.js";
import { joined } from "./reader.js";
import { pipeline_of } from "./sales.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {import("../../sync/rulebook.js").Stage} Stage */
/** @typedef {Record<string, string>} Move */

/** @param {Row[]} sales @param {Row[]} known pipelines @param {Map<string, string>} people @param {Reader} reader */
export function moves(sales, known, people, reader) {
  return sales.flatMap((row) => entries(row.id, row.moves, people, reader, (move) => ({
    title: from_to(move, pipeline_of(known, row.pipeline_id).stages, reader),
    href: `/opportunities/${row.id}`,
    lines: [row.name],
  })));
}

/** @param {Row} customer @param {Map<string, string>} people @param {Reader} reader */
export function lifecycle_moves({ id, lifecycle_moves: found }, people, reader) {
  const { t } = reader;
  return entries(id, found, people, reader, ({ from, to }) => ({
    title: joined(t("Customer"), `${said(t, LIFECYCLES, from)} → ${said(t, LIFECYCLES, to)}`),
  }));
}

/** @param {string} whose @param {Move[] | null | undefined} found @param {Map<string, string>} people @param {Reader} reader
 * @param {(move: Move) => Record<string, any>} told */
function entries(whose, found, people, reader, told) {
  return (found ?? []).map((move, number) => ({
    at: move.at,
    id: `${whose}-${number}`,
    kind: "move",
    told: () => ({
      when: joined(reader.moment(move.at), move.by === reader.me.id ? "" : people.get(move.by), move.since && stood(move, reader)),
      note: move.note ?? "",
      ...told(move),
    }),
  }));
}

/** @param {Move} move @param {Stage[]} stages @param {Reader} reader */
export function from_to({ from, to }, stages, { t }) {
  return `${stage_name(t, stages, from)} → ${stage_name(t, stages, to)}`;
}

/** @param {Move} move @param {Reader} reader */
export function stood({ since, at }, reader) {
  const days = Math.max(reader.days_since(since) - reader.days_since(at), 0);
  return reader.t("after %(days)s", { days: words.days(days, reader.locale) });
}
