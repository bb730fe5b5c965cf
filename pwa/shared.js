/** What another app shares goes into the draft of a visit that is being typed, or into a new one: text into its note, pictures
 * into its photos. */
import { see_other } from "./answer.js";
import { is_logged } from "./drafted.js";
import { latest } from "./keeping.js";
import { locale_of } from "./person.js";
import { downscaled, typed_photo } from "./pictures.js";
import { translator } from "./translations.js";
import { all_drafts, keep_draft } from "../sync/drafts.js";
import { keep_file } from "../sync/kept_files.js";
import { new_id } from "../sync/identity.js";

/** @typedef {import("./phone.js").InUse} InUse */

const KEY = "/visits/new";

/** Each photo is kept before the draft that names it. @param {FormData} form @param {InUse} phone */
export async function keep_shared(form, { db, store, reader_me }) {
  const before = latest(await all_drafts(db), KEY);
  /** @type {{key: string, fields: Record<string, any>}} */
  const { key, fields } = before && !(await is_logged(store, before.fields)) ? before : { key: KEY, fields: {} };
  const photo = [...(fields.photo ?? [])];
  let unread = false;
  for (const shared of form.getAll("photos")) {
    const picture = shared instanceof File ? await downscaled(shared) : null;
    if (picture === null) unread = true;
    else photo.push(typed_photo(new_id(db.ports), await keep_file(db, picture), picture));
  }
  const t = translator(locale_of(reader_me));
  const said = unread ? [t("This picture cannot be read here. Save it as JPEG, or take it with the camera.")] : [];
  await keep_draft(db, key, { ...fields, note: [[...(fields.note ?? []), ...texts(form), ...said].join("\n")], photo });
  return see_other(KEY);
}

/** The texts shared, each once: some apps share the same one as title and as text. @param {FormData} form */
function texts(form) {
  const found = ["title", "text", "url"].map((name) => form.get(name)).filter((text) => typeof text === "string" && text !== "");
  return [...new Set(found)];
}
