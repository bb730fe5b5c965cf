/** The pill on every screen: how sending stands, in two words. On the server nothing waits. */

import { msgid } from "../translations.js";

/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {keyof typeof TROUBLES | null} Trouble what stands in the way until somebody does something about it */
/** @typedef {{waiting: number, parked: number, lost: number, trouble: Trouble, loading: boolean}} Standing `loading`:
 *   their customers come in for the first time */

export const TROUBLES = {
  signed_out: msgid("Sign in to send"),
  wrong_user: msgid("Somebody else is signed in"),
  update_needed: msgid("Update needed"),
  full: msgid("No room left"),
};

/** @param {Translator} t @param {Standing} standing */
export function pill_of(t, { waiting, parked, lost, trouble, loading }) {
  const unsent = waiting + parked;
  if (parked + lost) return { state: "needs_you", text: t.n("%(n)s needs you", "%(n)s need you", parked + lost), unsent };
  if (trouble) return { state: "trouble", text: t(TROUBLES[trouble]), unsent };
  if (waiting) return { state: "waiting", text: t.n("%(n)s waiting", "%(n)s waiting", waiting), unsent };
  if (loading) return { state: "waiting", text: t("Loading your customers…"), unsent };
  return { state: "sent", text: t("All sent"), unsent };
}
