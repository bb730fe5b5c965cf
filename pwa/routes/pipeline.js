/** The board of opportunities. Twin of server/routes/pipeline.py. */
import { screen } from "../answers.js";
import { board } from "../views/pipeline.js";

const NAMES = ["pipeline", "stage", "offset", "owner", "territory", "closing", "product", "customer_type"]; // as in an address

/** @param {import("../asked.js").Asked} asked */
export async function show(asked) {
  const offset = asked.query("offset");
  const wanted = {
    .../** @type {any} */ (Object.fromEntries(NAMES.map((name) => [name, asked.query(name)]))),
    offset: /^[0-9]{1,6}$/.test(offset) ? Number(offset) : 0,
  };
  return screen(asked, "pipeline/board.html", await board(asked.store, asked.reader, wanted), "pipeline");
}
