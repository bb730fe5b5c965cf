/** Reminders on this device: asked for by a tap only, and looked after at every start. */
import { subscribe, tell_server } from "../subscription.js";
import { cookie } from "./cookie.js";

const WANTED = "reminded";

export function stay_reachable() {
  document.addEventListener("htmx:after:swap", () => void show());
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-push-do]") : null;
    if (button?.getAttribute("data-push-do") === "subscribe") void connect();
    else if (button) void disconnect();
  });
  void start();
}

/** Who asked for reminders here: the next user of this phone did not. */
function user() {
  return document.documentElement.dataset.user ?? "";
}

async function start() {
  if (is_able() && Notification.permission === "granted" && user() && localStorage.getItem(WANTED) === user()) await renew();
  await show();
}

function is_able() {
  return "serviceWorker" in navigator && "PushManager" in self && "Notification" in self;
}

async function manager() {
  return (await navigator.serviceWorker.ready).pushManager;
}

/** The browser may have lost it, the server may have another key, or it may belong to an earlier sign-in by now. */
async function renew() {
  const push = await manager();
  const known = await push.getSubscription();
  const told = await tell_server(known, cookie("csrftoken"));
  if (told === null || told.taken && known && is_for(known, told.key)) return told !== null;
  await known?.unsubscribe();
  return (await tell_server(await subscribe(push, told.key), cookie("csrftoken")))?.taken ?? false;
}

/** @param {PushSubscription} subscription @param {string} key in base64url */
function is_for({ options }, key) {
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "") === key;
}

async function connect() {
  try {
    if (await Notification.requestPermission() !== "granted") return await show();
    if (!await renew()) return await show("failed");
    localStorage.setItem(WANTED, user());
    location.assign("/more/reminders?done=on");
  } catch (error) {
    console.warn("No reminders here:", error);
    await show("failed");
  }
}

async function disconnect() {
  localStorage.removeItem(WANTED);
  await (await (await manager()).getSubscription())?.unsubscribe();
}

/** The page has words for every state. @param {string} [failed] */
async function show(failed) {
  const section = /** @type {HTMLElement | null} */ (document.querySelector("[data-push]"));
  if (section) section.dataset.pushState = failed ?? await state(section.dataset);
}

/** @param {DOMStringMap} told by the server @returns {Promise<string>} */
async function state({ push: key = "", pushKnown }) {
  if (!is_able()) return /iPhone|iPad|Mac.*Touch/.test(navigator.userAgent) ? "home_screen" : "unable";
  if (Notification.permission === "denied") return "denied";
  const known = Notification.permission === "granted" ? await (await manager()).getSubscription() : null;
  return known && pushKnown !== undefined && is_for(known, key) ? "on" : "off";
}
