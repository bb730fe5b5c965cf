/** Photos and voice notes on a form: their bytes are kept on the phone first, then they are a field of the form. */
import { downscaled, typed_photo } from "../pictures.js";
import { keep_form, user_database } from "./drafts.js";
import { drop_file, keep_file } from "../../sync/kept_files.js";
import { new_id } from "../../sync/identity.js";

/** With less than this free no photo is taken, so that there is always room for the visit itself. */
const LEAST_ROOM_BYTES = 50_000_000;
/** What is written to try whether there is room: enough for a photo, and for many visits after it. */
const TRIED_BYTES = 5_000_000;
const TRIED = "legwork-room";

/** @type {MediaRecorder | null} */
let recorder = null;
let is_asking = false;

/** Photos being read and notes being recorded, by their form. @type {Map<HTMLFormElement, Promise<unknown>>} */
const coming = new Map();
/** Forms that were submitted meanwhile, and are submitted again when all of these are in. @type {WeakSet<HTMLFormElement>} */
const waiting = new WeakSet();

export function take_photos() {
  document.addEventListener("htmx:after:swap", left);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && recorder?.stop());
  addEventListener("submit", (event) => void wait_for_photos(event), true);
  document.addEventListener("toggle", () => void look_for_room(), true);
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.matches("[data-photo]")) void add_photos(target);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button?.matches("[data-voice]")) void record(button);
    if (button?.matches("[data-drop-photo]")) drop(button);
  });
  void look_for_room();
}

/** Shows the buttons if there is a service worker to send photos, and room to keep them: refused before one is taken, not after. */
async function look_for_room() {
  const place = document.querySelector("[data-photos]");
  if (place === null || !navigator.serviceWorker?.controller) return;
  if (place.closest("details:not([open])")) return;
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const is_full = quota - usage < LEAST_ROOM_BYTES || !(await has_room());
  show(place, "[data-add]", !is_full);
  show(place, "[data-full]", is_full);
  show(place, "[data-voice]", !is_full && "MediaRecorder" in window);
}

/** Tries it, because Chromium promises 10 GB however much room there is. */
async function has_room() {
  try {
    const cache = await caches.open(TRIED);
    await cache.put("/", new Response(new Uint8Array(TRIED_BYTES)));
    return true;
  } catch {
    return false;
  } finally {
    await caches.delete(TRIED);
  }
}

/** @param {Element} place @param {string} what @param {boolean} shown */
function show(place, what, shown) {
  place.querySelector(what)?.toggleAttribute("hidden", !shown);
}

/** Holds a form back until its photos are in: they would be lost without a word. @param {SubmitEvent} event */
async function wait_for_photos(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!coming.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waiting.has(form)) return;
  waiting.add(form);
  recorder?.stop();
  const say_no_more = say_why(form);
  while (coming.has(form)) await coming.get(form);
  waiting.delete(form);
  say_no_more();
  if (form.isConnected) form.requestSubmit(event.submitter);
}

/** Says why the form is not saved yet: on the button that was tapped and, for screen readers, in the status that is on the page
 * from the start. @param {HTMLFormElement} form @returns {() => void} takes it back */
function say_why(form) {
  const why = /** @type {HTMLElement} */ (form.querySelector("[data-photos]")).dataset.photos ?? "";
  const button = /** @type {Element} */ (form.querySelector(".save-bar button"));
  const [label, heard] = [button.textContent, Object.assign(document.createElement("span"), { className: "unseen", textContent: why })];
  button.textContent = why;
  form.querySelector('[role="status"]')?.append(heard);
  return () => {
    button.textContent = label;
    heard.remove();
  };
}

/** Counts the work among what its form has to wait for. @param {Element} place @param {Promise<unknown>} work */
function expect(place, work) {
  const form = /** @type {HTMLFormElement} */ (place.closest("form"));
  const all = Promise.allSettled([coming.get(form), work]).then(() => void (coming.get(form) === all && coming.delete(form)));
  coming.set(form, all);
}

/** When a form is left, its recording ends, and is kept with its draft. */
function left() {
  void look_for_room();
  for (const form of coming.keys()) if (!form.isConnected) recorder?.stop();
}

/** @param {HTMLInputElement} input */
function add_photos(input) {
  const place = /** @type {Element} */ (input.closest("[data-photos]"));
  const files = [...(input.files ?? [])];
  input.value = "";
  expect(place, add_all(place, files));
}

/** @param {Element} place @param {File[]} files */
async function add_all(place, files) {
  let unread = false;
  for (const file of files) {
    const picture = await downscaled(file).catch(() => null);
    if (picture) await add(place, picture);
    else unread = true;
  }
  show(place, "[data-unread]", unread);
  await look_for_room();
}

/** @param {HTMLButtonElement} button a second tap ends it */
async function record(button) {
  if (recorder || is_asking) return recorder?.stop();
  const place = /** @type {Element} */ (button.closest("[data-photos]"));
  is_asking = true;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
  is_asking = false;
  show(place, "[data-silent]", stream === null);
  if (stream === null) return undefined;
  if (!place.isConnected) return end(stream);
  try {
    expect(place, recorded(button, stream).then((sound) => (sound.size ? add(place, sound) : undefined)));
  } catch {
    end(stream);
    show(place, "[data-silent]", true);
  }
  return undefined;
}

/** @param {HTMLButtonElement} button @param {MediaStream} stream @returns {Promise<Blob>} @throws where the system cannot encode sound */
function recorded(button, stream) {
  /** @type {Blob[]} */
  const parts = [];
  const own = new MediaRecorder(stream, { audioBitsPerSecond: 32_000 });
  own.ondataavailable = ({ data }) => parts.push(data);
  own.start();
  recorder = own;
  button.setAttribute("aria-pressed", "true");
  return new Promise((resolve) => {
    own.onstop = () => {
      end(stream);
      recorder = null;
      button.removeAttribute("aria-pressed");
      const [type] = (parts[0]?.type ?? "").split(";"); // of the data, because in Firefox a stopped recorder has forgotten it
      resolve(new Blob(parts, { type }));
    };
  });
}

/** @param {MediaStream} stream */
function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {Element} place @param {Blob} blob */
async function add(place, blob) {
  const db = user_database();
  const hash = await keep_file(db, blob).catch(() => null);
  if (hash === null) return show(place, "[data-full]", true); // there was less room than the browser had promised
  if (place.querySelector(`input[value*="${hash}"]`)) return undefined; // the form has this photo already
  const shape = /** @type {HTMLTemplateElement} */ (place.querySelector(blob.type.startsWith("audio") ? "[data-sound]" : "[data-shot]"));
  const shot = /** @type {Element} */ (/** @type {Element} */ (shape.content.firstElementChild).cloneNode(true));
  const [input, shown] = [shot.querySelector("input"), shot.querySelector("img, audio")];
  /** @type {HTMLInputElement} */ (input).value = typed_photo(new_id(db.ports), hash, blob);
  shown?.setAttribute("src", `/files/${hash}`);
  place.querySelector(".shots")?.append(shot);
  // The event of a form that is no longer on the page would reach no listener.
  if (!place.isConnected) return keep_form(/** @type {HTMLFormElement} */ (place.closest("form")));
  return void input?.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLButtonElement} button */
function drop(button) {
  const [shot, form] = [button.closest(".shot"), button.closest("form")];
  const [, hash] = (shot?.querySelector("input")?.value ?? "").split(" ");
  shot?.remove();
  form?.dispatchEvent(new Event("change", { bubbles: true }));
  void drop_file(user_database(), hash, form?.dataset.draftKey);
}
