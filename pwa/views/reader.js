/** The reader of a screen: user, moment, language and time zone. Twin of server/views/reader.py. */
import * as words from "../words.js";
import { date_of, day_number_of, local_day_number } from "./zone.js";

/** @typedef {import("../translations.js").Translator} Translator */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

export class Reader {
  /** @param {{me: Row, now: string, time_zone: string, t: Translator, new_id: () => string}} reading */
  constructor({ me, now, time_zone, t, new_id }) {
    this.me = me;
    this.now = now;
    this.time_zone = time_zone;
    this.t = t;
    this.new_id = new_id;
    this.locale = t.locale;
    this.today_number = local_day_number(now, time_zone);
    this.today = date_of(this.today_number);
  }

  /** @param {string} moment */
  day_of(moment) {
    return date_of(local_day_number(moment, this.time_zone));
  }

  /** How many days ago. @param {string} moment */
  days_since(moment) {
    return this.today_number - local_day_number(moment, this.time_zone);
  }

  /** @param {number} count */
  in_days(count) {
    return date_of(this.today_number + count);
  }

  /** Monday of this week. */
  monday() {
    return this.in_days(-(((day_number_of(this.today) + 3) % 7 + 7) % 7));
  }

  /** @param {string} moment */
  moment(moment) {
    return words.moment(words.local_datetime(moment, this.time_zone), this.today, this.locale);
  }

  /** @param {string | null} moment */
  ago(moment) {
    return words.ago(moment ? this.day_of(moment) : null, this.today, this.locale);
  }

  may_write() {
    return this.me.role !== "support";
  }

  manages() {
    return this.me.role !== "rep" && this.me.role !== "support";
  }
}

/** @param {(string | null | undefined)[]} parts */
export function joined(...parts) {
  return parts.filter(Boolean).join(" · ");
}

/** The pairs that have a value. @param {[label: string, value: string][]} pairs */
export function known(pairs) {
  return pairs.filter(([, value]) => value).map(([label, value]) => ({ label, value }));
}

/** Sentences joined by spaces, without one after a Chinese full stop. @param {string[]} texts */
export function sentences(...texts) {
  return texts.filter(Boolean).join(" ").replaceAll("。 ", "。");
}
