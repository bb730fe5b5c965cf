/** Tells the server under which address this browser's push service listens. */

const ADDRESS = "/more/reminders/subscription";
/** A cache, and its one entry beside the worker: when a push last arrived here. */
export const ARRIVED = "push";

/**
 * What the server answers: the key that the subscription must have been made for. Null: it could not be told.
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
