import type { Clock } from '../../../src/kit/clock.ts';

export interface FakeClock extends Clock {
  /** Milliseconds of every sleep so far. */
  readonly sleeps: number[];
  advance(ms: number): void;
}

/** Time that passes only when told to, or by sleeping, which takes none. The wall clock must not matter. */
export function createFakeClock(): FakeClock {
  let monoMs = 1_000_000;
  const sleeps: number[] = [];
  return {
    sleeps,
    advance: (ms) => {
      monoMs += ms;
    },
    now: () => ({ wallMs: Number.NaN, monoMs }),
    sleep: (ms, signal) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      sleeps.push(ms);
      monoMs += ms;
      return Promise.resolve();
    },
  };
}
