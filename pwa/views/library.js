/** The company's library, and which documents this phone keeps. Twin of server/views/library.py. */
import { fold } from "../../sync/fold.js";
import * as words from "../words.js";
import { file_href, size_text } from "./files.js";
import { DOCUMENT_KINDS, said } from "./labels.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */
/** @typedef {Map<string, import("../pinned.js").Standing>} Pinned */

/** @param {Row[]} documents @param {Pinned | null} pinned null: nothing can be kept here @param {Reader} reader @param {string} q @param {string} [refused] */
export function library(documents, pinned, reader, q, refused = "") {
  const { t } = reader;
  const asked = fold(q.slice(0, 100)).split(/\s+/).filter(Boolean);
  const hits = documents.filter((row) => asked.every((word) => line(row, reader).includes(word)));
  return {
    title: t("Library"),
    about: pinned
      ? t("Contract templates, price lists and manuals of the company. What you pin opens without a signal; all else needs one.")
      : t("Contract templates, price lists and manuals of the company."),
    refused,
    q,
    may_add: reader.manages(),
    rows: sorted_by(hits, (row) => [fold(row.title), row.id]).map((row) => document_row(row, pinned, reader)),
    empty_text: documents.length ? t("Nothing is called that.") : t("There is nothing in the library yet."),
  };
}

/** @param {Row} row @param {Reader} reader */
function line({ title, name, kind }, { t }) {
  return fold(`${title} ${name} ${said(t, DOCUMENT_KINDS, kind)}`);
}

/** @param {Row} row @param {Pinned | null} pinned @param {Reader} reader */
function document_row(row, pinned, reader) {
  const { t, me } = reader;
  const standing = pinned?.get(row.id);
  const day = words.short_date(reader.day_of(row.updated_at), reader.today, reader.locale);
  const everything = me.role !== "manager" || !me.territory_id;
  const shown = standing?.kept ? standing.pinned : row;
  return {
    title: row.title,
    detail: joined(said(t, DOCUMENT_KINDS, row.kind), t("version %(n)s", { n: row.version }), day, size_text(row.size)),
    href: file_href(shown.sha256, shown.name, shown.media_type),
    ...(pinned ? tag_of(row, standing, t) : { tag: "", tag_kind: "" }),
    pin_href: pinned ? `/library/${row.id}/${standing ? "unpin" : "pin"}` : "",
    pinned: Boolean(standing),
    edit_href: reader.manages() && (everything || row.territory_id === me.territory_id) ? `/library/${row.id}/edit` : "",
  };
}

/** @param {Row} row @param {import("../pinned.js").Standing | undefined} standing @param {import("./reader.js").Translator} t */
function tag_of(row, standing, t) {
  if (!standing) return { tag: t("needs a signal"), tag_kind: "" };
  if (!standing.kept) return { tag: t("not here yet"), tag_kind: "due" };
  const { version } = standing.pinned;
  return version === row.version ? { tag: t("on this phone"), tag_kind: "ok" } : { tag: t("version %(n)s on this phone", { n: version }), tag_kind: "due" };
}
