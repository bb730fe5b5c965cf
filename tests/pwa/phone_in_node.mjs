// A phone without a browser, for a Python test: one JSON line in, one out. It is given what the real server answered to
// its pulls, keeps that in the real replica, and answers addresses as the service worker would.
import "fake-indexeddb/auto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { answer_locally } from "../../pwa/local_server.js";
import { find_route } from "../../pwa/routes.js";
import { keep_shared } from "../../pwa/shared.js";
import { learn } from "../../pwa/translations.js";
import { pill_of } from "../../pwa/views/pill.js";
import { keep_draft } from "../../sync/drafts.js";
import { open_local_database } from "../../sync/local_database.js";
import { real_ports } from "../../sync/ports.js";
import { where_to_go_on } from "../../sync/puller.js";
import { apply_page } from "../../sync/replica_writing.js";
import { open_store } from "../../sync/store.js";

const NOTHING_WAITS = { waiting: 0, parked: 0, lost: 0, trouble: null, loading: false };
const HOST = {
  pill: async (t) => pill_of(t, NOTHING_WAITS), saved: () => {}, send: async () => {},
  standing: async () => standing,
};
const built = (path) => JSON.parse(readFileSync(new URL(`../../build/${path}`, import.meta.url), "utf8"));
learn("zh-Hans", built(built("manifest.json")["catalog-zh-Hans.json"].slice(1)));
let now = 0;
let last_page;
let standing = { synced_at: null, tried_at: null, persisted: false, lost: 0, trouble: null };
const ports = real_ports({ clock: () => now, random_bytes: (bytes) => bytes.fill(0) });
const databases = new Map();

async function begin({ user_id, pages, now: moment }) {
  now = moment;
  const db = open_local_database(user_id, ports);
  databases.set(user_id, db);
  for (const page of pages) await apply_page(db, await where_to_go_on(db), page);
  last_page = pages.at(-1);
  return { ready: (await open_store(db)).ready };
}

async function ask({ user_id, path, method = "GET", headers = {}, form = null, now: moment }) {
  now = moment;
  const db = databases.get(user_id);
  const url = new URL(path, "http://phone.test");
  const found = find_route(method, url.pathname);
  if (found === null) throw new Error(`the phone does not answer ${method} ${url.pathname}`);
  const request = new Request(url, { method, headers });
  const phone = { db, store: await open_store(db), reader_me: null };
  const host = { ...HOST, in_use: async () => ({ db, store: await open_store(db), reader_me: null }) };
  const answer = await answer_locally({ request, url, found, form: form && form_data(form), phone, host: { phone: host } });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

async function draft({ user_id, key, fields }) {
  await keep_draft(databases.get(user_id), key, fields);
  return {};
}

async function share({ user_id, form }) {
  const given = form_data(form);
  const db = databases.get(user_id);
  const answer = await keep_shared(given, { db, store: await open_store(db), reader_me: { locale: "en" } });
  return { status: answer.status, location: answer.headers.get("location") };
}

/** As the sender does it when the server keeps an entry without applying it. */
async function park({ user_id, seq, code, message, detail = null }) {
  await databases.get(user_id).transaction(["outbox"], "readwrite", async (tx) => {
    const entry = await tx.objectStore("outbox").get(seq);
    const withheld = message === null ? code : undefined; // the phone itself knew that no server takes it
    await tx.objectStore("outbox").put({ ...entry, state: "parked", sent_at: entry.happened_at, code, message, detail, withheld });
  });
  return {};
}

/** As a pull does it when a customer is somebody else's now. */
async function lose({ user_id, customer_id }) {
  const db = databases.get(user_id);
  const op = { op: "remove", collection: "customers", id: customer_id, rev: last_page.rev ?? 1, reason: "out_of_scope" };
  await apply_page(db, await where_to_go_on(db), { ...last_page, sums: null, ops: [op] });
  return {};
}

/** How the sender fared, as the worker knows it. */
async function stand(known) {
  standing = { ...standing, ...known };
  return {};
}

function form_data(fields) {
  const form = new FormData();
  for (const [name, values] of Object.entries(fields)) for (const value of values) form.append(name, value);
  return form;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [[name, told]] = Object.entries(JSON.parse(line));
  let answer;
  try {
    answer = await { begin, ask, draft, share, park, lose, stand }[name](told);
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
