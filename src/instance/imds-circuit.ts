import type { Problem } from '../kit/problem.ts';
import { backOffMs } from './back-off.ts';

/** Remembers that IMDS failed, and when to ask next. */
export interface ImdsCircuit {
  /** What failed last; undefined since the last success. */
  readonly problem: Problem | undefined;
  mayAsk(monoMs: number): boolean;
  succeeded(): void;
  /** `retryAfterMs`: how long IMDS asked not to be queried, where it did. */
  failed(problem: Problem, retryAfterMs: number | undefined, monoMs: number): void;
}

const betweenLooks = { firstMs: 1_000, longestMs: 60_000 };
/** However long `Retry-After` is, an IMDS that is well again is noticed within this time. */
const longestRetryAfterMs = 300_000;

/** A circuit that doubles its pause from 1 s to 60 s, on the monotonic clock. */
export function createImdsCircuit(random: () => number): ImdsCircuit {
  let problem: Problem | undefined;
  let failures = 0;
  let notBeforeMonoMs = 0;
  return {
    get problem() {
      return problem;
    },
    mayAsk: (monoMs) => failures === 0 || monoMs >= notBeforeMonoMs,
    succeeded: () => {
      problem = undefined;
      failures = 0;
    },
    failed: (newProblem, retryAfterMs, monoMs) => {
      problem = newProblem;
      failures += 1;
      const pauseMs = backOffMs(failures, betweenLooks, random);
      notBeforeMonoMs = monoMs + Math.max(pauseMs, Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
    },
  };
}
