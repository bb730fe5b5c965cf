import { on_message } from "./worker.js";

/**
 * Asks the browser to promise that it keeps the phone's data; after a save, when it is plain what for: Firefox asks the user,
 * Chromium decides by itself.
 */
export function ask_to_keep_data() {
  on_message("saved", () => void persist());
  if (matchMedia("(display-mode: standalone)").matches) void persist();
}

async function persist() {
  if (await navigator.storage?.persisted?.()) return;
  await navigator.storage?.persist?.();
}
