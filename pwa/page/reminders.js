/** Reminders on this device: begun by a tap only, and checked at every start. */
import { ARRIVED, subscribe, tell_server } from "../subscription.js";
import { cookie } from "./cookie.js";
import { on_message } from "./worker.js";

const WANTED = "reminded";

export function stay_reachable() {
  document.addEventListener("htmx:after:swap", () => void show());
  on_message("pill", () => void show()); // this message also comes after each push that arrived
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-push-do]") : null;
    if (button?.getAttribute("data-push-do") === "subscribe") void connect();
    else if (button) void disconnect();
  });
  void start();
}

/** The page's user. Who wanted reminders here is remembered, because the next user of this phone may not. */
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

/** Makes sure of the subscription: the browser may have lost it, the server may have another key, or know it from an earlier
 * sign-in. Returns whether the server has it. */
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

/** Shows the state, for each of which the page has its words. @param {string} [failed] */
async function show(failed) {
  const section = /** @type {HTMLElement | null} */ (document.querySelector("[data-push]"));
  if (!section) return;
  const health = await examined(section.dataset);
  section.dataset.pushState = failed ?? state(health);
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll("[data-health]"))) {
    line.dataset.ok = health[/** @type {keyof Health} */ (line.dataset.health)] ? "yes" : "no";
  }
  const time = /** @type {HTMLElement | null} */ (section.querySelector("[data-arrived]"));
  if (time && health.arrived) time.textContent = moment(health.arrived, time.dataset.arrived);
}

/** @typedef {{able: boolean, allowed: boolean, alive: boolean, current: boolean, arrived: number}} Health `arrived`: 0 if nothing has */

/** @param {DOMStringMap} told by the server @returns {Promise<Health>} */
async function examined({ push: key = "", pushKnown }) {
  const able = is_able(), allowed = able && Notification.permission === "granted";
  const known = allowed ? await (await manager()).getSubscription() : null;
  const kept = await globalThis.caches?.match(`/${ARRIVED}`);
  const current = known !== null && pushKnown !== undefined && is_for(known, key);
  return { able, allowed, alive: known !== null, current, arrived: kept ? Number(await kept.text()) : 0 };
}

/** @param {Health} health */
function state({ able, current }) {
  if (!able) return is_apples() ? "home_screen" : "unable";
  if (Notification.permission === "denied") return "denied";
  return current ? "on" : "off";
}

/** Whether it is an iPhone or iPad, where only apps on the home screen can be reminded. An iPad says that it is a Mac, but has a touch
 * screen. */
function is_apples() {
  return /iPhone|iPad/.test(navigator.userAgent) || /Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
}

/** @param {number} at @param {string} [timeZone] the user's, as all times here are */
function moment(at, timeZone) {
  const style = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  return new Intl.DateTimeFormat(document.documentElement.lang, { ...style, timeZone }).format(at);
}
