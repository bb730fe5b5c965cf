/** How often a customer orders, found in its orders. Twin of server/rhythm.py, which says why; tests/shared_cases/rhythm.json
 * holds both to it. */

const FEWEST_ORDERS = 3;
const RECENT = 12;
const DAY_MS = 86_400_000;

/** @param {string[]} placed_on */
export function rhythm(placed_on) {
  const days = [...new Set(placed_on)].sort().map((day) => Date.parse(day) / DAY_MS);
  if (days.length < FEWEST_ORDERS) return null;
  const latest = days.slice(1).map((day, at) => day - days[at]).slice(-RECENT).sort((one, other) => one - other);
  const usual_days = Math.floor((latest[(latest.length - 1) >> 1] + latest[latest.length >> 1]) / 2);
  return { usual_days, next_on: new Date((days[days.length - 1] + usual_days) * DAY_MS).toISOString().slice(0, 10) };
}
