import { Agent } from 'node:http';
import type { Clock } from '../kit/clock.ts';
import type { Settings } from '../settings/settings.ts';
import { backOffMs } from './back-off.ts';
import { type ImdsEndpointMode, imdsEndpoint } from './imds-endpoint.ts';
import { ImdsError, imdsErrorOf } from './imds-error.ts';
import { exchangeWithImds, type ImdsRequest, tokenTtlHeader } from './imds-exchange.ts';
import { imdsBadAnswer, imdsDisabled, imdsRefused } from './imds-problems.ts';

/** How IMDS is to be asked. */
export interface ImdsSettings {
  /** Never ask (`AWS_EC2_METADATA_DISABLED`). */
  readonly disabled: boolean;
  /** URL that wins over `mode`; undefined or empty for the default. */
  readonly endpoint: string | undefined;
  readonly mode: ImdsEndpointMode;
  /** Read without a token where tokens cannot be had. */
  readonly v1Fallback: boolean;
  /** Limit for one request, in milliseconds. */
  readonly timeoutMs: number;
  /** Tries of one `get` in all, whether its token or its read fails. Default 3. */
  readonly tries?: number | undefined;
}

export function imdsSettings(settings: Settings): ImdsSettings {
  return {
    disabled: settings.imdsDisabled,
    endpoint: settings.imdsEndpoint,
    mode: settings.imdsEndpointMode,
    v1Fallback: settings.imdsV1Fallback,
    timeoutMs: settings.imdsTimeoutMs,
  };
}

export interface ImdsClient {
  /** False when nothing is to be asked; every `get` then fails. */
  readonly enabled: boolean;
  /** What is asked, for messages, e.g. `http://169.254.169.254`. */
  readonly endpoint: string;
  /**
   * The text of one item, `path` being what follows `/latest/` (`meta-data/placement/region`); undefined when
   * there is no such item (404).
   * @throws ImdsError when no try gave an answer; the signal's reason when it aborts.
   */
  get(path: string, signal: AbortSignal): Promise<string | undefined>;
}

/** A token, or the knowledge that there is none to be had; until when to rely on it. */
interface ImdsSession {
  readonly token: string | undefined;
  readonly untilMonoMs: number;
}

/** Six hours, the most that IMDSv2 allows. */
const tokenTtlSeconds = 21_600;
const pause = { firstMs: 100, longestMs: 2_000 };

/**
 * A client of IMDSv2 with one session. Sockets are not kept between requests, and no proxy is ever used: an
 * agent of its own is not touched by NODE_USE_ENV_PROXY.
 * @throws ProblemError `imds-bad-endpoint`
 */
export function createImdsClient(
  settings: ImdsSettings,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
): ImdsClient {
  const endpoint = imdsEndpoint(settings.endpoint, settings.mode);
  const { timeoutMs } = settings;
  const tries = settings.tries ?? 3;
  const agent = new Agent({ keepAlive: false });
  let session: ImdsSession | undefined;

  type Asked = Pick<ImdsRequest, 'method' | 'path' | 'what' | 'headers'>;
  const ask = (asked: Asked, signal: AbortSignal) =>
    exchangeWithImds({ ...asked, endpoint, timeoutMs, agent }, signal);

  async function openSession(signal: AbortSignal): Promise<ImdsSession> {
    const what = 'the token request';
    const headers = { [tokenTtlHeader]: String(tokenTtlSeconds) };
    const answer = await ask({ method: 'PUT', path: 'api/token', what, headers }, signal).catch(
      (error: unknown) => {
        if (settings.v1Fallback && isTimeout(error)) return undefined;
        throw error;
      },
    );
    if (answer?.status === 200) {
      if (!isToken(answer.body)) {
        throw new ImdsError(imdsBadAnswer(endpoint, what, 'it is not a token'), 'never');
      }
      return sessionOf(answer.body, answer.tokenTtlSeconds ?? tokenTtlSeconds);
    }
    // As the AWS SDKs fall back to IMDSv1: the PUT is refused, not known, or its answer does not arrive.
    if (answer === undefined || (settings.v1Fallback && [403, 404, 405].includes(answer.status))) {
      return sessionOf(undefined, tokenTtlSeconds);
    }
    if (answer.status === 404 || answer.status === 405) {
      throw new ImdsError(imdsRefused(endpoint, what, answer.status), 'never');
    }
    throw imdsErrorOf(answer, endpoint, what);
  }

  function sessionOf(token: string | undefined, ttlSeconds: number): ImdsSession {
    const ttlMs = ttlSeconds * 1000;
    return { token, untilMonoMs: clock.now().monoMs + ttlMs - Math.min(60_000, ttlMs / 10) };
  }

  async function readOnce(path: string, signal: AbortSignal): Promise<string | undefined> {
    if (session === undefined || clock.now().monoMs >= session.untilMonoMs) {
      session = await openSession(signal);
    }
    const { token } = session;
    const headers: Record<string, string> = token === undefined ? {} : { 'x-aws-ec2-metadata-token': token };
    const answer = await ask({ method: 'GET', path, what: path, headers }, signal);
    if (answer.status === 200) return answer.body;
    if (answer.status === 404) return undefined;
    if (answer.status === 401) session = undefined;
    throw imdsErrorOf(answer, endpoint, path);
  }

  /** Waits before the next try. @throws the error where there is to be none */
  async function pauseAfter(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (!(error instanceof ImdsError) || error.retry !== 'later' || failures >= tries) throw error;
    const retryAfterMs = error.retryAfterMs ?? 0;
    if (retryAfterMs > pause.longestMs) throw error;
    await clock.sleep(Math.max(retryAfterMs, backOffMs(failures, pause, random)), signal);
  }

  async function get(path: string, signal: AbortSignal): Promise<string | undefined> {
    if (settings.disabled) throw new ImdsError(imdsDisabled(), 'never');
    let tokenRenewed = false;
    for (let failures = 1; ; failures += 1) {
      try {
        return await readOnce(path, signal);
      } catch (error) {
        if (wantsNewToken(error) && !tokenRenewed && failures < tries) tokenRenewed = true;
        else await pauseAfter(error, failures, signal);
      }
    }
  }

  return { enabled: !settings.disabled, endpoint, get };
}

function wantsNewToken(error: unknown): boolean {
  return error instanceof ImdsError && error.retry === 'at-once';
}

/** Tokens are opaque; anything with blanks or markup is a page, not a token. */
function isToken(body: string): boolean {
  return /^[\w+/=.:~-]{1,1024}$/.test(body);
}

function isTimeout(error: unknown): boolean {
  return error instanceof ImdsError && error.problem.code === 'imds-timeout';
}
