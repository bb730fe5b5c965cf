/** Who answers a request: this phone, the server, or a page that says why neither can. */
import { NotHere } from "./asked.js";
import { answer_locally, notice_page } from "./local_server.js";
import { FILES, assets_cache, pages_cache } from "./lifecycle.js";
import { LIST_WITHIN_MS, ask_server, fresh_or_kept, kept_or_fresh } from "./network.js";
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
  title: msgid("This customer isn't on this phone yet"),
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
  text: msgid("What you typed is kept. Go back and try again. If it happens again, tell your administrator."),
};

/** Histories, what a team or a rep did, reminders, and how to install: as last seen while there is no signal. */
const ONLINE_FIRST = /\/history$|^\/(team|report|tasks|more\/install|more\/reminders)(\/|$)/;

/** Null: the browser asks the server by itself, as if there were no worker. The server is also asked where this phone can read or
 * keep nothing because its disk is full or broken; but not with a form, which may have been kept before that.
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

/** Other sites can make a browser post a form here, and the phone has no token to tell: their forms go to the server,
 * which has. @param {Request} request @param {Host} host */
function is_ours({ method, headers, referrer }, { origin }) {
  return method === "GET" || headers.get("hx-request") === "true" || referrer.startsWith(`${origin}/`);
}

/** What is not kept, such as an icon that the system asks for once, the browser gets by itself or does without.
 * @param {Request} request @param {URL} url @param {import("./lifecycle.js").Build} build */
function is_kept({ method }, { pathname }, { assets, catalogs, later }) {
  return method === "GET" && [...assets, ...later, ...Object.values(catalogs)].includes(pathname);
}

/** @param {Request} request @param {Host} host */
async function kept_asset(request, host) {
  const cache = await host.caches.open(assets_cache(host.build));
  return (await cache.match(request)) ?? fetch(request);
}

/** A photo: taken here, looked at before, or the server's. @param {Request} request @param {URL} url @param {Host} host */
async function kept_file(request, url, host) {
  const phone = await host.phone.in_use();
  if (phone === null) return fetch(request);
  const id = url.pathname.split("/")[2];
  const kept = () => file_of(phone.db, id).then((blob) => blob && file(blob, request.headers.get("range")));
  // Twice: WebKit cannot read what was written anew meanwhile.
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
    // There is no room for it here. While there is a signal the server takes it, and only the server then leads on to where it shows.
    const there = await ask_server(again()).catch(() => answer);
    return there.url.includes("?done=") ? there : answer;
  } catch (error) {
    if (error instanceof NotHere) return elsewhere(again(), host, phone);
    console.error("Legwork could not answer", request.method, url.pathname, error);
    return request.method === "GET" ? from_server(request, host) : notice_page(request, host, BROKEN, 500);
  }
}

/** Read once and kept: both halves of a clone would be streams, which costs a slow phone milliseconds of every Save.
 * @param {Request} request */
async function posted(request) {
  const body = request.method === "POST" ? await request.arrayBuffer() : null;
  return { body, form: body && (await new Response(body, { headers: request.headers }).formData()) };
}

/** People who see more than what lives on the phone see it while there is a signal, and what is here when there is none.
 * @param {Request} request */
async function list_of_server(request) {
  const answer = await ask_server(request, LIST_WITHIN_MS).catch(() => null);
  return answer?.ok ? answer : null;
}

/** @param {Request} request @param {Host} host @param {InUse} phone @param {typeof NO_SIGNAL} [otherwise] */
async function elsewhere(request, host, phone, otherwise = NOT_ON_THIS_PHONE) {
  const why = () => notice_page(request, host, otherwise, 503);
  if (request.method === "GET") return fresh_or_kept(request, host.build, host.caches, phone.db.user_id, why);
  const answer = await ask_server(request).catch(why);
  void host.phone.sync("written elsewhere");
  return answer;
}

/** What only the server can tell; what was read of it can be read again. @param {Request} request @param {Host} host */
async function fresh_or_last(request, host) {
  const phone = await host.phone.in_use();
  return phone ? elsewhere(request, host, phone, NO_SIGNAL) : from_server(request, host);
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

/** Until it is told, the server would take whoever asks for the person who signed out without a signal. @param {Host} host */
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

/** The next page, which the server makes, says who has signed in: until then this phone answers for nobody.
 * @param {Request} request @param {Host} host */
async function sign_in(request, host) {
  const answer = await from_server(request, host);
  if (led_on(answer)) await host.phone.belong_to(null);
  return answer;
}

/** What is unsent stays under its author's name, and nobody else sees or sends it. @param {Request} request @param {Host} host */
async function sign_out(request, host) {
  const owed = String((await request.clone().formData()).get("_csrf"));
  const answer = await ask_server(request).catch(() => null);
  if (answer ? !led_on(answer) : !is_ours(request, host)) return answer ?? notice_page(request, host, NO_SIGNAL, 503);
  await host.phone.belong_to(null, answer ? null : owed);
  await forget_opened(host);
  return answer ?? notice_page(request, host, SIGNED_OUT, 200);
}

/** The server's pages, photos and documents. @param {Pick<Host, "build" | "caches">} host */
export function forget_opened({ build, caches }) {
  return Promise.all([caches.delete(pages_cache(build)), caches.delete(FILES), forget_pinned(caches)]);
}

/** The server leads on to another page only when it has done what was asked. @param {Response} answer */
function led_on(answer) {
  return answer.type === "opaqueredirect" || answer.redirected || answer.headers.has("hx-redirect");
}

/** A text or photo from another app. @param {Request} request @param {Host} host */
async function shared(request, host) {
  const phone = await host.phone.in_use();
  return phone === null ? from_server(request, host) : keep_shared(await request.formData(), phone).catch(() => notice_page(request, host, BROKEN, 500));
}

