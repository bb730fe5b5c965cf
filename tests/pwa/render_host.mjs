// Renders compiled templates for a Python test: one JSON line in, one out.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { renderer_of } from "../../pwa/render.js";
import { make_translator } from "../../pwa/translations.js";

const [path, messages] = process.argv.slice(2);
const { templates } = await import(pathToFileURL(path).href);
const built = { templates, assets: { "app.css": "/static/app.css" }, icons: { frame: "<svg>{}</svg>", drawn: { phone: "" } } };

for await (const line of createInterface({ input: process.stdin })) {
  const { name, view, locale } = JSON.parse(line);
  const t = make_translator(locale, (msgid) => JSON.parse(messages)[locale]?.[msgid]);
  let answer;
  try {
    answer = { html: renderer_of(built, t)(name, view) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
