/** Bounds of an exponential back-off, in milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Milliseconds to wait after failure number `failures` (1 for the first): doubling from `firstMs` to
 * `longestMs`, of which a random half is taken off so that a fleet does not ask in step.
 * `random` gives [0, 1).
 */
export function backOffMs(failures: number, backOff: BackOff, random: () => number): number {
  const full = Math.min(backOff.longestMs, backOff.firstMs * 2 ** (failures - 1));
  return Math.round(full * (0.5 + random() / 2));
}
