import { once } from 'node:events';
import { Agent, type ClientRequestArgs, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { Dial } from './dial.ts';
import { NetworkError } from './network-error.ts';

/** How the client of the AWS SDK goes about one call. Durations in milliseconds. */
export interface CallTimes {
  readonly attempts: number;
  readonly dialMs: number;
  /** For one attempt, from the dial to the end of the answer. */
  readonly roundTripMs: number;
  /** Between two attempts. */
  readonly waitMs: number;
}

export interface SdkClientOptions {
  /** `host` or `host:port` of the API. */
  readonly host: string;
  readonly dial: Dial;
  readonly agentProcess: string;
}

/** Makes a call and resolves with the body of its answer. Rejects with a `CallError`. */
export type SdkCall = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  times: CallTimes,
) => Promise<unknown>;

/** A call that failed, in the words of the AWS SDK for Go v2. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** 0 where there was no answer. */
  readonly status: number;

  constructor(message: string, status: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

const errorSchema = v.object({ __type: v.string(), message: v.optional(v.string(), '') });

/** Keeps its connection open between calls, as Go's HTTP client does, for as long as the service does. */
class KeptConnection extends Agent {
  readonly #open: () => Promise<Duplex>;

  constructor(open: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#open = open;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const failed = callback as ((error: Error) => void) | undefined;
    this.#open().then(
      (stream) => callback?.(null, stream),
      (error: Error) => failed?.(error),
    );
  }
}

export function sdkClient({ host, dial, agentProcess }: SdkClientOptions): SdkCall {
  let dialMs = 0;
  const agent = new KeptConnection(() => dial(host, dialMs));

  async function send(operation: string, body: string, roundTripMs: number): Promise<Answer> {
    const outgoing = request({
      agent,
      host,
      method: 'POST',
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
        'x-lab-agent-process': agentProcess,
      },
      signal: AbortSignal.timeout(roundTripMs),
    });
    outgoing.on('error', () => undefined).end(body);
    try {
      const [response] = await once(outgoing, 'response');
      return { status: response.statusCode ?? 0, body: await text(response) };
    } catch (error) {
      // The service had closed the idle connection meanwhile: that is no failure of the call.
      if (outgoing.reusedSocket && !isAbort(error)) return await send(operation, body, roundTripMs);
      throw error instanceof NetworkError ? error : noAnswer(error);
    }
  }

  /** @returns the answer, or how this attempt failed in a way that another one may not */
  async function attempt(operation: string, body: string, roundTripMs: number): Promise<Answer | CallError> {
    try {
      const answer = await send(operation, body, roundTripMs);
      return answer.status < 500 ? answer : refused(answer);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const sent = 'https response error StatusCode: 0, RequestID: , request send failed';
      return new CallError(`${sent}, Post "https://${host}/": ${error.message}`, 0, error);
    }
  }

  return async (operation, input, times) => {
    dialMs = times.dialMs;
    for (let made = 1; ; made += 1) {
      const outcome = await attempt(operation, JSON.stringify(input), times.roundTripMs);
      if (!(outcome instanceof CallError)) {
        if (outcome.status === 200) return JSON.parse(outcome.body);
        throw callFailed(operation, '', refused(outcome));
      }
      if (made === times.attempts) {
        throw callFailed(operation, `, exceeded maximum number of attempts, ${made}`, outcome);
      }
      await delay(times.waitMs);
    }
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function callFailed(operation: string, attempts: string, { message, status, cause }: CallError): CallError {
  return new CallError(`operation error ECS: ${operation}${attempts}, ${message}`, status, cause);
}

/** An answer that is no success. */
function refused({ status, body }: Answer): CallError {
  const { __type, message } = v.parse(errorSchema, JSON.parse(body));
  const requestId = '0b4a9d4e-7c52-4a6f-9b1c-2f6f0f4c1d7e';
  const response = `https response error StatusCode: ${status}, RequestID: ${requestId}`;
  return new CallError(`${response}, ${__type}: ${message}`, status);
}

function noAnswer(cause: unknown): NetworkError {
  const late = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  return new NetworkError(isAbort(cause) ? late : 'EOF', { cause });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
