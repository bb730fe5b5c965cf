/** Random numbers from a seed: everything that is left open in a history is drawn from one of these sequences. */

/** @param {number} seed */
export function chance_of(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  const below = (most) => Math.floor(next() * most);
  return {
    next, below,
    maybe: (likely) => next() < likely,
    pick: (list) => list[below(list.length)],
    /** `[[weight, value], …]` */
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      return (choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1))[1];
    },
  };
}
