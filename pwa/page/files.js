/** Adds a file to a customer or an opportunity: its bytes are kept on the phone first, then it is saved like every entry. */
import { new_id } from "../../sync/identity.js";
import { keep_file } from "../../sync/kept_files.js";
import { downscaled } from "../pictures.js";
import { user_database } from "./drafts.js";

const MOST_BYTES = 20_000_000;
const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const OPEN = "application/vnd.oasis.opendocument";
/** Types by the ending of a name, because phones do not know the type of every file. @type {Record<string, string>} */
const TYPES = {
  pdf: "application/pdf", docx: WORD, xlsx: EXCEL, pptx: POWERPOINT, odt: `${OPEN}.text`, ods: `${OPEN}.spreadsheet`,
  odp: `${OPEN}.presentation`, doc: "application/msword", xls: "application/vnd.ms-excel", ppt: "application/vnd.ms-powerpoint",
};
const PROBLEMS = ["large", "strange", "full"];

export function add_files() {
  document.addEventListener("htmx:after:swap", show_form);
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.matches("[data-file]")) void add(target);
  });
  show_form();
}

/** Without a service worker nobody would send the file, so there is no button. */
function show_form() {
  const is_served = Boolean(navigator.serviceWorker?.controller);
  for (const form of document.querySelectorAll("[data-files]")) form.toggleAttribute("hidden", !is_served);
}

/** @param {HTMLInputElement} input */
async function add(input) {
  const [form, file] = [/** @type {HTMLFormElement} */ (input.form), input.files?.[0]];
  input.value = "";
  if (!file) return;
  const problem = await kept(form, file);
  for (const name of PROBLEMS) form.querySelector(`[data-file-${name}]`)?.toggleAttribute("hidden", name !== problem);
}

/** @param {HTMLFormElement} form @param {File} file @returns {Promise<string | null>} what was wrong with it */
async function kept(form, file) {
  const ending = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  const media_type = TYPES[ending];
  const content = media_type ? new Blob([file], { type: media_type }) : await downscaled(file);
  if (content === null || content.size === 0) return "strange";
  if (content.size > MOST_BYTES) return "large";
  const db = user_database();
  const sha256 = await keep_file(db, content).catch(() => null);
  if (sha256 === null) return "full";
  const name = media_type ? file.name : file.name.replace(/\.[^.]*$/, ".jpg");
  const told = { attachment_id: new_id(db.ports), name: name.slice(-200), sha256, size: String(content.size), media_type: content.type };
  for (const [field, value] of Object.entries(told)) {
    const input = form.querySelector(`input[name="${field}"]`);
    if (input instanceof HTMLInputElement) input.value = value;
  }
  form.requestSubmit();
  return null;
}
