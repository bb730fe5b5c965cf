/** How a competitor compares with us at a customer. Twin of server/views/comparison_form.py. */
import { query } from "./address.js";
import { Form } from "./form.js";
import { back_link } from "./visit_form.js";

/** @param {import("./reader.js").Reader} reader @param {import("./held.js").Row} customer @param {string} competitor @param {Form} given */
export function comparison_form(reader, customer, competitor, given) {
  const { t } = reader;
  const known = customer.comparisons?.[competitor];
  const written = { competitor: [competitor], tags: [known ? known.tags.join(t(", ")) : ""], note: [known?.note ?? ""] };
  const form = given.or(written);
  return {
    title: competitor || t("A competitor"),
    customer_name: customer.name,
    action: `/customers/${customer.id}/comparison`,
    draft: comparison_href(customer.id, competitor),
    refused: form.refused,
    back: back_link(reader, customer),
    is_known: Boolean(competitor),
    competitor: form.field("competitor", t("Competitor")),
    tags: form.field("tags", t("Tags")),
    note: form.field("note", t("How they compare")),
  };
}

/** @param {string} customer_id @param {string} competitor */
export function comparison_href(customer_id, competitor) {
  return `/customers/${customer_id}/comparison?${query({ competitor })}`;
}
