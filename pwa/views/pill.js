/** The pill on every screen: how sending stands, in two words. On the server nothing waits. */

/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {{waiting: number, parked: number, lost: number, signed_out: boolean, loading: boolean}} Standing `loading`:
 *   their customers come in for the first time */

/** @param {Translator} t @param {Standing} standing */
export function pill_of(t, { waiting, parked, lost, signed_out, loading }) {
  const unsent = waiting + parked;
  if (parked + lost) return { state: "needs_you", text: t.n("%(n)s needs you", "%(n)s need you", parked + lost), unsent };
  if (signed_out) return { state: "signed_out", text: t("Sign in to send"), unsent };
  if (waiting) return { state: "waiting", text: t.n("%(n)s waiting", "%(n)s waiting", waiting), unsent };
  if (loading) return { state: "waiting", text: t("Loading your customers…"), unsent };
  return { state: "sent", text: t("All sent"), unsent };
}
