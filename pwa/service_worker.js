/** The service worker: a second server on the phone. Here its events are only wired to those who answer them. */
import "../build/generated/icons.js"; // these first, because what follows repeats much of them (docs/decisions/0023)
import "../build/generated/templates.js";
import "../sync/validation.js";
import "./answer.js";
import "./answers.js";
import { answer_to, forget_opened } from "./fetching.js";
import { assets_cache, discard_old_versions, install, keep_rest, take_over } from "./lifecycle.js";
import { arrive, fall_silent, move, take_down, tapped } from "./notifications.js";
import { Phone } from "./phone.js";
import { negotiate } from "./translations.js";
import { leave_torn_log } from "../sync/local_database.js";
import { real_ports } from "../sync/ports.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const SEND = "legwork-send";

/** The form token as a page last told it, for browsers whose workers cannot read cookies. @type {string | null} */
let token_of_page = null;

async function csrf_token() {
  const { cookieStore: cookies } = /** @type {{cookieStore?: {get(name: string): Promise<{value: string} | null>}}} */ (
    /** @type {unknown} */ (worker));
  return (await cookies?.get("csrftoken"))?.value ?? token_of_page;
}

/** Called once by the few lines that the build writes: they name the version and what to keep for offline.
 * @param {import("./lifecycle.js").Build} build */
export function start(build) {
  const ports = real_ports({ csrf_token });
  if ("userAgentData" in navigator) leave_torn_log(ports).catch(() => undefined); // in Chromium and its kin
  const phone = new Phone(ports, device_of(worker, build));
  const host = { build, phone, caches, origin: worker.location.origin };

  worker.addEventListener("install", (event) => event.waitUntil(install(build, caches, negotiate(navigator.languages)).then(() => make_way(phone))));
  worker.addEventListener("activate", (event) => event.waitUntil(begin(build, phone)));
  worker.addEventListener("fetch", (event) => {
    const answer = answer_to(event.request, host);
    if (answer === null) return;
    event.respondWith(answer);
    event.waitUntil(answer.then(() => phone.spread_news()));
  });
  worker.addEventListener("message", (event) => event.waitUntil(hear(event.data, phone, build)));
  worker.addEventListener("push", (event) => event.waitUntil(
    arrive(event, phone, worker).then((path) => answer_to(new Request(path, { headers: [["hx-request", "true"]] }), host))));
  worker.addEventListener("notificationclick", (event) => event.waitUntil(tapped(event, phone, worker)));
  worker.addEventListener("pushsubscriptionchange", (event) => {
    const changed = /** @type {ExtendableEvent} */ (event);
    changed.waitUntil(move(changed, phone, worker.registration));
  });
  worker.addEventListener("sync", (event) => {
    const woken = /** @type {ExtendableEvent & {tag: string}} */ (event);
    if (woken.tag === SEND) woken.waitUntil(phone.sync("background"));
  });
}

/** @param {ServiceWorkerGlobalScope} scope @param {import("./lifecycle.js").Build} build @returns {import("./phone.js").Device} */
function device_of(scope, build) {
  const pages = new BroadcastChannel("legwork");
  const registration = /** @type {{sync?: {register(tag: string): Promise<void>}}} */ (/** @type {unknown} */ (scope.registration));
  return {
    tell: (message) => pages.postMessage(message),
    // Only from the cache, so that no screen waits for the network.
    catalog: async (locale) => {
      const kept = await (await caches.open(assets_cache(build))).match(build.catalogs[locale]);
      if (kept) return kept.json();
      void rest(build);
      throw new Error(`no catalog yet: ${locale}`);
    },
    caches,
    forget_pages: () => forget_opened({ build, caches }),
    fall_silent: () => fall_silent(scope.registration),
    take_down: (...what) => take_down(scope.registration, ...what),
    badge: async (count) => scope.navigator.setAppBadge?.(count),
    update: () => scope.registration.update(),
    wake_later: async () => registration.sync?.register(SEND).catch(console.info),
  };
}

/** @param {import("./lifecycle.js").Build} build @param {Phone} phone */
async function begin(build, phone) {
  await discard_old_versions(build, caches);
  await worker.clients.claim();
  void phone.sync("start");
  void rest(build); // not awaited: pages wait until the worker is active, and the line may be silent
}

/** @param {import("./lifecycle.js").Build} build */
async function rest(build) {
  await keep_rest(build, caches).catch(console.info);
}

/** @param {Phone} phone */
async function make_way(phone) {
  await take_over({
    skip_waiting: () => worker.skipWaiting(),
    pages: () => worker.clients.matchAll({ type: "window", includeUncontrolled: true }),
    locks: navigator.locks,
    sending: await phone.sender_locks(),
  });
}

/** @param {any} message @param {Phone} phone @param {import("./lifecycle.js").Build} build */
async function hear(message, phone, build) {
  token_of_page = message?.csrf ?? token_of_page;
  if (message?.type === "hello") await Promise.all([phone.greet(message), rest(build)]);
  if (message?.type === "sync") await phone.sync(message.why);
  if (message?.type === "take_over") await make_way(phone);
}

