/**
 * Shows what is pushed on the lock screen, and does what is tapped there. Messages are declarative (`web_push: 8030`): a browser
 * that knows such messages shows them even without this worker.
 */
import { keeping_of } from "./keeping.js";
import { reader_now } from "./person.js";
import { ARRIVED, subscribe, tell_server } from "./subscription.js";

/** @typedef {import("./phone.js").Phone} Phone */
/** @typedef {{path?: string, user_id?: string, follow_up_id?: string, customer_id?: string, of?: string[], rev?: number}} About */

/** Every push shows something, else the browser takes the permission away. Returns the path that a tap will open, so that it can be
 * fetched now, while there is a signal. @param {PushEvent} event @param {Phone} phone @param {ServiceWorkerGlobalScope} scope @returns {Promise<string>} */
export async function arrive(event, phone, scope) {
  const { notification, data } = /** @type {PushEvent & {notification?: Notification}} */ (event);
  const sent = notification ?? message_of(data);
  const { path = "/today", user_id } = /** @type {About} */ (sent.data ?? {});
  // Somebody else may use this phone since the push was sent: they learn only that there was one.
  if (user_id !== (await phone.user_id())) await scope.registration.showNotification("Legwork");
  else if (!notification) await scope.registration.showNotification(sent.title, sent);
  // A full phone has no room for the note, and still fetches what is new.
  await Promise.allSettled([note_arrival(), phone.sync("push")]);
  return path;
}

async function note_arrival() {
  await (await caches.open(ARRIVED)).put(ARRIVED, new Response(/** @type {any} */ (Date.now())));
}

/** @param {PushMessageData | null} data */
function message_of(data) {
  try {
    return data?.json().notification ?? {};
  } catch {
    return {}; // not a message of ours: shown without its text
  }
}

/** @param {NotificationEvent} event @param {Phone} phone @param {ServiceWorkerGlobalScope} scope */
export async function tapped({ action, notification }, phone, scope) {
  const about = /** @type {About} */ (notification.data ?? {});
  notification.close();
  // If the change cannot be saved, as on a full phone, the screen opens, and still shows what is due.
  if (await change(action, about, phone).catch(console.warn)) return phone.spread_news("rows");
  const path = action === "log" ? `/visits/new?customer=${about.customer_id}` : about.path ?? "/today";
  const [page] = await scope.clients.matchAll({ type: "window" });
  if (page) {
    await page.focus();
    await page.navigate(path);
  } else await scope.clients.openWindow(path);
}

/** Saves Done or Tomorrow, which are changes like any other, also without a signal. False: it is neither, or is not this phone's.
 * @param {string} action @param {About} about @param {Phone} phone */
async function change(action, { follow_up_id, customer_id, user_id }, phone) {
  const used = /done|tomorrow/.test(action) ? await phone.in_use() : null;
  if (!used || user_id !== used.reader_me.id) return false;
  const customer = (await used.store.holder(/** @type {string} */ (follow_up_id))) === customer_id
    ? await used.store.customer(/** @type {string} */ (customer_id)) : null;
  if (!customer) return false;
  const { reader_me, db } = used;
  const reader = reader_now(reader_me, db.ports);
  const what = action === "done"
    ? { name: "follow_up.complete", args: { follow_up_id } }
    : { name: "follow_up.snooze", args: { follow_up_id, due_on: reader.in_days(1) } };
  await keeping_of(db, phone).save({ ...what, happened_at: reader.now, customer_id, label: customer.customer.name }, null, []);
  return true;
}

/** Tells the server that the browser gave its subscription another address.
 * @param {Event & {newSubscription?: PushSubscription, oldSubscription?: PushSubscription}} event @param {Phone} phone
 * @param {ServiceWorkerRegistration} registration */
export async function move(event, phone, { pushManager }) {
  const key = event.oldSubscription?.options.applicationServerKey;
  const now = event.newSubscription ?? (key ? await subscribe(pushManager, key) : null);
  if (now) await tell_server(now, await phone.csrf_token());
}

/** The notifications that are shown. An iPhone's browser cannot say until the app is on the home screen. @param {ServiceWorkerRegistration} registration */
const shown_by = async (registration) => (await registration.getNotifications?.()) ?? [];

/** @param {ServiceWorkerRegistration} registration */
export async function fall_silent(registration) {
  for (const shown of await shown_by(registration)) shown.close();
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
}

/** Closes notifications of which everything is done, but only those that the server sent knowing no more than this phone does.
 * @param {ServiceWorkerRegistration} registration @param {number} rev up to which this phone knows
 * @param {() => Promise<string[]>} still the ids of what is still due, asked for only if anything is shown */
export async function take_down(registration, rev, still) {
  const shown = (await shown_by(registration)).filter(({ data }) => data?.rev <= rev);
  const ids = shown.length ? await still() : [];
  for (const one of shown) if (!one.data.of.some((/** @type {string} */ id) => ids.includes(id))) one.close();
}
