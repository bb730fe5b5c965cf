/** Files of a customer or an opportunity: name, size, author, date. Twin of server/views/files.py. */
import { quoted } from "./address.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const ENDINGS = /** @type {Record<string, string>} */ ({
  "image/jpeg": "jpg", "application/msword": "doc", "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
  "application/vnd.oasis.opendocument.presentation": "odp",
});

/** The latest first. @param {Row[]} attachments @param {Set<string>} kept hashes of what this phone holds itself
 * @param {Map<string, string>} people @param {Reader} reader @param {Row[]} [sales] those they may belong to, where that is to be said */
export function files(attachments, kept, people, reader, sales = []) {
  const there = attachments.filter((row) => !row.visit_id);
  return sorted_by(there, (row) => [row.created_at, row.id]).reverse().map((row) => {
    const said_of = sales.find(({ id }) => id === row.opportunity_id)?.name;
    return {
      id: row.id,
      name: row.name,
      href: is_here(row, kept) ? file_href(row.sha256, row.name, row.media_type) : "",
      detail: joined(size_text(row.size), people.get(row.author_id), reader.moment(row.created_at), said_of),
      is_picture: row.media_type.startsWith("image/"),
      ...tag_of(row, reader),
      may_remove: reader.may_write() && (row.author_id === reader.me.id || reader.manages()),
    };
  });
}

/** Whether its content is here or with the server. @param {Row} row @param {Set<string>} kept hashes of what this phone holds itself */
export function is_here(row, kept) {
  return row.received_at || (kept.has(row.sha256) && !row.refused_at);
}

/** @param {Row} row @param {Reader} reader */
function tag_of({ refused_at, received_at }, { t }) {
  if (refused_at) return { tag: t("refused"), tag_kind: "late" };
  return received_at ? { tag: "", tag_kind: "" } : { tag: t("not sent yet"), tag_kind: "due" };
}

/** The address of a file. Its extension is that of the media type, whatever the file is called: browsers save a file under
 * the last part of its address.
 * @param {string} sha256 @param {string} name @param {string} media_type */
export function file_href(sha256, name, media_type) {
  const [ending, bare] = [`.${ENDINGS[media_type] ?? media_type.split("/")[1]}`, name.replaceAll("/", "-")];
  return `/files/${sha256}/${quoted(bare.toLowerCase().endsWith(ending) ? bare : bare + ending)}`;
}

/** @param {number} size */
export function size_text(size) {
  if (size < 1_000_000) return `${Math.ceil(size / 1000)} KB`;
  const tenths = Math.floor((size + 50_000) / 100_000);
  return `${Math.floor(tenths / 10)}.${tenths % 10} MB`;
}
