/** Who answers a request: this phone, the server, or a page that says why neither can. */
import { NotHere } from "./asked.js";
import { answer_locally, notice_page } from "./local_server.js";
import { assets_cache } from "./lifecycle.js";
import { FILES, LIST_WITHIN_MS, ask_server, fresh_or_kept, kept_or_fresh, pages_cache } from "./network.js";
import { find_route } from "./routes.js";
import { keep_shared } from "./shared.js";
import { file } from "./answer.js";
import { forget_pinned, pinned_file } from "./pinned.js";
import { file_of } from "../sync/kept_files.js";
import { msgid } from "./translations.js";

/** @typedef {import("./routes.js").Found} Found */
/** @typedef {import("./phone.js").Phone} Phone */
/** @typedef {import("./phone.js").InUse} InUse */
/** @typedef {{build: import("./lifecycle.js").Build, phone: Phone, caches: CacheStorage, origin: string}} Host */

const NO_SIGNAL = {
  title: msgid("No signal"),
  text: msgid("This page needs the server, which cannot be reached. Try again where there is a signal."),
};
const NOT_ON_THIS_PHONE = {
  title: msgid("This customer is not on this phone yet"),
  text: msgid("Your own customers are always here. This one comes with a signal, and then stays for a while."),
};
const SIGNED_OUT = {
  title: msgid("Signed out"),
  text: msgid("Nothing of yours is shown here until you sign in again, which needs a signal."),
};
const NOT_YOURS = {
  title: msgid("Somebody else is signed in"),
  text: msgid("What was saved here before is kept, unseen, and goes out when its author signs in."),
};
const BROKEN = {
  title: msgid("Something went wrong on this phone"),
  text: msgid("What you typed is kept. Go back and try again. If it happens again, tell your admin."),
};

/** Pages that only the server makes, and that are shown as last seen while there is no signal. */
const ONLINE_FIRST = /\/history$|^\/(team|report|tasks|more\/install|more\/reminders)(\/|$)/;

/** Null: the browser asks the server by itself, as if there were no worker. The server is also asked if this phone fails, as with a
 * disk that is full or broken; but not with a form, which may have been saved before it failed.
 * @param {Request} request @param {Host} host @returns {Promise<Response> | null} */
export function answer_to(request, host) {
  const answer = answer_of(request, host);
  return answer && answer.catch((error) => {
    if (request.method !== "GET") throw error;
    console.error("Legwork could not answer", request.url, error);
    return fetch(request);
  });
}

/** @param {Request} request @param {Host} host @returns {Promise<Response> | null} */
function answer_of(request, host) {
  const url = new URL(request.url);
  if (url.origin !== host.origin) return null;
  if (url.pathname.startsWith("/static/")) return is_kept(request, url, host.build) ? kept_asset(request, host) : null;
  if (url.pathname.startsWith("/files/")) return request.method === "GET" ? kept_file(request, url, host) : null;
  const special = request.method === "POST" ? special_of(url.pathname) : null;
  if (special !== null) return special(request, host);
  const found = find_route(request.method, url.pathname);
  if (found !== null && is_ours(request, host)) return local_first(request, url, found, host);
  const is_page = request.mode === "navigate" || request.headers.get("hx-request") === "true";
  if (request.method !== "GET" || !is_page) return null;
  return ONLINE_FIRST.test(url.pathname) ? fresh_or_last(request, host) : from_server(request, host);
}

/** Whether a form comes from our own pages. Another site can make a browser post one here; the phone cannot check its token, so
 * such a form goes to the server, which can. @param {Request} request @param {Host} host */
function is_ours({ method, headers, referrer }, { origin }) {
  return method === "GET" || headers.get("hx-request") === "true" || referrer.startsWith(`${origin}/`);
}

/** Whether the worker keeps this asset. Any other, such as an icon that the system asks for once, is the browser's own business.
 * @param {Request} request @param {URL} url @param {import("./lifecycle.js").Build} build */
function is_kept({ method }, { pathname }, { assets, catalogs, later }) {
  return method === "GET" && [...assets, ...later, ...Object.values(catalogs)].includes(pathname);
}

/** @param {Request} request @param {Host} host */
async function kept_asset(request, host) {
  const cache = await host.caches.open(assets_cache(host.build));
  return (await cache.match(request)) ?? fetch(request);
}

/** A file: kept on this phone, pinned, looked at before, or the server's. @param {Request} request @param {URL} url @param {Host} host */
async function kept_file(request, url, host) {
  const phone = await host.phone.in_use();
  if (phone === null) return fetch(request);
  const id = url.pathname.split("/")[2];
  const kept = () => file_of(phone.db, id).then((blob) => blob && file(blob, request.headers.get("range")));
  // Read twice: WebKit fails if the record was written anew meanwhile.
  const here = (await kept().catch(kept).catch(() => null)) ?? (await pinned_file(phone.db, host.caches, id));
  if (here) return here;
  const answer = await kept_or_fresh(request, host.caches, phone.db.user_id);
  return answer.status === 504 && request.mode === "navigate" ? notice_page(request, host, NO_SIGNAL, 503) : answer;
}

/** @param {Request} request @param {URL} url @param {Found} found @param {Host} host */
async function local_first(request, url, found, host) {
  const [phone, { body, form }] = await Promise.all([host.phone.in_use(), posted(request)]);
  const again = () => (body ? new Request(request, { body }) : request);
  if (phone === null) return host.phone.trouble && url.pathname === "/outbox" ? notice_page(request, host, NOT_YOURS, 403) : from_server(again(), host);
  const alone = Boolean(found.kind.list) && request.method === "GET" && phone.reader_me.role !== "rep";
  if (alone) {
    const answer = await list_of_server(request);
    if (answer !== null) return answer;
  }
  try {
    const answer = await answer_locally({ request, url, found, form, phone, host, alone });
    if (answer.status !== 507) return answer;
    // There is no room to save it here. With a signal the server saves it, and then its own redirect leads to where it is shown.
    const there = await ask_server(again()).catch(() => answer);
    return there.url.includes("?done=") ? there : answer;
  } catch (error) {
    if (error instanceof NotHere) return server_or_kept(again(), host, phone);
    console.error("Legwork could not answer", request.url, error);
    return request.method === "GET" ? from_server(request, host) : notice_page(request, host, BROKEN, 500);
  }
}

/** The body of a form, read once: both halves of a clone would be streams, which cost a slow phone milliseconds of every Save.
 * @param {Request} request */
async function posted(request) {
  const body = request.method === "POST" ? await request.arrayBuffer() : null;
  return { body, form: body && (await new Response(body, { headers: request.headers }).formData()) };
}

/** The server's list, for people who may see more than is on their phone; null without a signal, and then the phone's is shown.
 * @param {Request} request */
async function list_of_server(request) {
  const answer = await ask_server(request, LIST_WITHIN_MS).catch(() => null);
  return answer?.ok ? answer : null;
}

/** @param {Request} request @param {Host} host @param {InUse} phone @param {typeof NO_SIGNAL} [otherwise] */
async function server_or_kept(request, host, phone, otherwise = NOT_ON_THIS_PHONE) {
  const why = () => notice_page(request, host, otherwise, 503);
  if (request.method === "GET") return fresh_or_kept(request, host.build, host.caches, phone.db.user_id, why);
  const answer = await ask_server(request).catch(why);
  void host.phone.sync("written elsewhere");
  return answer;
}

/** A page that only the server makes, or as it was last read. @param {Request} request @param {Host} host */
async function fresh_or_last(request, host) {
  const phone = await host.phone.in_use();
  return phone ? server_or_kept(request, host, phone, NO_SIGNAL) : from_server(request, host);
}

/** @param {Request} request @param {Host} host */
async function from_server(request, host) {
  try {
    await sign_out_there(host);
    return await ask_server(request);
  } catch {
    return notice_page(request, host, NO_SIGNAL, 503);
  }
}

/** Tells the server that somebody has signed out without a signal: until then it takes every request for theirs. @param {Host} host */
async function sign_out_there({ phone, origin }) {
  const owed = await phone.owed();
  if (owed === null) return;
  const { status, url } = await ask_server(new Request(`${origin}/sign-out`, { method: "POST", headers: { "X-CSRFToken": owed } }));
  if (status !== 403 && !url.endsWith("/sign-in")) throw new Error("not told");
  await phone.belong_to(null);
}

/** @param {string} path @returns {((request: Request, host: Host) => Promise<Response>) | null} */
function special_of(path) {
  if (path === "/sign-in" || path.startsWith("/setup/")) return sign_in;
  if (path === "/sign-out") return sign_out;
  return path === "/share-target" ? shared : null;
}

/** After a sign-in this phone answers for nobody, until the next page, which the server makes, says who signed in.
 * @param {Request} request @param {Host} host */
async function sign_in(request, host) {
  const answer = await from_server(request, host);
  if (was_accepted(answer)) await host.phone.belong_to(null);
  return answer;
}

/** Unsent entries stay in their author's own database, where nobody else sees or sends them. @param {Request} request @param {Host} host */
async function sign_out(request, host) {
  const owed = String((await request.clone().formData()).get("_csrf"));
  const answer = await ask_server(request).catch(() => null);
  if (answer ? !was_accepted(answer) : !is_ours(request, host)) return answer ?? notice_page(request, host, NO_SIGNAL, 503);
  await host.phone.belong_to(null, answer ? null : owed);
  await forget_opened(host);
  return answer ?? notice_page(request, host, SIGNED_OUT, 200);
}

/** Deletes the pages, photos and documents that were fetched from the server. @param {Pick<Host, "build" | "caches">} host */
export function forget_opened({ build, caches }) {
  return Promise.all([caches.delete(pages_cache(build)), caches.delete(FILES), forget_pinned(caches)]);
}

/** The server redirects to another page only if it has done what was asked. @param {Response} answer */
function was_accepted(answer) {
  return answer.type === "opaqueredirect" || answer.redirected || answer.headers.has("hx-redirect");
}

/** Takes in a text or photo that another app shares. @param {Request} request @param {Host} host */
async function shared(request, host) {
  const phone = await host.phone.in_use();
  return phone === null ? from_server(request, host) : keep_shared(await request.formData(), phone).catch(() => notice_page(request, host, BROKEN, 500));
}

