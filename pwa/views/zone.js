/**
 * The wall clock's day of thousands of moments. Asking Intl for each takes a second on a cheap phone; the difference to
 * UTC changes twice a year, so it is asked once for each day.
 */
import { local_datetime } from "../words.js";

const DAY_MS = 86_400_000;

/** @type {Map<string, Map<number, number | null>>} */
const zones = new Map();

/** Days since 1970 on the wall clock of a zone. @param {string} moment @param {string} time_zone */
export function local_day_number(moment, time_zone) {
  const ms = Date.parse(moment);
  const offset = offset_of(Math.floor(ms / DAY_MS), time_zone);
  return offset === null ? Date.parse(local_datetime(moment, time_zone).slice(0, 10)) / DAY_MS : Math.floor((ms + offset) / DAY_MS);
}

/** @param {number} day_number */
export function date_of(day_number) {
  return new Date(day_number * DAY_MS).toISOString().slice(0, 10);
}

/** @param {string} date */
export function day_number_of(date) {
  return Date.parse(date) / DAY_MS;
}

/** Null where the clock is put forward or back in that day. @param {number} day @param {string} time_zone @returns {number | null} */
function offset_of(day, time_zone) {
  let days = zones.get(time_zone);
  if (days === undefined) zones.set(time_zone, (days = new Map()));
  let offset = days.get(day);
  if (offset === undefined) {
    const [start, end] = [offset_at(day * DAY_MS, time_zone), offset_at((day + 1) * DAY_MS, time_zone)];
    days.set(day, (offset = start === end ? start : null));
  }
  return offset;
}

/** @param {number} ms @param {string} time_zone */
function offset_at(ms, time_zone) {
  return Date.parse(`${local_datetime(new Date(ms).toISOString(), time_zone)}Z`) - ms;
}
