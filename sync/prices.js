/** What a kind of customer pays for a product. Twin of list_price in server/models/product.py. */

/** @param {import("./replica_rows.js").Row} product @param {string | null | undefined} customer_type @returns {number | null} */
export function list_price({ prices, price_cents = null }, customer_type) {
  const own = customer_type && Object.hasOwn(prices ?? {}, customer_type) ? prices[customer_type] : null;
  return own ?? price_cents;
}
