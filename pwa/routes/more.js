/** More: language, help. Twin of server/routes/more.py. */
import { done_or_said, screen } from "../answers.js";
import { see_other } from "../answer.js";
import * as forms from "../forms.js";
import { help_page, more } from "../views/more.js";
import { in_sight } from "../../sync/outbox.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function show(asked) {
  const unsent = in_sight(await asked.keeping.entries()).length;
  return screen(asked, "more/index.html", more(asked.reader, unsent), "more");
}

/** Afterwards the page is loaded whole, because its language is outside of what htmx swaps. @param {Asked} asked */
export async function language(asked) {
  const locale = forms.value(asked.typed, "locale");
  return done_or_said(asked, "user.edit", { fields: { locale } }, {}, async () => leave(asked, "/more?done=language"));
}

/** @param {Asked} asked @param {string} path */
function leave(asked, path) {
  if (!asked.is_htmx) return see_other(path);
  return new Response("", { status: 200, headers: { "HX-Redirect": path, "cache-control": "no-store" } });
}

/** @param {Asked} asked */
export async function help(asked) {
  return screen(asked, "more/help.html", help_page(asked.reader), "more");
}
