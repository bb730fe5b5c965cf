/** Add a customer, and edit one. Twin of server/views/customer_form.py. */
import { custom_inputs, custom_typed } from "./custom.js";
import { Form } from "./form.js";
import { LIFECYCLES, PRICE_SENSITIVITIES, options } from "./labels.js";
import { sorted_by } from "./order.js";
import { back_link, offered } from "./visit_form.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./form.js").Typed} Typed */
/** @typedef {import("./held.js").Store} Store */
/** @typedef {import("../../sync/replica_rows.js").Row} Row */

const CADENCE_DAYS = 30;
const FURTHER = ["customer_type", "price_sensitivity", "preferred_product_ids", "preferred_products", "preferred_times", "latitude", "longitude"];
const TYPES_KNOWN = 30;
const LIKED = "preferred_product_ids";

/** `rows`: likely duplicates that the user has to look at before saving.
 * @param {Store} store @param {Reader} reader @param {Form} given @param {Record<string, string>[]} [rows] */
export async function new_customer(store, reader, given, rows = []) {
  const fresh = { customer_id: [reader.new_id()], lifecycle: ["lead"], cadence_days: [String(CADENCE_DAYS)] };
  const form = given.over(fresh);
  return {
    ...(await fields(store, reader, form)),
    title: reader.t("New customer"),
    looks_around: true,
    rows,
    action: "/customers",
    draft: "/customers/new",
    is_new: !Object.keys(form.errors).length,
    hiddens: form.hiddens(["customer_id"]),
    back: { href: "/customers", text: reader.t("Customers") },
  };
}

/** @param {Store} store @param {Reader} reader @param {Row} customer @param {Form} given */
export async function edit_customer(store, reader, customer, given) {
  const form = given.over(written(customer));
  return {
    ...(await fields(store, reader, form)),
    title: reader.t("Edit customer"),
    looks_around: false,
    rows: [],
    action: `/customers/${customer.id}`,
    draft: `/customers/${customer.id}/edit`,
    is_new: false,
    hiddens: [],
    back: back_link(reader, customer),
  };
}

/** The form's fields as they would have been typed for this customer. @param {Row} customer @returns {Typed} */
export function written(customer) {
  const texts = ["name", "phone", "address", "region", "customer_type", "lifecycle", "price_sensitivity", "preferred_products", "preferred_times"];
  const place = ["latitude", "longitude"].filter((name) => customer[name] !== null);
  return {
    ...Object.fromEntries(texts.map((name) => [name, [customer[name] || ""]])),
    cadence_days: [String(customer.cadence_days)],
    ...Object.fromEntries(place.map((name) => [name, [customer[name].toFixed(6)]])),
    preferred_product_ids: customer.preferred_product_ids ?? [],
    ...custom_typed(customer.custom ?? {}),
  };
}

/** @param {Store} store @param {Reader} reader @param {Form} form */
async function fields(store, reader, form) {
  const { t } = reader;
  /** @param {string} name @param {string} label */
  const field = (name, label) => form.field(name, label, `fields.${name}`);
  const prices = options(t, PRICE_SENSITIVITIES, form.value("price_sensitivity"), t("Not known"));
  return {
    refused: form.refused,
    name: field("name", t("Name")),
    phone: field("phone", t("Phone")),
    address: field("address", t("Address")),
    region: field("region", t("Region")),
    custom: custom_inputs(await store.custom_fields(), form),
    lifecycle: { ...field("lifecycle", t("Stage")), options: options(t, LIFECYCLES, form.value("lifecycle")) },
    cadence_days: field("cadence_days", t("Days between visits")),
    customer_type: field("customer_type", t("Kind of customer")),
    known_types: await known_types(store),
    price_sensitivity: { ...field("price_sensitivity", t("Price")), options: prices },
    products: { ...form.ticks(LIKED, t("Preferred products"), await offered(store, form.values(LIKED))), error: form.error(LIKED, `fields.${LIKED}`) },
    preferred_products: field("preferred_products", t("Likes besides")),
    preferred_times: field("preferred_times", t("Preferred times")),
    latitude: field("latitude", t("Latitude")),
    longitude: field("longitude", t("Longitude")),
    further_open: FURTHER.some((name) => form.value(name) || form.error(name, `fields.${name}`)),
  };
}

/** @param {Store} store */
async function known_types(store) {
  const found = new Set((await store.customers()).map((customer) => customer.customer_type).filter((type) => type !== null));
  return sorted_by([...found], (type) => [type]).slice(0, TYPES_KNOWN);
}
