import type { ServerResponse } from 'node:http';
import type { ApiVersions } from './descriptions.ts';

/**
 * What the embedded Engine does wrong:
 * - `hang`: takes requests and answers none until the fault is lifted, then all of them
 * - `refuse`: nobody listens on the socket (ECONNREFUSED)
 * - `absent`: the socket does not exist (ENOENT)
 * - `html`: answers 200 with a page of HTML
 * - `half-json`: answers the first half of what it should, as if that were all
 * - `cut`: hangs up in the middle of the answer
 */
export type EngineFault = 'hang' | 'refuse' | 'absent' | 'html' | 'half-json' | 'cut';

/** The ends of the embedded Engine that tests turn. */
export interface EngineFaults {
  /** Replaces the fault in force. `only` limits it to requests whose path, version removed, it matches. */
  set(fault: EngineFault | undefined, only?: RegExp): Promise<void>;
  /** Ends every `GET /events` under way, as a restarting dockerd does. */
  closeEventStreams(): void;
  /** Docker 29: minimum 1.44, maximum 1.52. Docker 1.12: minimum 1.12, maximum 1.24. */
  setApiVersions(versions: ApiVersions): void;
}

/** Writes an answer as `fault` has it. */
export function sendBody(
  response: ServerResponse,
  status: number,
  body: string,
  fault: EngineFault | undefined,
): void {
  const type = body === 'OK' ? 'text/plain; charset=utf-8' : 'application/json';
  const half = body.slice(0, Math.ceil(body.length / 2));
  switch (fault) {
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!DOCTYPE html><html><body><h1>It works!</h1></body></html>\n');
      return;
    case 'half-json':
      response.writeHead(status, { 'content-type': type });
      response.end(half);
      return;
    case 'cut':
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.write(half, () => response.destroy());
      return;
    default:
      response.writeHead(status, body === '' ? {} : { 'content-type': type });
      response.end(body);
  }
}
