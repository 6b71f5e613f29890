import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Clock } from '../system/clock.ts';
import { errorCodeOf, messageOf } from '../system/problem.ts';
import { readProcessTree } from './agent-process.ts';
import { unlessEnded } from './process-stat.ts';
import { parseTcpTable, type TcpSocket } from './tcp-table.ts';

/** The port of the ECS control plane, of the API and of both websockets. */
const CONTROL_PLANE_PORT = 443;

/**
 * For how long a reading stands while the agent opens and closes nothing. The kernel walks its whole table of
 * connections for each, which costs up to 8 ms on a large host.
 */
const MAX_AGE_MS = 300_000;

/** Connections of the agent's own processes to port 443, or why they cannot be told. */
export type AgentSockets =
  | { readonly connections: readonly TcpSocket[]; readonly unreadable?: never }
  | { readonly connections?: never; readonly unreadable: string };

export interface AgentSocketReader {
  /**
   * What the process and its descendants hold open, in the network namespace of the first. Unless `afresh`, a
   * former reading may stand: one without connections that are still on their way, of the same sockets.
   * Needs root or CAP_SYS_PTRACE; never throws.
   */
  read(pid: number, afresh: boolean): AgentSockets;
}

export function createAgentSocketReader(
  clock: Clock,
  procDir: string,
  remotePort = CONTROL_PLANE_PORT,
): AgentSocketReader {
  let last = { sockets: '', atMs: 0, connections: [] as readonly TcpSocket[] };

  return {
    read(pid, afresh) {
      try {
        const inodes = readProcessTree(procDir, pid).flatMap((one) => readSocketInodes(procDir, one));
        const sockets = `${pid} ${inodes.join(' ')}`;
        const { monoMs } = clock.now();
        const stands =
          last.sockets === sockets &&
          monoMs - last.atMs < MAX_AGE_MS &&
          last.connections.every(({ state }) => state === 'ESTABLISHED');
        if (afresh || !stands) {
          const connections = readConnections(procDir, pid, new Set(inodes), remotePort);
          if (connections === undefined) return { unreadable: `process ${pid} has ended` };
          last = { sockets, atMs: monoMs, connections };
        }
        return { connections: last.connections };
      } catch (thrown) {
        return { unreadable: whyUnreadable(pid, thrown) };
      }
    },
  };
}

/** Undefined when the process has ended. */
function readConnections(
  procDir: string,
  pid: number,
  inodes: ReadonlySet<number>,
  remotePort: number,
): readonly TcpSocket[] | undefined {
  const read = (table: string) => unlessEnded(() => readFileSync(`${procDir}/${pid}/net/${table}`, 'latin1'));
  const tcp = read('tcp');
  if (tcp === undefined) return undefined;
  // Missing where IPv6 is switched off.
  const tcp6 = read('tcp6') ?? '';
  return [tcp, tcp6]
    .flatMap((text) => parseTcpTable(text, remotePort))
    .filter(({ inode }) => inodes.has(inode));
}

function readSocketInodes(procDir: string, pid: number): readonly number[] {
  const directory = `${procDir}/${pid}/fd`;
  const inodes: number[] = [];
  for (const fd of unlessEnded(() => readdirSync(directory)) ?? []) {
    const link = unlessEnded(() => readlinkSync(`${directory}/${fd}`));
    const inode = /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1];
    if (inode !== undefined) inodes.push(Number(inode));
  }
  return inodes;
}

function whyUnreadable(pid: number, thrown: unknown): string {
  const code = errorCodeOf(thrown);
  return code === 'EACCES' || code === 'EPERM'
    ? `the sockets of process ${pid} may not be read; that needs root or CAP_SYS_PTRACE`
    : `the sockets of process ${pid} cannot be read: ${messageOf(thrown)}`;
}
