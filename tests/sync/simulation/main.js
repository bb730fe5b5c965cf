// The phones' process. Lines of JSON come in: {seed, drawn, users, newcomers} to play, and the server's answers. Lines of JSON go out:
// {call: [name, args]} to ask the server, and {done: …} at the end of a history.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { draw } from "./deeds.js";
import "./disk.js";
import { play } from "./play.js";

const MODULES = ["local_database", "outbox", "outbox_file", "sender", "store", "identity", "files", "kept_files", "replica_rows", "seal"];

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function heard() {
  const { value, done } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function server(name, told) {
  say({ call: [name, told] });
  return heard();
}

// Promises of a killed tab reject, and nobody is left to hear of it.
process.on("unhandledRejection", () => {});

const folder = pathToFileURL(`${process.argv[2]}/`);
const modules = await Promise.all(MODULES.map((name) => import(new URL(`${name}.js`, folder))));
const code = Object.assign({}, ...modules);

for (;;) {
  const { seed, drawn, users, newcomers } = await heard();
  const played = drawn ?? draw(seed);
  say({ done: { drawn: played, ...(await play(code, server, played.newcomers ? { ...users, ...newcomers } : users, played)) } });
}
