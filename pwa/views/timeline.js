/** All that happened with a customer, the latest first. Twin of server/views/timeline.py. */
import { msgid } from "../translations.js";
import { listed } from "./facts.js";
import { ACTIVITIES, OUTCOMES, kind_of, said } from "./labels.js";
import { sorted_by } from "./order.js";
import * as photos from "./photos.js";
import { joined } from "./reader.js";
import { first_line } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {Map<string, string>} ById names by id */
/** @typedef {{people: ById, contacts: ById, products: ById, attachments: Row[], kept: Set<string>}} Names `kept`: hashes of files that are here */

/** Drawn when they are shown: of five hundred a page shows thirty.
 * @param {Row[]} visits @param {Row[]} done those that stand @param {Row[]} follow_ups @param {Names} names @param {Reader} reader */
export function timeline(visits, done, follow_ups, names, reader) {
  const before = new Map(visits.filter((visit) => visit.corrected_by).map((visit) => [visit.corrected_by, visit]));
  const kept = follow_ups.filter((follow_up) => follow_up.completed_at);
  const entries = [
    ...done.map((visit) => ({
      at: visit.started_at, id: visit.id, kind: kind_of(visit), drawn: () => visit_entry(visit, before, names, reader),
    })),
    ...kept.map((row) => ({ at: row.completed_at, id: row.id, kind: "done", drawn: () => kept_entry(row, names, reader) })),
  ];
  return sorted_by(entries, ({ at, id }) => [at, id]).reverse();
}

/** @type {[string, string][]} */
const SHOWN = [
  ["", msgid("All")], ["visit", msgid("Visits")], ["call", msgid("Calls")], ["message", msgid("Messages")],
  ["email", msgid("Emails")], ["meeting", msgid("Meetings")], ["done", msgid("Promises")],
];

/** Of the kinds there are; none where all are of one.
 * @param {string} path @param {{kind: string}[]} entries @param {string} kind @param {Translator} t */
export function filters(path, entries, kind, t) {
  const there = new Set(entries.map((entry) => entry.kind));
  if (there.size < 2) return [];
  const offered = SHOWN.filter(([shown]) => there.has(shown) || !shown);
  return offered.map(([shown, label]) => ({ label: t(label), href: shown ? `${path}?kind=${shown}` : path, chosen: shown === kind }));
}

/** @param {Row} visit @param {Map<string, Row>} before @param {Names} names @param {Reader} reader */
function visit_entry(visit, before, names, reader) {
  const by_me = visit.author_id === reader.me.id;
  const attached = names.attachments.filter((row) => row.visit_id === visit.id);
  return {
    id: visit.id,
    kind: kind_of(visit),
    title: visit_title(visit, reader.t),
    when: when(visit, by_me ? "" : names.people.get(visit.author_id) ?? "", reader),
    note: visit.note || "",
    lines: [...lines(visit, names, reader.t), ...photos.lines(attached, reader.t)],
    photos: photos.shown(attached, names.kept),
    ...waiting_tag(visit, reader.t),
    corrections: corrections(visit, before, reader),
    correct_href: by_me ? `/visits/${visit.id}/correct` : "",
  };
}

/** What the server has not confirmed yet. On the server nothing waits. @param {Row} row @param {Translator} t */
function waiting_tag(row, t) {
  return row.waiting ? { tag: t("waiting"), tag_kind: "due" } : { tag: "", tag_kind: "" };
}

/** @param {Row} visit @param {Translator} t */
function visit_title(visit, t) {
  return joined(said(t, ACTIVITIES, kind_of(visit)), said(t, OUTCOMES, visit.outcome));
}

/** @param {Row} visit @param {string} author @param {Reader} reader */
function when(visit, author, reader) {
  return joined(visit.started_at ? reader.moment(visit.started_at) : "", author);
}

/** What was ticked behind "More", a sentence each. @param {Row} visit @param {Names} names @param {Translator} t */
function lines(visit, names, t) {
  const met = known(visit.contact_ids, names.contacts);
  const products = known(visit.product_ids, names.products);
  return [
    met.length ? t("Met %(names)s", { names: listed(t, met) }) : "",
    products.length ? t("About %(names)s", { names: listed(t, products) }) : "",
    visit.pain_point ? t("Pain point: %(text)s", { text: visit.pain_point }) : "",
    visit.competitors?.length ? t("Competitor: %(names)s", { names: listed(t, visit.competitors) }) : "",
  ].filter(Boolean);
}

/** @param {string[] | null | undefined} ids @param {ById} names @returns {string[]} */
function known(ids, names) {
  return (ids ?? []).flatMap((id) => names.get(id) ?? []);
}

/** What stood here before, the latest first. @param {Row} visit @param {Map<string, Row>} before @param {Reader} reader */
function corrections(visit, before, reader) {
  const found = [];
  for (let old = before.get(visit.id); old !== undefined; old = before.get(old.id)) {
    found.push({ title: visit_title(old, reader.t), when: when(old, "", reader), note: old.note || "" });
  }
  return found;
}

/** @param {Row} follow_up @param {Names} names @param {Reader} reader */
function kept_entry(follow_up, names, reader) {
  const by_me = follow_up.owner_id === reader.me.id;
  return {
    id: follow_up.id,
    kind: "done",
    title: reader.t("Promise kept"),
    when: joined(reader.moment(follow_up.completed_at), by_me ? "" : names.people.get(follow_up.owner_id)),
    note: first_line(follow_up.note),
    lines: /** @type {string[]} */ ([]),
    photos: [],
    ...waiting_tag(follow_up, reader.t),
    corrections: [],
    correct_href: "",
  };
}
