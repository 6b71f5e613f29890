import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong. `slow` answers rightly after a wait, `hang` never, `cut` ends in the middle of the body. */
export type ImdsFaultKind =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'content'; readonly body: string; readonly contentType?: string };

export type ImdsFault = ImdsFaultKind & {
  /** Which requests it meets: the token request, all others, one path below `/latest/`; default all. */
  readonly on?: 'token' | 'read' | { readonly path: string };
  /** How many requests it meets before it is over; default forever. */
  readonly times?: number;
};

/** A fault that stands, with what is left of it. */
export interface StandingFault {
  readonly fault: ImdsFault;
  left: number;
}

/** Takes one use off the first fault that meets this request. */
export function takeFault(standing: StandingFault[], method: string, path: string): ImdsFault | undefined {
  const found = standing.find(({ fault, left }) => left > 0 && meets(fault, method, path));
  if (found === undefined) return undefined;
  found.left -= 1;
  return found.fault;
}

function meets({ on }: ImdsFault, method: string, path: string): boolean {
  if (on === undefined) return true;
  if (on === 'token') return method === 'PUT';
  if (on === 'read') return method !== 'PUT';
  return path === on.path;
}

/** Plays the fault. Resolves to true when the request is still to be answered rightly. */
export async function playFault(
  fault: ImdsFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end(`<h1>${fault.status}</h1>`);
      return false;
    case 'slow':
      await delay(fault.delayMs, undefined, { ref: false });
      return !request.destroyed;
    case 'hang':
      return false;
    case 'cut':
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '1000' });
      response.write('us-', () => request.socket.destroy());
      return false;
    case 'content':
      response.writeHead(200, { 'content-type': fault.contentType ?? 'text/html' }).end(fault.body);
      return false;
  }
}
