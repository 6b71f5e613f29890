import { request } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { budgets } from '../kit/budgets.ts';
import { readBody } from '../kit/http-get.ts';
import { printable } from '../kit/printable.ts';
import { blankEnvironment } from './agent-environment.ts';

/** One request as dockerode hands it over; only what our calls use. */
export interface EngineRequest {
  readonly path: string;
  readonly method: string;
  /** Becomes the query where the path ends in `?`. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly abortSignal?: AbortSignal;
  /** Hand over the answer's stream instead of its parsed body. */
  readonly isStream?: boolean;
}

/** An answer with another status than 2xx. */
export class EngineStatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`status ${status}: ${message}`);
    this.name = 'EngineStatusError';
    this.status = status;
  }
}

/**
 * What dockerode sends its requests through (its `modem`). In place of docker-modem, which follows redirects to
 * wherever they point, never settles when an answer breaks off, and formats every request for a log that nobody
 * reads. One connection a call: a kept one may have died with the Engine that it led to.
 */
export function engineTransport(socketPath: string) {
  return {
    dial(options: EngineRequest, callback: (thrown: unknown, answer?: unknown) => void): void {
      send(socketPath, options).then(
        (answer) => callback(null, answer),
        (thrown) => callback(thrown),
      );
    },
  };
}

/** Settles when the answer is there, the connection is over, or `abortSignal` aborts; nothing stays open then. */
async function send(
  socketPath: string,
  { path, method, options, abortSignal, isStream }: EngineRequest,
): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath,
      path: path.endsWith('?') ? withQuery(path.slice(0, -1), options) : path,
      method,
      headers: { Host: 'docker' },
      agent: false,
      signal: abortSignal,
    });
    outgoing.once('error', reject);
    // The parser has copied it: no second copy of the agent's environment is to stay.
    outgoing.once('socket', (socket) => socket.on('data', (read: Buffer) => read.fill(0)));
    outgoing.once('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      const success = status >= 200 && status < 300;
      // The request's own signal no longer counts once the answer has begun.
      if (abortSignal !== undefined && !(isStream && success)) addAbortSignal(abortSignal, incoming);
      if (isStream && success) {
        resolve(incoming);
        return;
      }
      readBody(incoming, budgets.engineBytes, undefined, blankEnvironment).then((body) => {
        if (success) resolve(parseJson(body));
        else reject(new EngineStatusError(status, messageOfBody(body)));
      }, reject);
    });
    outgoing.end();
  });
}

function withQuery(path: string, options: EngineRequest['options']): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options ?? {})) {
    if (name !== 'abortSignal' && value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

/** The text itself when it is no JSON. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The Engine's errors are `{"message": …}`. */
function messageOfBody(body: string): string {
  const answer = parseJson(body);
  const told = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : body;
  return printable(String(told), budgets.quoteLength);
}
