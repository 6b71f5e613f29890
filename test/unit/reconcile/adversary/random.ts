/** Gives [0, 1); the same numbers for the same seed, on every machine. */
export type Random = () => number;

/** mulberry32: 32 bits of state are enough for a few thousand numbers, and it costs nanoseconds. */
export function seeded(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number from `min` up to `max`, not a whole one. */
export function between(random: Random, min: number, max: number): number {
  return min + random() * (max - min);
}

/** @param list not empty; `undefined` may be one of its items */
export function pick<Item>(random: Random, list: readonly Item[]): Item {
  return list[Math.floor(random() * list.length)] as Item;
}
