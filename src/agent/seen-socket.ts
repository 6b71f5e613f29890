import type { TcpSocket } from './tcp-table.ts';

/** A connection as one reading shows it. */
export interface SeenSocket extends TcpSocket {
  /** When this very socket was first seen ESTABLISHED, on the monotonic clock; undefined when it is not. */
  readonly establishedMonoMs: number | undefined;
}

/** Connections of the agent's own processes to port 443 as they were at `readMonoMs`, or why they cannot be read. */
export type AgentSockets =
  | { readonly connections: readonly SeenSocket[]; readonly readMonoMs: number; readonly unreadable?: never }
  | { readonly connections?: never; readonly readMonoMs?: never; readonly unreadable: string };

/**
 * A websocket that is refused leaves a socket ESTABLISHED for 40 ms at each try: only one that lasts is a connection.
 * Judged by what two readings of the kernel's table showed, never by a reading that stands for a later one.
 */
export function lasts({ establishedMonoMs }: SeenSocket, readMonoMs: number, lastingMs: number): boolean {
  return establishedMonoMs !== undefined && readMonoMs - establishedMonoMs >= lastingMs;
}
