/** How a page speaks with the service worker. */
import { cookie } from "./cookie.js";

const channel = "BroadcastChannel" in self ? new BroadcastChannel("legwork") : null;

/** @typedef {{type: string} & Record<string, any>} Message */

/** Registers the worker. Without one (an old browser) the server answers the same pages, so the page says nothing. */
export async function start_worker() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/service_worker.js", { type: "module", updateViaCache: "none" });
  } catch (error) {
    console.warn("No worker:", error);
  }
}

/** @param {Message} message */
export async function tell(message) {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.ready;
  registration.active?.postMessage({ ...message, csrf: cookie("csrftoken") });
}

/** @param {string} type @param {(message: Message) => void} hear */
export function on_message(type, hear) {
  channel?.addEventListener("message", ({ data }) => {
    if (data?.type === type) hear(data);
  });
}
