/** How screens answer: a page or the fragment htmx asked for, on to the next after a form, or the form again.
 * Twin of server/routes/answers.py. */
import { check_custom } from "../sync/custom_values.js";
import { validate } from "../sync/validation.js";
import { page, see_other } from "./answer.js";
import { NotHere } from "./asked.js";
import { render } from "./render.js";
import { query } from "./views/address.js";
import { Form } from "./views/form.js";
import { frame } from "./views/frame.js";
import { sentences } from "./views/reader.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {Record<string, any>} Args */
/** @typedef {{customer_id?: string | null, label?: string | null, draft?: string | null, photos?: Args[],
 *   ahead?: (entries: import("../sync/outbox.js").Entry[]) => void}} About whose change it is, what the outbox calls it, the key of
 *   the draft to delete with it, args of the photos to attach, and what is called while the disk writes */

const DONE = ["done", "id", "was"];

/** @param {Asked} asked @param {string} template @param {Args} view @param {string} current @param {number} [status] */
export function screen(asked, template, view, current, status = 200) {
  const { reader, url, pill, alone } = asked;
  const path = url.pathname;
  const done = Object.fromEntries(DONE.map((name) => [name, asked.query(name)]));
  const around = frame(reader, { path, partial: asked.is_partial, current, done, back: path, pill, alone });
  const headers = address(asked, path, done.done !== "", status);
  return page(render(template, { ...around, draft_kept: asked.kept, ...view }, reader.locale), { headers, status: asked.is_full ? 507 : status });
}

/** Tells htmx what to show in the address bar: the page's path, without what has just been done there. It replaces the form's
 * address, so that Back leads to where one came from and not to a form already sent.
 * @param {Asked} asked @param {string} path @param {boolean} done @param {number} status @returns {Record<string, string>} */
function address(asked, path, done, status) {
  if (!asked.is_htmx) return {};
  if (status >= 400) return { "HX-Push-Url": "false" };
  return done ? { "HX-Replace-Url": path } : {};
}

/** A part of a screen, such as its list, when htmx asked for no more. @param {Asked} asked @param {string} template @param {Args} view */
export function part({ reader }, template, view) {
  return page(render(template, { locale: reader.locale, ...view }, reader.locale));
}

/** @param {Asked} asked @param {string} target */
export function is_for(asked, target) {
  return asked.is_partial && asked.headers.get("hx-target") === target;
}

/** Leads on to the page that shows what was saved: htmx gets it at once, a browser without htmx is redirected.
 * @param {Asked} asked @param {string} path @param {string} done @param {string} [row_id] @param {string} [was]
 * @param {import("../sync/outbox.js").Entry[]} [saving] */
export async function saved(asked, path, done, row_id = "", was = "", saving = undefined) {
  const told = Object.fromEntries(Object.entries({ done, id: row_id, was }).filter(([, value]) => value));
  const next = `${path}?${query(told)}`;
  if (!asked.is_htmx) return see_other(next);
  try {
    return await asked.go(next, saving);
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return asked.go(`/today?${query(told)}`, saving); // it is saved, but its customer is not on this phone
  }
}

/** The path of the screen that the button stood on, as the form's field `back` names it. @param {Asked} asked @param {string} [otherwise] */
export function back_of(asked, otherwise = "/today") {
  const back = asked.typed.back?.[0] ?? "";
  return /^\/(?!\/)[!-[\]-~]*$/.test(back) ? back.split(/[?#]/)[0] : otherwise;
}

/**
 * Saves the change. Returns null if it is on the phone, else the form with what was typed and what is wrong with it.
 * @param {Asked} asked @param {string} name @param {Args} args @param {About} [about] @returns {Promise<Form | null>}
 */
export async function wrong_with(asked, name, args, about = {}) {
  const [clean, errors] = validate(name, args);
  if (name.startsWith("customer.")) Object.assign(errors, check_custom(clean, await asked.store.custom_fields()));
  // Only forms check this, by the reader's day; the server keeps a payment that comes from a phone whose clock is wrong.
  if (clean.received_on > asked.reader.today) errors.received_on = { code: "date_too_late", params: {} };
  if (Object.keys(errors).length) return new Form(asked.t, asked.typed, errors);
  try {
    await keep(asked, name, clean, about);
    return null;
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "StorageFull") throw error;
    asked.is_full = true;
    return refused(asked, no_room(asked));
  }
}

/**
 * Saves what a form says and leads on to where it is shown; if something is wrong, answers with `otherwise`. The page is
 * rendered while the disk writes, and handed out only once it has written.
 * @param {Asked} asked @param {string} name @param {Args} args @param {About} about @param {[path: string, done: string, row_id: string]} next
 * @param {(wrong: Form) => Promise<Response>} otherwise
 */
export async function save_and_show(asked, name, args, about, next, otherwise) {
  /** @type {Promise<Response> | undefined} */
  let drawn;
  const wrong = await wrong_with(asked, name, args, {
    ...about,
    ahead: (saving) => {
      drawn = saved(asked, ...next, "", saving);
      drawn.catch(() => undefined); // what was not saved is not shown
    },
  });
  return wrong ? otherwise(wrong) : (drawn ?? saved(asked, ...next));
}

/** @param {Asked} asked @param {string} name @param {Args} clean @param {About} about */
async function keep({ keeping, reader }, name, clean, { customer_id = null, label = null, draft = null, photos = [], ahead }) {
  const change = { name, args: clean, happened_at: reader.now, label };
  const attached = photos.map((args) => validate("visit.attach", args)).filter(([, errors]) => !Object.keys(errors).length);
  const more = attached.map(([args]) => ({ ...change, name: "visit.attach", args }));
  await keeping.save(customer_id === null ? change : { ...change, customer_id }, draft, more, ahead);
}

/** The form as it was typed, with the reason why all of it was refused. @param {Pick<Asked, "t" | "typed">} asked @param {string} why */
export function refused({ t, typed }, why) {
  return new Form(t, typed, {}, why);
}

/** @param {Pick<Asked, "t" | "typed">} asked */
export function changed_meanwhile(asked) {
  return refused(asked, asked.t("Somebody changed this in the meantime. Please look and decide."));
}

/** @param {Asked} asked */
function no_room({ t }) {
  return t("This phone has no room left. What you typed is kept here: make room, then save again.");
}

/** Saves a button's change. Nothing was typed, so what is wrong is said on a page of its own. @param {Asked} asked @param {string} name
 * @param {Args} args @param {About} about @param {() => Promise<Response>} then */
export async function done_or_said(asked, name, args, about, then) {
  const wrong = await wrong_with(asked, name, args, about);
  if (wrong === null) return then();
  const text = wrong.refused || sentences(...Object.keys(wrong.errors).map((field) => wrong.error(field)));
  return notice(asked, asked.t("This was not done"), text, 422);
}

/** Saves a button's change of the row that the address names. `key`: the arg for the row's id; `then` is given the customer.
 * @param {Asked} asked @param {string} name @param {string} key @param {Args} args @param {(customer: Args) => Promise<Response>} then */
export async function change_row(asked, name, key, args, then) {
  const { params: { id }, store } = asked;
  const { customer } = await asked.held((await store.holder(id)) ?? "");
  return done_or_said(asked, name, { [key]: id, ...args }, { customer_id: customer.id, label: customer.name }, () => then(customer));
}

/** @param {Asked} asked @param {string} title @param {string} text @param {number} status */
export function notice(asked, title, text, status) {
  return screen(asked, "notice.html", { title, text, links: [{ href: "/today", text: asked.t("Today") }] }, "", status);
}
