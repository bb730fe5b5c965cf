/** The pill on every screen: how sending stands, in two words. On the server nothing waits. */

import { msgid } from "../translations.js";

/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {keyof typeof TROUBLES | null} Trouble what stands in the way until somebody does something about it */
/** @typedef {{waiting: number, parked: number, lost: number, trouble: Trouble, loading: boolean, files: number}} Standing `loading`:
 *   their customers come in for the first time; files: of entries that are sent */

export const TROUBLES = {
  signed_out: msgid("Sign in to send"),
  wrong_user: msgid("Somebody else is signed in"),
  update_needed: msgid("Update needed"),
  full: msgid("No room left"),
};

/** @param {Translator} t @param {Standing} standing */
export function pill_of(t, { waiting, parked, lost, trouble, loading, files }) {
  let [state, text] = ["waiting", ""];
  if (parked + lost) [state, text] = ["needs_you", t.n("%(n)s needs you", "%(n)s need you", parked + lost)];
  else if (trouble) [state, text] = ["trouble", t(TROUBLES[trouble])];
  else if (waiting) text = t.n("%(n)s waiting", "%(n)s waiting", waiting);
  else if (loading) text = t("Loading…");
  else if (files) text = t.n("%(n)s file pending", "%(n)s files pending", files);
  else [state, text] = ["sent", t("All sent")];
  return { state, text, unsent: waiting + parked };
}
