/** The company's library, and what of it is kept on this phone. Twin of server/routes/library.py, which keeps the documents. */
import { is_for, part, saved, screen } from "../answers.js";
import { NotHere } from "../asked.js";
import { library } from "../views/library.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function show(asked) {
  const view = await seen(asked);
  if (is_for(asked, "div#library-list")) return part(asked, "library/_list.html", view);
  return screen(asked, "library/list.html", view, "more");
}

/** The view of the library. @param {Asked} asked @param {string} [refused] */
async function seen({ store, keeping, reader, url }, refused = "") {
  return library(await store.library(), (await keeping.pinned?.standing()) ?? null, reader, url.searchParams.get("q") ?? "", refused);
}

/** @param {Asked} asked */
export async function pin(asked) {
  const documents = await asked.store.library();
  const wanted = documents.find(({ id }) => id === asked.params.id);
  if (!wanted || !asked.keeping.pinned) throw new NotHere(asked.params.id);
  if (await asked.keeping.pinned.pin(documents, wanted)) return saved(asked, "/library", "pinned");
  const refused = asked.t("A phone keeps up to 100 MB of the library. Unpin something else first.");
  return screen(asked, "library/list.html", await seen(asked, refused), "more", 422);
}

/** @param {Asked} asked */
export async function unpin(asked) {
  await asked.keeping.pinned?.unpin(asked.params.id);
  return saved(asked, "/library", "unpinned");
}
