/** What a quote comes to, in integers. Twin of server/totals.py, which says why; tests/shared_cases/totals.json holds both to it. */

/** @typedef {Record<string, any>} Line */

const WHOLE_BP = 10_000n;
export const MOST_CENTS = 10 ** 15;

/** @param {Line} line */
function net(line) {
  const gross = BigInt(line.quantity) * BigInt(line.unit_price_cents);
  return gross - (gross * BigInt(line.discount_bp ?? 0) + WHOLE_BP / 2n) / WHOLE_BP;
}

/** @param {Line} line */
export function line_cents(line) {
  return Number(net(line));
}

/** @param {Line[]} lines */
export function totals(lines) {
  let [total, at_list] = [0n, 0n];
  for (const line of lines) {
    total += net(line);
    at_list += BigInt(line.quantity) * BigInt(line.list_price_cents ?? line.unit_price_cents);
  }
  const given = at_list > total ? at_list - total : 0n;
  const discount_bp = given ? Number((given * WHOLE_BP + at_list - 1n) / at_list) : 0;
  return { total_cents: Number(total), list_cents: Number(at_list), discount_bp };
}
