/** The list of customers, with search and filters. Twin of server/views/customers.py. */
import * as words from "../words.js";
import { query } from "./address.js";
import { filters, nearby_hint, nothing_found, shows } from "./filters.js";
import { sorted_by } from "./order.js";
import { joined } from "./reader.js";
import { customer_row, days_over } from "./rows.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("../../sync/replica_rows.js").Summary} Summary */
/** @typedef {{latitude: number, longitude: number}} Place */
/** @typedef {{q: string, show: string, offset: number, place: Place | null}} Asked what the address of the list asks for, mended */

const PAGE = 50;
const PICKER_ROWS = 20;
const EARTH_METRES = 6_371_000;
const NEAR_METRES = 2_000;

/** @param {Store} store @param {Reader} reader @param {Asked} asked */
export async function customers(store, reader, asked) {
  const shown = shown_of(asked, reader);
  const found = await find(store, reader, shown);
  const [page, more] = [found.slice(0, PAGE), found.length > PAGE];
  const steps = await next_steps(store, page);
  const names = await owner_names(store, reader);
  return {
    title: reader.t("Customers"),
    q: shown.q,
    show: shown.show,
    filters: filters(reader, shown),
    rows: page.map((customer) => {
      const others = joined(away(customer, reader, shown), customer.region, names.get(customer.owner_id));
      return customer_row(customer, reader, steps.get(customer.id) ?? null, others);
    }),
    more_href: more ? href("customers", shown, shown.offset + PAGE) : "",
    export_href: href("export.xlsx", shown),
    pool_href: shown.show === "pool" ? href("pool", shown) : "",
    nearby_hint: nearby_hint(reader, shown),
    empty_text: nothing_found(reader, shown),
    can_add: reader.may_write(),
    manages: reader.manages(),
  };
}

/** @param {Asked} asked @param {Reader} reader @returns {Asked} */
function shown_of(asked, reader) {
  const known = shows(reader).includes(asked.show);
  return { ...asked, q: asked.q.trim(), show: known ? asked.show : shows(reader)[0], offset: Math.max(asked.offset, 0) };
}

/** The rows of a page, and one more if there is a next page. @param {Store} store @param {Reader} reader @param {Asked} shown */
async function find(store, reader, shown) {
  if (shown.show === "nearby" && !shown.place && !shown.q) return [];
  const wanted = wanted_of(reader, shown);
  const until = shown.offset + PAGE + 1;
  const whole = shown.show === "cold" || shown.show === "nearby";
  const found = shown.q
    ? await store.search(shown.q, whole ? Infinity : until, wanted)
    : (await store.customers()).filter(wanted);
  return (whole ? sorted(shown, found, reader) : found).slice(shown.offset, until);
}

/** @param {Reader} reader @param {Asked} shown @returns {(customer: Summary) => boolean} */
function wanted_of(reader, { show }) {
  if (show === "mine" && shows(reader).includes("all")) return (customer) => customer.owner_id === reader.me.id;
  if (show === "leads") return (customer) => customer.lifecycle === "lead";
  if (show === "pool") return (customer) => customer.owner_id === null;
  return () => true;
}

/** @param {Asked} shown @param {Summary[]} rows @param {Reader} reader */
function sorted(shown, rows, reader) {
  if (shown.show === "cold") {
    const cold = rows.filter((row) => days_over(row, reader) > 0);
    return shown.q ? cold : cold.sort((one, other) => days_over(other, reader) - days_over(one, reader));
  }
  const { place } = shown;
  if (place === null) return [...rows];
  const placed = rows.map((row) => ({ row, away: metres(row, place) })).filter(({ away }) => away >= 0);
  return placed.sort((one, other) => one.away - other.away).map(({ row }) => row);
}

/** The id of the nearest customer, "" if none is near. @param {Store} store @param {Place | null} place @returns {Promise<string>} */
export async function nearest(store, place) {
  if (place === null) return "";
  const near = (await store.summaries()).map((row) => ({ id: row.id, away: metres(row, place) }))
    .filter(({ away }) => away >= 0 && away <= NEAR_METRES);
  return sorted_by(near, ({ away, id }) => [away, id])[0]?.id ?? "";
}

/** The distance in whole metres, -1 if the customer's place is unknown. @param {Summary} row @param {Place} place */
function metres(row, place) {
  if (row.latitude === null || row.longitude === null) return -1;
  const [here, there] = [radians(place.latitude), radians(row.latitude)];
  const across = Math.sin(radians(row.longitude - place.longitude) / 2);
  const up = Math.sin((there - here) / 2);
  const chord = Math.sqrt(up * up + Math.cos(here) * Math.cos(there) * across * across);
  return Math.floor(2 * EARTH_METRES * Math.asin(Math.min(1, chord)) + 0.5);
}

/** @param {number} degrees */
function radians(degrees) {
  return degrees * (Math.PI / 180);
}

/** By customer id: the day of the next follow-up or planned visit. @param {Store} store @param {Summary[]} rows */
async function next_steps(store, rows) {
  const agenda = await store.agenda();
  const shown = new Set(rows.map((row) => row.id));
  /** @type {Map<string, string>} */
  const steps = new Map();
  for (const row of [...agenda.follow_ups, ...agenda.planned]) {
    const day = row.due_on ?? row.planned_on;
    const known = steps.get(row.customer_id);
    if (shown.has(row.customer_id) && (known === undefined || day < known)) steps.set(row.customer_id, day);
  }
  return steps;
}

/** Owner names by user id; only for readers who see others' customers. @param {Store} store @param {Reader} reader @returns {Promise<Map<string, string>>} */
async function owner_names(store, { me }) {
  if (me.role === "rep") return new Map();
  const others = (await store.people()).filter((person) => person.id !== me.id);
  return new Map(others.map((person) => [person.id, person.name]));
}

/** @param {Summary} customer @param {Reader} reader @param {Asked} shown */
function away(customer, reader, { show, place }) {
  return show === "nearby" && place ? words.distance(metres(customer, place), reader.locale) : "";
}

/** @param {string} to @param {Asked} shown @param {number} offset */
function href(to, { q, show, place }, offset = 0) {
  /** @type {Record<string, string>} */
  const near = place ? { latitude: place.latitude.toFixed(5), longitude: place.longitude.toFixed(5) } : {};
  return `/${to}?${query({ q, show, offset, ...near })}`;
}

/** The search for a customer in a visit's form. @param {Store} store @param {Reader} reader @param {string} q */
export async function picker(store, reader, q) {
  const rows = q.trim() ? await store.search(q, PICKER_ROWS) : (await store.customers()).slice(0, PICKER_ROWS);
  return {
    title: reader.t("Whom did you visit?"),
    q,
    rows: rows.map((row) => customer_row(row, reader, null)),
    empty: q ? reader.t("Nobody here is called “%(q)s”.", { q }) : reader.t("No customer is yours yet."),
  };
}
