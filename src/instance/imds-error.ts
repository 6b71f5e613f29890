import { type Problem, ProblemError } from '../kit/problem.ts';
import { imdsBadAnswer, imdsRefused, imdsThrottled } from './imds-problems.ts';

/**
 * - `never`: asking again gives the same
 * - `at-once`: a new token may help
 * - `later`: after a pause
 */
export type ImdsRetry = 'never' | 'at-once' | 'later';

/** Thrown when IMDS gave no usable answer to one request, retries included. */
export class ImdsError extends ProblemError {
  readonly retry: ImdsRetry;
  /** How long IMDS itself asked not to be queried; undefined when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, retry: ImdsRetry, retryAfterMs?: number) {
    super(problem);
    this.name = 'ImdsError';
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error for an answer that gave neither a value nor "there is no such item". */
export function imdsErrorOf(
  { status, retryAfterMs }: { readonly status: number; readonly retryAfterMs: number | undefined },
  endpoint: string,
  what: string,
): ImdsError {
  if (status === 401) return new ImdsError(imdsRefused(endpoint, what, status), 'at-once');
  if (status === 403) return new ImdsError(imdsRefused(endpoint, what, status), 'never');
  if (status === 429 || status === 503) {
    return new ImdsError(imdsThrottled(endpoint, status), 'later', retryAfterMs);
  }
  const retry = status >= 500 ? 'later' : 'never';
  return new ImdsError(imdsBadAnswer(endpoint, what, `HTTP ${status}`), retry, retryAfterMs);
}
