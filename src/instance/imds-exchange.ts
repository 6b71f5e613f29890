import type { Agent } from 'node:http';
import fetch, { FetchError } from 'node-fetch';
import { budgets } from '../kit/budgets.ts';
import { deriveAbort } from '../kit/deadline.ts';
import { printable } from '../kit/printable.ts';
import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { ImdsError } from './imds-error.ts';
import { imdsBadAnswer, imdsTimeout, imdsUnreachable } from './imds-problems.ts';

/** One complete answer of IMDS, whatever its status. */
export interface ImdsAnswer {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly body: string;
  /** `Retry-After` where it was given in seconds; undefined otherwise. */
  readonly retryAfterMs: number | undefined;
  /** Life of the token that this answer carries; undefined when not told. */
  readonly tokenTtlSeconds: number | undefined;
}

export interface ImdsRequest {
  readonly endpoint: string;
  /** What follows `/latest/`. */
  readonly path: string;
  /** What is asked, in words for the operator. */
  readonly what: string;
  readonly method: 'GET' | 'PUT';
  readonly headers: Record<string, string>;
  /** Limit for the whole exchange, connect to last byte. */
  readonly timeoutMs: number;
  readonly agent: Agent;
}

export const tokenTtlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';

/**
 * One request, one answer. Redirects are not followed.
 * @throws ImdsError when there is no complete answer; the reason of `signal` when that aborts first
 */
export async function exchangeWithImds(request: ImdsRequest, signal: AbortSignal): Promise<ImdsAnswer> {
  signal.throwIfAborted();
  const { endpoint, path, what, timeoutMs, method, headers, agent } = request;
  const own = deriveAbort(signal, { ms: timeoutMs, late: () => undefined });
  let answerBegun = false;
  try {
    const response = await fetch(`${endpoint}/latest/${path}`, {
      method,
      headers,
      agent,
      redirect: 'manual',
      compress: false,
      size: budgets.imdsBytes,
      signal: own.signal,
    });
    answerBegun = true;
    return {
      status: response.status,
      body: response.status === 200 ? await response.text() : '',
      retryAfterMs: positiveMs(response.headers.get('retry-after')),
      tokenTtlSeconds: positiveNumber(response.headers.get(tokenTtlHeader)),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (own.signal.aborted) throw new ImdsError(imdsTimeout(endpoint, what, timeoutMs), 'later');
    const unusable = whyUnusable(error);
    if (unusable !== undefined) throw new ImdsError(imdsBadAnswer(endpoint, what, unusable), 'never');
    // The connection broke within the answer, or there was none.
    if (answerBegun) throw new ImdsError(imdsBadAnswer(endpoint, what, 'it was truncated'), 'later');
    throw new ImdsError(
      imdsUnreachable(endpoint, errorCodeOf(error) ?? printable(messageOf(error), budgets.quoteLength)),
      'later',
    );
  } finally {
    own.release();
    // Ends the connection where the answer was not read to its end; nothing happens otherwise.
    own.abort();
  }
}

/** Larger than any item of IMDS, or not HTTP. */
function whyUnusable(error: unknown): string | undefined {
  if (error instanceof FetchError && error.type === 'max-size') return `more than ${budgets.imdsBytes} bytes`;
  const code = errorCodeOf(error);
  return code?.startsWith('HPE_') ? `not HTTP (${code})` : undefined;
}

function positiveNumber(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

/** The date form of `Retry-After` is passed over: it would need two clocks that agree. */
function positiveMs(header: string | null): number | undefined {
  const seconds = positiveNumber(header);
  return seconds === undefined ? undefined : seconds * 1000;
}
