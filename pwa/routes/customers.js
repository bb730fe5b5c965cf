/** The list of customers, a customer, and the forms that change one. Twin of server/routes/customers.py. */
import { done_or_said, is_for, part, refused, saved, screen, wrong_with } from "../answers.js";
import { drafted } from "../drafted.js";
import * as forms from "../forms.js";
import { comparison_form, comparison_href } from "../views/comparison_form.js";
import { customer } from "../views/customer.js";
import { edit_customer, new_customer, written } from "../views/customer_form.js";
import { customers } from "../views/customers.js";
import { likely } from "../views/likely.js";

/** @typedef {import("../asked.js").Asked} Asked */

/** @param {Asked} asked */
export async function list(asked) {
  const view = await customers(asked.store, asked.reader, wanted(asked));
  if (is_for(asked, "div#customer-list")) return part(asked, "customers/_list.html", view);
  return screen(asked, "customers/list.html", view, "customers");
}

/** @param {Asked} asked */
function wanted(asked) {
  const offset = asked.query("offset");
  return {
    q: asked.query("q"),
    show: asked.query("show"),
    offset: /^[0-9]{1,6}$/.test(offset) ? Number(offset) : 0,
    place: asked_place(asked),
  };
}

/** @param {Asked} asked */
export function asked_place(asked) {
  const [latitude, longitude] = ["latitude", "longitude"].map(asked.query, asked).map((text) => (text.trim() === "" ? NaN : Number(text)));
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** @param {Asked} asked */
export async function form(asked) {
  // Whoever was searched for and is not here need not be typed a second time.
  const given = (await drafted(asked, "/customers/new")).over({ name: [asked.query("q")] });
  return screen(asked, "customers/form.html", await new_customer(asked.store, asked.reader, given), "customers");
}

/** Customers that are like the one being added, shown while its name is typed. @param {Asked} asked */
export async function show_likely(asked) {
  const told = Object.fromEntries(["customer_id", "name", "phone", "address"].map((name) => [name, asked.query(name)]));
  return part(asked, "customers/_likely.html", { rows: await likely(asked.store, told) });
}

/** Asks once whether it is one of the customers that it is like, before it adds a second one. @param {Asked} asked */
export async function create(asked) {
  // Whoever adds a customer owns it, until it is given to somebody else.
  /** @type {forms.Args} */
  const args = { ...forms.customer(asked.typed), owner_id: asked.reader.me.id };
  const asks = forms.value(asked.typed, "name").trim() && !forms.value(asked.typed, "likely_seen"); // without a name it is not saved anyway
  const rows = asks ? await likely(asked.store, args) : [];
  if (rows.length) {
    const view = await new_customer(asked.store, asked.reader, refused(asked, asked.t("Not saved yet: it may be here already. If it is another one, save again.")), rows);
    return screen(asked, "customers/form.html", view, "customers", 422);
  }
  const wrong = await wrong_with(asked, "customer.create", args, { label: args.name, draft: "/customers/new" });
  if (wrong) {
    return screen(asked, "customers/form.html", await new_customer(asked.store, asked.reader, wrong), "customers", 422);
  }
  return saved(asked, `/customers/${args.customer_id}`, "customer");
}

/** @param {Asked} asked */
export async function show(asked) {
  const held = await asked.held(asked.params.id);
  if (asked.store.last_opened?.customer_id !== asked.params.id) void asked.keeping.opened(asked.params.id);
  const view = await customer(asked.store, asked.reader, held, { all_of_it: asked.query("all") === "1", kind: asked.query("kind") });
  return screen(asked, "customers/page.html", view, "customers");
}

/** @param {Asked} asked */
export async function edit_form(asked) {
  const held = await asked.held(asked.params.id);
  const given = await drafted(asked, `/customers/${asked.params.id}/edit`);
  const view = await edit_customer(asked.store, asked.reader, held.customer, given);
  return screen(asked, "customers/form.html", view, "customers");
}

/** @param {Asked} asked */
export async function edit(asked) {
  const { id } = asked.params;
  const held = await asked.held(id);
  const about = { label: held.customer.name, draft: `/customers/${id}/edit` };
  const args = forms.only_changed(forms.customer_edit(asked.typed, id), forms.customer_edit(written(held.customer), id).fields);
  const wrong = Object.keys(args.fields).length ? await wrong_with(asked, "customer.edit", args, about) : null;
  if (wrong) {
    const view = await edit_customer(asked.store, asked.reader, held.customer, wrong);
    return screen(asked, "customers/form.html", view, "customers", 422);
  }
  return saved(asked, `/customers/${id}`, "customer");
}

/** @param {Asked} asked */
export async function add_tag(asked) {
  const { id } = asked.params;
  const held = await asked.held(id);
  const tag = forms.value(asked.typed, "tag");
  const wrong = await wrong_with(asked, "customer.add_tag", { customer_id: id, tag }, { label: held.customer.name });
  if (wrong) {
    const told = { tag, tag_error: wrong.error("tag") || wrong.refused };
    return screen(asked, "customers/page.html", await customer(asked.store, asked.reader, held, told), "customers", 422);
  }
  return saved(asked, `/customers/${id}`, "customer");
}

/** @param {Asked} asked */
export async function remove_tag(asked) {
  return changed(asked, "customer.remove_tag", { tag: forms.value(asked.typed, "tag") }, "customer");
}

/** @param {Asked} asked */
export async function comparison(asked) {
  const [{ customer }, competitor] = [await asked.held(asked.params.id), asked.query("competitor")];
  const given = await drafted(asked, comparison_href(customer.id, competitor));
  return screen(asked, "customers/comparison.html", comparison_form(asked.reader, customer, competitor, given), "customers");
}

/** @param {Asked} asked */
export async function compare(asked) {
  const { customer: row } = await asked.held(asked.params.id);
  const args = forms.comparison(asked.typed, row.id);
  // The key of the draft is the address of the form: that of a competitor known before, or of a new one.
  const draft = comparison_href(row.id, row.comparisons?.[args.competitor] ? args.competitor : asked.query("competitor"));
  const wrong = await wrong_with(asked, "customer.compare", args, { label: row.name, draft });
  if (wrong) return screen(asked, "customers/comparison.html", comparison_form(asked.reader, row, "", wrong), "customers", 422);
  return saved(asked, `/customers/${row.id}`, "customer");
}

/** @param {Asked} asked */
export async function assign(asked) {
  const args = { from: forms.value(asked.typed, "from"), to: forms.value(asked.typed, "to") };
  return changed(asked, "customer.assign", args, "owner", "/customers");
}

/** @param {Asked} asked */
export async function share(asked) {
  return changed(asked, "customer.share", { user_id: forms.value(asked.typed, "user_id") }, "share");
}

/** @param {Asked} asked */
export async function decline(asked) {
  return changed(asked, "customer.decline", { user_id: forms.value(asked.typed, "user_id") }, "decline");
}

/** @param {Asked} asked */
export async function unshare(asked) {
  return changed(asked, "customer.unshare", { user_id: forms.value(asked.typed, "user_id") }, "unshare");
}

/** @param {Asked} asked @param {string} name @param {import("../forms.js").Args} args @param {string} done @param {string} [path] */
async function changed(asked, name, args, done, path = `/customers/${asked.params.id}`) {
  const { id } = asked.params;
  const held = await asked.held(id);
  const about = { label: held.customer.name };
  return done_or_said(asked, name, { customer_id: id, ...args }, about, () => saved(asked, path, done));
}

