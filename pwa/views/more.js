/** More: language, help, and further pages by role. Twin of server/views/more.py. */
import { options_of } from "./form.js";
import { me } from "./frame.js";
import { LANGUAGES, ROLES, said } from "./labels.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */

/** @param {Reader} reader @param {number} unsent */
export function more(reader, unsent) {
  const { t } = reader;
  return {
    title: t("More"),
    me: { ...me(reader), line: joined(said(t, ROLES, reader.me.role), reader.me.email) },
    language: language(reader),
    groups: [this_phone(reader), company(reader)].filter((group) => group.rows.length),
    sign_out: sign_out(reader, unsent),
  };
}

/** @param {Reader} reader */
function language(reader) {
  return { name: "locale", label: reader.t("Language"), error: "", focus: false, options: options_of(Object.entries(LANGUAGES), reader.locale) };
}

/** @param {Reader} reader */
function this_phone({ t }) {
  return {
    title: t("This device"),
    rows: [
      row("/outbox", t("Outbox"), t("What waits to be sent")),
      row("/more/reminders", t("Reminders"), t("On the lock screen, when you want them")),
      row("/more/install", t("Install the app"), t("On the home screen, also without a signal")),
      row("/more/devices", t("Devices"), t("Where you have signed in, and your password")),
      row("/more/help", t("Help"), t("The whole of it on one page")),
    ],
  };
}

/** @param {Reader} reader */
function company(reader) {
  const { t } = reader;
  const rows = [];
  if (reader.may_write()) rows.push(row("/report", t("Weekly report"), t("Written by itself, to read and send on")));
  if (reader.may_write()) rows.push(row("/tasks", t("Tasks"), t("What is asked of other departments")));
  rows.push(row("/library", t("Library"), t("Price lists, contracts and manuals")));
  if (reader.manages()) rows.push(row("/parked", t("Parked entries"), t("What needs a decision")));
  if (reader.manages()) rows.push(row("/import", t("Import customers"), t("From Excel or CSV")));
  if (reader.manages()) rows.push(row("/products", t("Products and stock"), t("Prices, and what there is")));
  if (reader.me.role === "admin") {
    rows.push(row("/custom-fields", t("Fields of your own"), t("What you want to know besides")));
    rows.push(row("/letterhead", t("Letterhead"), t("What stands above a quote")));
    rows.push(row("/people", t("People"), t("Who may sign in, and as what")));
    rows.push(row("/pipelines", t("Pipelines"), t("Stages, and what they insist on")));
  }
  return { title: t("The company"), rows };
}

/** @param {string} href @param {string} text @param {string} detail */
function row(href, text, detail) {
  return { href, text, detail };
}

/** The sheet that signs out; it says what becomes of unsent entries. @param {Reader} reader @param {number} unsent */
function sign_out({ t }, unsent) {
  if (unsent === 0) {
    return {
      text: t("Every entry is sent."),
      choices: [{ action: "/sign-out", text: t("Sign out"), kind: "main" }],
    };
  }
  return {
    text: t.n("%(n)s entry is not sent yet.", "%(n)s entries are not sent yet.", unsent),
    choices: [
      { action: "/outbox/retry", text: t("Send now"), kind: "main" },
      { action: "/outbox/export", text: t("Export them as a file"), kind: "" },
      { action: "/sign-out", text: t("Keep them locked and sign out"), kind: "" },
    ],
  };
}

/** @param {Reader} reader */
export function help_page({ t }) {
  return { title: t("Help") };
}
