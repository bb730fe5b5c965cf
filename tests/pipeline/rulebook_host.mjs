/** The phone's rulebook over lines of cases: `[{pipeline, opportunity, facts, to}]` in, `[{lacks, words, fields}]` out. */
import { fields_of, lacks, refusal } from "../../sync/rulebook.js";
import { make_translator } from "../../pwa/translations.js";

const { locale, messages, cases } = JSON.parse(await new Response(process.stdin).text());
const t = make_translator(locale, (msgid) => messages[msgid]);
const answers = cases.map(({ pipeline, opportunity, facts, to }) => {
  const found = lacks(pipeline, opportunity, facts, to);
  return { lacks: found, words: refusal(t, pipeline, found, to), fields: fields_of(found) };
});
console.log(JSON.stringify(answers));
