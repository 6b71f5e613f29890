import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Log } from './log.ts';

const firstBackoffMs = 250;
/** A session that lasted that long ends a series of failures. */
const resetsAfterMs = 60_000;

export interface Session {
  readonly name: 'ACS' | 'TCS' | 'extra';
  /** Resolves with where to connect; asked before every attempt. */
  discover(): Promise<string>;
  open(endpoint: string): Promise<TLSSocket>;
}

export interface SessionTimes {
  readonly reconnectMs: () => number;
  readonly reconnectMaxMs: number;
  readonly inactiveMs: number;
  readonly sessionMs: Readonly<Record<Session['name'], number>>;
}

/** The agent's own words, in its log. */
const words = {
  ACS: {
    undiscovered: 'ACS: Unable to discover poll endpoint',
    failed: 'Failed to connect to ACS',
    closed: 'ACS WebSocket connection closed for a valid reason',
  },
  TCS: {
    undiscovered: 'Unable to discover poll endpoint',
    failed: 'Error connecting to TCS',
    closed: 'TCS Websocket connection closed for a valid reason',
  },
  extra: { undiscovered: '', failed: 'Error connecting elsewhere', closed: 'Connection elsewhere closed' },
} as const satisfies Record<Session['name'], Record<'undiscovered' | 'failed' | 'closed', string>>;

/** How one session ended: in good order, by an error, or because ACS does not know the instance as active. */
type End = 'closed' | 'failed' | 'inactive';

/**
 * Holds one connection forever: opens it, waits for its end, opens it again. At once after one that was closed in good
 * order; after a failure it waits 250 ms × 1.5 up to a limit. Ends with `signal`, by rejecting.
 */
export async function holdSession(
  session: Session,
  times: SessionTimes,
  log: Log,
  signal: AbortSignal,
): Promise<never> {
  let backoffMs = firstBackoffMs;
  for (;;) {
    const startedAt = performance.now();
    const end = await holdOnce(session, times.sessionMs[session.name], log);
    let waitMs: number;
    if (end === 'closed') {
      waitMs = times.reconnectMs();
      backoffMs = firstBackoffMs;
    } else if (end === 'inactive') {
      log('info', 'Container instance is deregistered');
      waitMs = times.inactiveMs;
    } else {
      if (performance.now() - startedAt > resetsAfterMs) backoffMs = firstBackoffMs;
      waitMs = backoffMs * (0.8 + 0.4 * Math.random());
      backoffMs = Math.min(backoffMs * 1.5, times.reconnectMaxMs);
    }
    if (session.name === 'ACS') tellWait(end, waitMs, log);
    await delay(waitMs, undefined, { signal });
  }
}

async function holdOnce(session: Session, sessionMs: number, log: Log): Promise<End> {
  const { undiscovered, failed, closed } = words[session.name];
  let endpoint: string;
  try {
    endpoint = await session.discover();
  } catch (error) {
    log('error', undiscovered, { error: messageOf(error) });
    return 'failed';
  }
  let socket: TLSSocket;
  try {
    socket = await session.open(endpoint);
  } catch (error) {
    const message = messageOf(error);
    log('error', failed, { error: message });
    return session.name === 'ACS' && message.startsWith('InactiveInstanceException') ? 'inactive' : 'failed';
  }
  log('info', `Connected to ${session.name} endpoint`);
  if (!(await endOf(socket, sessionMs))) return 'failed';
  log('info', closed);
  return 'closed';
}

function tellWait(end: End, waitMs: number, log: Log): void {
  if (end === 'closed') log('info', 'Reconnecting to ACS immediately without waiting');
  else log('info', 'Waiting before reconnecting to ACS', { reconnectDelay: `${waitMs / 1_000}s` });
}

/**
 * Resolves when the connection has ended; ends it itself after `sessionMs`. False where it was reset, which is an error
 * to the agent; an end without a closing handshake is not.
 */
async function endOf(socket: TLSSocket, sessionMs: number): Promise<boolean> {
  if (socket.destroyed) return true;
  let reset = false;
  socket.on('error', () => {
    reset = true;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const timer = setTimeout(() => socket.destroy(), sessionMs);
  socket.on('end', () => socket.destroy());
  await closed;
  clearTimeout(timer);
  return !reset;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
