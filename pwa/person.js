/** Who uses this phone: in which language and zone they read, and when. */
import { LOCALES, negotiate, translator } from "./translations.js";
import { Reader } from "./views/reader.js";
import { new_id, wire_moment } from "../sync/identity.js";

/** @param {Record<string, any>} me */
export function locale_of({ locale }) {
  return locale && LOCALES.includes(locale) ? locale : negotiate(navigator.languages);
}

/** Times are in the phone's zone for people who have set none. @param {import("./views/held.js").Row} me @param {import("../sync/ports.js").Ports} ports */
export function reader_now(me, ports) {
  return new Reader({
    me,
    now: wire_moment(ports.clock()),
    time_zone: me.time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    t: translator(locale_of(me)),
    new_id: () => new_id(ports),
  });
}
