/** Tasks for other departments, as a customer's page shows them. Twin of server/views/tasks.py. */
import * as words from "../words.js";
import { DEPARTMENTS, RATINGS, options, said } from "./labels.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";
import { due_kind } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./timeline.js").Names} Names */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

/** Open tasks, and answered ones of the reader's until they are rated.
 * @param {Row[]} tasks @param {Names} names @param {Reader} reader */
export function standing_tasks(tasks, names, reader) {
  const shown = tasks.filter((task) => !task.answered_at || (task.asked_by === reader.me.id && !task.rating));
  return sorted_by(shown, (task) => [task.due_on, task.id]).map((task) => task_row(task, names, reader));
}

/** @param {Row} task @param {Names} names @param {Reader} reader */
function task_row(task, names, reader) {
  const { t, today } = reader;
  const [mine, is_open] = [task.asked_by === reader.me.id, !task.answered_at];
  const department = said(t, DEPARTMENTS, task.department);
  const by = mine ? "" : t("asked by %(name)s", { name: names.people.get(task.asked_by) ?? "" });
  const answered = t("answered by %(name)s", { name: names.people.get(task.answered_by) ?? "" });
  return {
    id: task.id,
    initial: words.initial(department),
    what: task.note,
    detail: joined(department, is_open ? by : answered),
    answer: task.answer ?? "",
    tag: is_open ? words.due_label(task.due_on, today, reader.locale) : t("Answered"),
    tag_kind: is_open ? due_kind(task.due_on, today) : "",
    may_withdraw: is_open && reader.may_write() && (mine || reader.manages()),
    ratings: mine && !is_open && reader.may_write() ? options(t, RATINGS, "") : [],
  };
}
