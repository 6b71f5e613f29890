import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Log } from './log.ts';

const firstBackoffMs = 250;

export interface Session {
  readonly name: 'ACS' | 'TCS' | 'extra';
  /** Opens the connection; called for every attempt. */
  open(): Promise<TLSSocket>;
}

export interface SessionTimes {
  readonly reconnectMaxMs: number;
  readonly sessionMs: number;
}

/**
 * Holds one connection forever: opens it, waits for its end, opens it again. Waits 250 ms × 1.5 between failed
 * attempts, up to a limit; a connection that was made resets that. Ends with `signal`, by rejecting.
 */
export async function holdSession(
  session: Session,
  times: SessionTimes,
  log: Log,
  signal: AbortSignal,
): Promise<never> {
  let backoffMs = firstBackoffMs;
  for (;;) {
    try {
      const socket = await session.open();
      log('info', `Connected to ${session.name} endpoint`);
      backoffMs = firstBackoffMs;
      await endOf(socket, times.sessionMs);
      log('info', `${session.name} Websocket connection closed`);
    } catch (error) {
      log('error', `Error connecting to ${session.name}`, { error: String(error) });
    }
    await delay(backoffMs * (0.8 + 0.4 * Math.random()), undefined, { signal });
    backoffMs = Math.min(backoffMs * 1.5, times.reconnectMaxMs);
  }
}

/** Resolves when the connection has ended; ends it itself after `sessionMs`. */
async function endOf(socket: TLSSocket, sessionMs: number): Promise<void> {
  if (socket.destroyed) return;
  const closed = once(socket, 'close');
  const timer = setTimeout(() => socket.destroy(), sessionMs);
  socket.on('end', () => socket.destroy());
  await closed;
  clearTimeout(timer);
}
