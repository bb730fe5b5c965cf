/** The service worker: a second server on the phone. Here only events are wired; what they mean is said elsewhere. */
import { answer_to } from "./fetching.js";
import { discard_old_versions, install, take_over } from "./lifecycle.js";
import { Phone } from "./phone.js";
import { real_ports } from "../sync/ports.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const SEND = "legwork-send";

/** As a page last read it, for browsers whose workers cannot see cookies. @type {string | null} */
let token_of_page = null;

async function csrf_token() {
  const { cookieStore: cookies } = /** @type {{cookieStore?: {get(name: string): Promise<{value: string} | null>}}} */ (
    /** @type {unknown} */ (worker));
  return (await cookies?.get("csrftoken"))?.value ?? token_of_page;
}

/** Called once by the few lines that the build writes: they name the version and what to keep for offline.
 * @param {import("./lifecycle.js").Build} build */
export function start(build) {
  const phone = new Phone(real_ports({ csrf_token }), device_of(worker));
  const host = { build, phone, caches, origin: worker.location.origin };

  worker.addEventListener("install", (event) => event.waitUntil(install(build, caches).then(() => make_way(phone))));
  worker.addEventListener("activate", (event) => event.waitUntil(begin(build, phone)));
  worker.addEventListener("fetch", (event) => {
    const answer = answer_to(event.request, host);
    if (answer === null) return;
    event.respondWith(answer);
    event.waitUntil(answer.then(() => phone.spread_news()));
  });
  worker.addEventListener("message", (event) => event.waitUntil(hear(event.data, phone)));
  worker.addEventListener("push", (event) => event.waitUntil(phone.sync("push")));
  worker.addEventListener("sync", (event) => {
    const woken = /** @type {ExtendableEvent & {tag: string}} */ (event);
    if (woken.tag === SEND) woken.waitUntil(phone.sync("background"));
  });
}

/** @param {ServiceWorkerGlobalScope} scope @returns {import("./phone.js").Device} */
function device_of(scope) {
  const pages = new BroadcastChannel("legwork");
  const registration = /** @type {{sync?: {register(tag: string): Promise<void>}}} */ (/** @type {unknown} */ (scope.registration));
  return {
    tell: (message) => pages.postMessage(message),
    badge: async (count) => scope.navigator.setAppBadge?.(count),
    wake_later: async () => registration.sync?.register(SEND).catch((error) => console.info("No background sync:", error.message)),
  };
}

/** @param {import("./lifecycle.js").Build} build @param {Phone} phone */
async function begin(build, phone) {
  await discard_old_versions(build, caches);
  await worker.clients.claim();
  void phone.sync("start");
}

/** @param {Phone} phone */
async function make_way(phone) {
  await take_over({
    skip_waiting: () => worker.skipWaiting(),
    pages: () => worker.clients.matchAll({ type: "window" }),
    locks: navigator.locks,
    sending: await phone.sender_locks(),
  });
}

/** @param {any} message @param {Phone} phone */
async function hear(message, phone) {
  token_of_page = message?.csrf ?? token_of_page;
  if (message?.type === "hello") await phone.greet(message);
  if (message?.type === "sync") await phone.sync(message.why);
  if (message?.type === "take_over") await make_way(phone);
}

