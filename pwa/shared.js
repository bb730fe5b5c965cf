/** What another app shares goes into the visit being typed, or begins one: the text its note, photos are put by beside it. */
import { see_other } from "./answer.js";
import { is_logged } from "./drafted.js";
import { latest } from "./keeping.js";
import { locale_of } from "./person.js";
import { translator } from "./translations.js";
import { all_drafts } from "../sync/drafts.js";
import { keep_shared_files } from "../sync/shared_files.js";

/** @typedef {import("./phone.js").InUse} InUse */

const KEY = "/visits/new";

/** @param {FormData} form @param {InUse} phone */
export async function keep_shared(form, { db, store, reader_me }) {
  const photos = form.getAll("photos").filter((photo) => photo instanceof File && photo.size > 0);
  const before = latest(await all_drafts(db), KEY);
  /** @type {{key: string, fields: Record<string, any>}} */
  const { key, fields } = before && !(await is_logged(store, before.fields)) ? before : { key: KEY, fields: {} };
  const note = [...(fields.note ?? []), ...texts(form), ...said_of(photos.length, reader_me)].join("\n");
  await keep_shared_files(db, key, { ...fields, note: [note] }, /** @type {File[]} */ (photos));
  return see_other(KEY);
}

/** Apps share the same words as title and text. @param {FormData} form */
function texts(form) {
  const found = ["title", "text", "url"].map((name) => form.get(name)).filter((text) => typeof text === "string" && text !== "");
  return [...new Set(found)];
}

/** @param {number} photos @param {Record<string, any>} me */
function said_of(photos, me) {
  const t = translator(locale_of(me));
  return photos ? [t.n("(%(n)s photo kept on this phone)", "(%(n)s photos kept on this phone)", photos)] : [];
}
