import { readdirSync, readlinkSync } from 'node:fs';
import type { Clock } from '../kit/clock.ts';
import { readText, unlessGone } from '../kit/files.ts';
import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { readProcessTree } from './agent-process.ts';
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
   * What the process and its descendants hold open, in the network namespace of the first. Needs root or
   * CAP_SYS_PTRACE; never throws. How far a former reading may stand:
   * - `afresh`: not at all
   * - `same-sockets`: where none of its connections was on its way, and the same sockets are open
   * - a predicate: also where a connection that it accepts is still open, whatever else is
   */
  read(pid: number, stands: 'afresh' | 'same-sockets' | ((proof: TcpSocket) => boolean)): AgentSockets;
}

/** A socket by its inode, and where a process holds it. */
interface HeldSocket {
  readonly inode: number;
  readonly link: string;
}

export function createAgentSocketReader(
  clock: Clock,
  procDir: string,
  remotePort = CONTROL_PLANE_PORT,
): AgentSocketReader {
  let last = {
    pid: 0,
    held: [] as readonly HeldSocket[],
    atMs: Number.NEGATIVE_INFINITY,
    connections: [] as readonly TcpSocket[],
  };

  function isHeld({ inode }: TcpSocket): boolean {
    return last.held.some((one) => one.inode === inode && inodeAt(one.link) === inode);
  }

  return {
    read(pid, stands) {
      try {
        const { monoMs } = clock.now();
        const recent = stands !== 'afresh' && last.pid === pid && monoMs - last.atMs < MAX_AGE_MS;
        if (
          recent &&
          typeof stands === 'function' &&
          last.connections.some((one) => stands(one) && isHeld(one))
        )
          return { connections: last.connections };
        const held = readProcessTree(procDir, pid).flatMap((one) => readHeldSockets(procDir, one));
        const same =
          recent &&
          sameSockets(last.held, held) &&
          last.connections.every(({ state }) => state === 'ESTABLISHED');
        if (!same) {
          const inodes = new Set(held.map(({ inode }) => inode));
          const connections = readConnections(procDir, pid, inodes, remotePort);
          if (connections === undefined) return { unreadable: `process ${pid} has ended` };
          last = { pid, held, atMs: monoMs, connections };
        }
        return { connections: last.connections };
      } catch (thrown) {
        return { unreadable: whyUnreadable(pid, thrown) };
      }
    },
  };
}

function sameSockets(before: readonly HeldSocket[], now: readonly HeldSocket[]): boolean {
  return before.length === now.length && before.every(({ inode }, index) => inode === now[index]?.inode);
}

/** Undefined when the process has ended. */
function readConnections(
  procDir: string,
  pid: number,
  inodes: ReadonlySet<number>,
  remotePort: number,
): readonly TcpSocket[] | undefined {
  const read = (table: string) => readText(`${procDir}/${pid}/net/${table}`, 'latin1');
  const tcp = read('tcp');
  if (tcp === undefined) return undefined;
  // Missing where IPv6 is switched off.
  const tcp6 = read('tcp6') ?? '';
  return [tcp, tcp6]
    .flatMap((text) => parseTcpTable(text, remotePort))
    .filter(({ inode }) => inodes.has(inode));
}

function readHeldSockets(procDir: string, pid: number): readonly HeldSocket[] {
  const directory = `${procDir}/${pid}/fd`;
  return (unlessGone(() => readdirSync(directory)) ?? []).flatMap((fd) => {
    const link = `${directory}/${fd}`;
    const inode = inodeAt(link);
    return inode === undefined ? [] : [{ inode, link }];
  });
}

/** Undefined where no socket is held, or nothing any more. */
function inodeAt(link: string): number | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(unlessGone(() => readlinkSync(link)) ?? '')?.[1];
  return inode === undefined ? undefined : Number(inode);
}

function whyUnreadable(pid: number, thrown: unknown): string {
  const code = errorCodeOf(thrown);
  return code === 'EACCES' || code === 'EPERM'
    ? `the sockets of process ${pid} may not be read; that needs root or CAP_SYS_PTRACE`
    : `the sockets of process ${pid} cannot be read: ${messageOf(thrown)}`;
}
