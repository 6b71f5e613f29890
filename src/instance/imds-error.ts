import { type Problem, ProblemError } from '../kit/problem.ts';
import type { ImdsExchange } from './imds-exchange.ts';
import { imdsBadAnswer, imdsRefused, imdsThrottled, imdsTimeout, imdsUnreachable } from './imds-problems.ts';

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

/** What was asked of which IMDS, in words for the operator. */
export interface ImdsAsked {
  readonly endpoint: string;
  readonly what: string;
  readonly timeoutMs: number;
}

/** The error for an exchange that gave neither a value nor "there is no such item". */
export function imdsErrorOf(exchange: ImdsExchange, { endpoint, what, timeoutMs }: ImdsAsked): ImdsError {
  switch (exchange.kind) {
    case 'timeout':
      return new ImdsError(imdsTimeout(endpoint, what, timeoutMs), 'later');
    case 'unreachable':
      return new ImdsError(imdsUnreachable(endpoint, exchange.reason), 'later');
    case 'cut':
      return new ImdsError(imdsBadAnswer(endpoint, what, 'it was truncated'), 'later');
    case 'unusable':
      return new ImdsError(imdsBadAnswer(endpoint, what, exchange.reason), 'never');
    case 'answer':
      return imdsErrorOfStatus(exchange.status, exchange.retryAfterMs, endpoint, what);
  }
}

function imdsErrorOfStatus(
  status: number,
  retryAfterMs: number | undefined,
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
