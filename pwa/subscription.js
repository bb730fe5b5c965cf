/** This browser's subscription to push messages: making it, and telling the server its address. */

const ADDRESS = "/more/reminders/subscription";
/** The name of a cache, and of its one entry: the moment when a push last arrived here. */
export const ARRIVED = "push";

/**
 * Returns the server's answer: the key that the subscription must have been made for, and whether it was taken. Null: the server
 * could not be told.
 * @param {PushSubscription | null} subscription @param {string | null} csrf @returns {Promise<{key: string, taken: boolean} | null>}
 */
export async function tell_server(subscription, csrf) {
  const { endpoint = "", keys = {} } = subscription?.toJSON() ?? {};
  const body = new URLSearchParams({ endpoint, ...keys });
  const options = /** @type {const} */ ({ method: "POST", redirect: "manual" });
  const answer = await fetch(ADDRESS, { ...options, body, headers: { "X-CSRFToken": csrf ?? "" } }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

/** @param {PushManager} manager @param {string | ArrayBuffer | null} key */
export function subscribe(manager, key) {
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
