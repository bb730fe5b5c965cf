import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { by_code_point, fold } from "../../sync/fold.js";
import { SearchIndex, line_of } from "../../sync/search.js";

const CASES = JSON.parse(readFileSync(new URL("../shared_cases/fold.json", import.meta.url), "utf8"));

for (const { text, folded } of CASES) {
  test(`${JSON.stringify(text)} is folded as on the server`, () => assert.equal(fold(text), folded));
}

const NAMES = {
  huber: ["Huber Maschinenbau", "huber maschinenbau munchen +49 89 1234 49891234"],
  schuber: ["Schuberth", "schuberth bonn"],
  beijing: ["beijingyuanjing", "北京远景贸易 bjyjmy beijingyuanjingmaoyi 上海"],
  emile: ["emile", "emile zola huber"],
};

function index() {
  return new SearchIndex(Object.entries(NAMES).map(([id, [sort_key, line]]) => ({ id, sort_key: sort_key.toLowerCase(), line })));
}

const found = (query, limit = 20) => index().find(query, limit).map(({ line }) => line.id);

test("those that begin with it come first, the others in the order of lists", () => {
  assert.deepEqual(found("huber"), ["huber", "emile", "schuber"]);
  assert.deepEqual(found("uber"), ["emile", "huber", "schuber"]);
});

test("Chinese is found by its signs, by pinyin and by its initials", () => {
  for (const query of ["远景", "bjyj", "beijing", "北京"]) assert.deepEqual(found(query), ["beijing"]);
});

test("every word must be there, in any order; accents and case do not matter", () => {
  assert.deepEqual(found("München HUBER"), ["huber"]);
  assert.deepEqual(found("zola maschinenbau"), []);
});

test("a telephone number is found however it is broken up", () => {
  for (const query of ["089 12-34".slice(1), "+49 89", "8912 34"]) assert.deepEqual(found(query), ["huber"]);
});

test("the limit ends the search", () => assert.equal(found("u", 2).length, 2));

test("what changes is found as it is now", () => {
  const search = index();
  search.put({ id: "huber", sort_key: "aaa", line: "aaa werke" });
  search.put({ id: "new", sort_key: "zzz", line: "zzz" });
  search.remove("emile");
  assert.deepEqual(search.ids(), ["huber", "beijing", "schuber", "new"]);
  assert.deepEqual(search.find("maschinenbau", 9), []);
  assert.deepEqual(search.find("werke", 9).map(({ line }) => line.id), ["huber"]);
});

test("an index that changes a thousand times is as one built anew", () => {
  const search = new SearchIndex([]);
  const lines = new Map();
  for (let step = 0; step < 6000; step += 1) {
    const id = `id-${(step * 7919) % 3500}`;
    if (step % 5 === 4) {
      search.remove(id);
      lines.delete(id);
    } else {
      const key = `key ${(step * 104729) % 9973}`;
      search.put({ id, sort_key: key, line: key });
      lines.set(id, { id, sort_key: key, line: key });
    }
  }
  const fresh = new SearchIndex([...lines.values()]);
  assert.deepEqual(search.ids(), fresh.ids());
  for (const query of ["key 1", "99", "zzz", "key 5000"]) assert.deepEqual(search.find(query, 50), fresh.find(query, 50));
});

test("of a very long query the beginning is looked for", () => assert.deepEqual(found(`huber${" ".repeat(100)}zzz`), found("huber")));

test("a name with a line feed stays one line", () => assert.equal(line_of({ search_text: "a\nb", phone: null }), "a b"));

test("signs beyond U+FFFF sort after all others, as in the databases", () => {
  assert.deepEqual(["😀", "\ufb01", "a", "aa", ""].sort(by_code_point), ["", "a", "aa", "\ufb01", "😀"]);
});
