import type { Agent } from 'node:http';
import fetch, { FetchError } from 'node-fetch';
import { deriveAbort } from '../kit/deadline.ts';
import { errorCodeOf, messageOf } from '../kit/problem.ts';

/** What one HTTP request to IMDS came to. */
export type ImdsExchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Empty unless the status is 200. */
      readonly body: string;
      /** `Retry-After` where it was given in seconds; undefined otherwise. */
      readonly retryAfterMs: number | undefined;
      /** Life of the token that this answer carries; undefined when not told. */
      readonly tokenTtlSeconds: number | undefined;
    }
  /** No complete answer within the time limit. */
  | { readonly kind: 'timeout' }
  /** No connection, or it broke before an answer began. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The connection broke within the answer. */
  | { readonly kind: 'cut' }
  /** Larger than any item of IMDS, or not HTTP. */
  | { readonly kind: 'unusable'; readonly reason: string };

export interface ImdsRequest {
  readonly url: string;
  readonly method: 'GET' | 'PUT';
  readonly headers: Record<string, string>;
  /** Limit for the whole exchange, connect to last byte. */
  readonly timeoutMs: number;
  readonly agent: Agent;
}

/** The largest item read here, the interface list, stays below 2 KiB. */
const largestBodyBytes = 64 * 1024;

export const tokenTtlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';

/**
 * One request, one outcome. Redirects are not followed. Rejects only with the reason of `signal`, when that
 * aborts first.
 */
export async function exchangeWithImds(request: ImdsRequest, signal: AbortSignal): Promise<ImdsExchange> {
  signal.throwIfAborted();
  const own = deriveAbort(signal, { ms: request.timeoutMs, late: () => undefined });
  let answerBegun = false;
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      agent: request.agent,
      redirect: 'manual',
      compress: false,
      size: largestBodyBytes,
      signal: own.signal,
    });
    answerBegun = true;
    return {
      kind: 'answer',
      status: response.status,
      body: response.status === 200 ? await response.text() : '',
      retryAfterMs: positiveMs(response.headers.get('retry-after')),
      tokenTtlSeconds: positiveNumber(response.headers.get(tokenTtlHeader)),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (own.signal.aborted) return { kind: 'timeout' };
    return exchangeFailure(error, answerBegun);
  } finally {
    own.release();
    // Ends the connection where the answer was not read to its end; nothing happens otherwise.
    own.abort();
  }
}

function exchangeFailure(error: unknown, answerBegun: boolean): ImdsExchange {
  if (error instanceof FetchError && error.type === 'max-size') {
    return { kind: 'unusable', reason: `more than ${largestBodyBytes} bytes` };
  }
  const code = errorCodeOf(error);
  if (code?.startsWith('HPE_')) return { kind: 'unusable', reason: `not HTTP (${code})` };
  if (answerBegun) return { kind: 'cut' };
  return { kind: 'unreachable', reason: code ?? messageOf(error) };
}

function positiveNumber(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

/** The date form of `Retry-After` is passed over: it would need two clocks that agree. */
function positiveMs(header: string | null): number | undefined {
  const seconds = positiveNumber(header);
  return seconds === undefined ? undefined : seconds * 1000;
}
