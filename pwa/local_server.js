/** Answers one request from what this phone holds. */
import { page } from "./answer.js";
import { Asked } from "./asked.js";
import { keeping_of } from "./keeping.js";
import { locale_of, reader_now } from "./person.js";
import { render } from "./render.js";
import { find_route } from "./routes.js";
import { translator } from "./translations.js";

/** @typedef {import("./phone.js").InUse} InUse */
/** @typedef {import("./fetching.js").Host} Host */
/** @typedef {import("./routes.js").Found} Found */
/** @typedef {{request: Pick<Request, "method" | "headers">, url: URL, found: Found, form: FormData | null, phone: InUse, host: Pick<Host, "phone">, alone?: boolean}} Local
 *   alone: the user may see more than is on this phone, and there is no signal to ask for it */

/** @param {Local} local @returns {Promise<Response>} */
export async function answer_locally({ request, url, found, form, phone, host, alone }) {
  const { db, store } = phone;
  const reader = reader_now(await store.me(), db.ports);
  const pill = await host.phone.pill(reader.t, store);
  /** @param {string} path @param {import("../sync/outbox.js").Entry[]} [saving] */
  const go = async (path, saving) => {
    const next = new URL(path, url);
    const there = find_route("GET", next.pathname);
    if (there === null) throw new Error(`nothing answers ${next.pathname}`);
    const again = { method: "GET", headers: request.headers };
    // The store was opened before what has just been saved, so it does not show that.
    const now_held = saving ? { ...phone, store: await store.after(saving) } : ((await host.phone.in_use()) ?? phone);
    return answer_locally({ request: again, url: next, found: there, form: null, phone: now_held, host });
  };
  const keeping = keeping_of(db, host.phone);
  const { method, headers } = request;
  return found.handle(new Asked({ method, url, headers, params: found.params, form, reader, store, keeping, pill, go, alone }));
}

/** A page that says why the one that was asked for cannot be shown. It works for nobody, too.
 * @param {Request} request @param {Host} host @param {{title: string, text: string}} said @param {number} status */
export async function notice_page(request, host, { title, text }, status) {
  const phone = await host.phone.in_use();
  const me = phone?.reader_me ?? { id: "", name: "", role: "", locale: null };
  const locale = locale_of(me);
  await host.phone.speak(locale);
  const t = translator(locale);
  const partial = request.headers.get("hx-request-type") === "partial";
  const { pathname, search } = new URL(request.url);
  const again = request.method === "GET" ? [{ href: pathname + search, text: t("Try again") }] : [];
  const view = {
    locale, partial, current: "", plus_href: "", path: pathname, toast: null,
    me: { id: me.id, name: me.name, role: me.role, initial: "" },
    pill: await host.phone.pill(t, phone?.store),
    title: t.text(title), text: t.text(text), links: [...again, { href: "/today", text: t("Today") }],
  };
  return page(render("notice.html", view, locale), { status, headers: partial ? { "HX-Push-Url": "false" } : {} });
}
