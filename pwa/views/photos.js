/** Photos and voice notes of a visit: on its form, and in the timeline. Twin of server/views/photos.py. */
import { is_here } from "./files.js";

/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

/** The photos and voice notes of a form. Each value is `attachment_id sha256 size media_type`. @param {Form} form */
export function photos_of(form) {
  const typed = form.values("photo").filter((value) => value.split(" ").length === 4);
  return typed.map((value) => ({ value, ...photo(value.split(" ")[1], value.split(" ")[3]) }));
}

/** @param {string} sha256 @param {string} media_type */
function photo(sha256, media_type) {
  return { src: `/files/${sha256}`, is_sound: media_type.startsWith("audio/") };
}

/** The files, each with whether the user may remove it: authors may.
 * @param {Row[]} attachments @param {Set<string>} kept hashes of what this phone holds itself @param {import("./reader.js").Reader} reader */
export function shown(attachments, kept, reader) {
  const here = attachments.filter((row) => is_here(row, kept));
  const may = (/** @type {Row} */ row) => reader.may_write() && row.author_id === reader.me.id;
  return here.map((row) => ({ ...photo(row.sha256, row.media_type), remove_href: may(row) ? `/attachments/${row.id}/remove` : "" }));
}

/** Sentences about files that are not here yet, and about those that were refused. @param {Row[]} attachments @param {Translator} t */
export function lines(attachments, t) {
  const pending = attachments.filter((row) => !row.received_at && !row.refused_at);
  const sounds = pending.filter((row) => row.media_type.startsWith("audio/")).length;
  const [photos, refused] = [pending.length - sounds, attachments.filter((row) => row.refused_at).length];
  return [
    photos ? t.n("%(n)s photo pending", "%(n)s photos pending", photos) : "",
    sounds ? t.n("%(n)s voice note pending", "%(n)s voice notes pending", sounds) : "",
    refused ? t.n("%(n)s file refused: not a picture or sound", "%(n)s files refused: not pictures or sounds", refused) : "",
  ].filter(Boolean);
}
