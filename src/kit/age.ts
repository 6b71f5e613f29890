/** By source: how old an answer may be to be given again, in milliseconds. A source left out is not asked. */
export type MaxAges<Source extends string> = Readonly<Partial<Record<Source, number>>>;

/**
 * By source: how long before the look it had answered, in milliseconds. 0: in this very look; undefined: never, or its
 * answers are not kept and it was not asked in this look.
 */
export type Ages<Source extends string> = Readonly<Partial<Record<Source, number | undefined>>>;

/** The last answer of a source, given again while it is not too old. */
export interface Memory<Value> {
  /** The answer, if it is younger than `maxAgeMs`: with 0 never, with Infinity whenever there is one. */
  recall(maxAgeMs: number): Value | undefined;
  keep(value: Value): void;
  forget(): void;
  /** How long before `lookMs` it was kept, 0 when since then; undefined when nothing is. */
  ageAt(lookMs: number): number | undefined;
}

/** @param nowMs a clock that never jumps, in milliseconds */
export function createMemory<Value>(nowMs: () => number): Memory<Value> {
  let kept: { readonly value: Value; readonly atMs: number } | undefined;
  return {
    recall: (maxAgeMs) => (kept !== undefined && nowMs() - kept.atMs < maxAgeMs ? kept.value : undefined),
    keep: (value) => {
      kept = { value, atMs: nowMs() };
    },
    forget: () => {
      kept = undefined;
    },
    ageAt: (lookMs) => kept && Math.max(0, lookMs - kept.atMs),
  };
}
