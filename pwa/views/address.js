/** Parts of addresses, escaped as Python's urllib does it. */

/** @param {string} text */
export function quoted(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {Record<string, string | number>} values */
export function query(values) {
  return Object.entries(values).map(([name, value]) => `${plus(name)}=${plus(String(value))}`).join("&");
}

/** @param {string} text */
function plus(text) {
  return quoted(text).replaceAll("%20", "+");
}
