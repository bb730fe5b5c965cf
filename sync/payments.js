/** Which payments of an order were received, and which are late. Twin of server/payments.py; tests/shared_cases/payments.json
 * holds both to it. */

/** @typedef {Record<string, any>} Payment */
/** @typedef {{payment: Payment, left_cents: number, is_late: boolean}} Instalment an expected payment; left_cents: not received yet */

/** What was received pays for the expected payments in the order of their days.
 * @param {number} total_cents @param {Payment[]} payments @param {string} today */
export function standing(total_cents, payments, today) {
  const received_cents = sum(payments.filter(({ kind }) => kind === "received").map(({ amount_cents }) => amount_cents));
  const key = (/** @type {Payment} */ { on, id }) => on + id;
  const expected = payments.filter(({ kind }) => kind === "expected").sort((one, other) => (key(one) < key(other) ? -1 : 1));
  let there = received_cents;
  const instalments = expected.map((payment) => {
    const paid = Math.min(there, payment.amount_cents);
    there -= paid;
    const left_cents = payment.amount_cents - paid;
    return { payment, left_cents, is_late: left_cents > 0 && payment.on < today };
  });
  const late_cents = sum(instalments.filter(({ is_late }) => is_late).map(({ left_cents }) => left_cents));
  return { instalments, received_cents, open_cents: Math.max(total_cents - received_cents, 0), late_cents };
}

/** @param {number[]} cents */
function sum(cents) {
  return cents.reduce((total, one) => total + one, 0);
}
