/** Today, where the app begins. Twin of server/routes/today.py. */
import { screen } from "../answers.js";
import { see_other } from "../answer.js";
import { today } from "../views/today.js";

/** @typedef {import("../asked.js").Asked} Asked */

export async function home() {
  return see_other("/today");
}

/** @param {Asked} asked */
export async function show(asked) {
  return screen(asked, "today.html", await today(asked.store, asked.reader), "today");
}
