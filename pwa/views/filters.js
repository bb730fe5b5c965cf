/** The chips above the list of customers, and what stands there when a chip shows nobody. Part of server/views/customers.py's twin. */

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./customers.js").Asked} Asked */

/** The filters that a role has, the initial one first: those who see others' customers begin with all; managers have those without an owner. @param {Reader} reader */
export function shows(reader) {
  const mine = ["mine", "nearby", "cold", "leads"];
  if (reader.manages()) mine.push("pool");
  return reader.me.role === "rep" ? mine : ["all", ...mine];
}

/** @param {Reader} reader @param {Asked} shown */
export function filters(reader, shown) {
  const { t } = reader;
  /** @type {Record<string, string>} */
  const labels = { all: t("All"), mine: t("Mine"), nearby: t("Nearby"), cold: t("Going cold"), leads: t("Leads"), pool: t("Pool") };
  return shows(reader).map((show) => ({
    label: labels[show], href: `/customers?show=${show}`, chosen: show === shown.show, near: show === "nearby",
  }));
}

/** @param {Reader} reader @param {Asked} shown */
export function nearby_hint(reader, { show, place, q }) {
  if (show !== "nearby" || place || q) return "";
  return reader.t("To sort by distance, Legwork needs to know where you are. Your place stays on this phone.");
}

/** The text of an empty list; the button to add a customer is below it. @param {Reader} reader @param {Asked} shown */
export function nothing_found(reader, { q, show }) {
  const { t } = reader;
  if (q) return t("Nobody here is called “%(q)s”.", { q });
  if (show === "cold") return t("Nobody is going cold. Customers past their rhythm show here.");
  if (show === "nearby") return t("No customer of yours is on the map yet. A visit logged at the door puts it there.");
  if (show === "pool") return t("Every customer is looked after by somebody.");
  if (show === "leads") return t("No leads yet. Add the next company you hear of.");
  if (!reader.may_write()) return t("No customer is yours yet.");
  return t("No customer is yours yet. Add the first one you will call on.");
}
