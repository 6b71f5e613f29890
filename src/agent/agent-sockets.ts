import { readdirSync, readlinkSync } from 'node:fs';
import { createMemory } from '../kit/age.ts';
import type { Clock } from '../kit/clock.ts';
import { readText, unlessGone } from '../kit/files.ts';
import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { readProcessTree } from './agent-process.ts';
import { parseTcpTable, type TcpSocket } from './tcp-table.ts';

/** The port of the ECS control plane, of the API and of both websockets. */
const CONTROL_PLANE_PORT = 443;

/** Connections of the agent's own processes to port 443, or why they cannot be read. */
export type AgentSockets =
  | { readonly connections: readonly TcpSocket[]; readonly unreadable?: never }
  | { readonly connections?: never; readonly unreadable: string };

export interface AgentSocketReader {
  /**
   * What the process and its descendants hold open, in the network namespace of the first. Needs root or
   * CAP_SYS_PTRACE; never throws. A former reading that is younger than `maxAgeMs` stands while a connection that
   * `proves` enough is still open, or while the same sockets are, of which none was on its way.
   */
  read(pid: number, maxAgeMs: number, proves: (connection: TcpSocket) => boolean): AgentSockets;
  /** Lets no former reading stand. */
  forget(): void;
  /** How long before `lookMs` the connections were read, 0 when since then; undefined when they were not. */
  ageAt(lookMs: number): number | undefined;
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
  const last = createMemory<Reading>(() => clock.now().monoMs);

  return {
    forget: last.forget,
    ageAt: last.ageAt,

    read(pid, maxAgeMs, proves) {
      try {
        const recent = last.recall(maxAgeMs);
        const before = recent?.pid === pid ? recent : undefined;
        if (before?.connections.some((one) => proves(one) && isHeld(one, before.held))) return before;
        const held = readProcessTree(procDir, pid).flatMap((one) => readHeldSockets(procDir, one));
        if (
          before &&
          sameSockets(before.held, held) &&
          before.connections.every(({ state }) => state === 'ESTABLISHED')
        )
          return before;
        const inodes = new Set(held.map(({ inode }) => inode));
        const connections = readConnections(procDir, pid, inodes, remotePort);
        if (connections === undefined) return { unreadable: `process ${pid} has ended` };
        const reading = { pid, held, connections };
        last.keep(reading);
        return reading;
      } catch (thrown) {
        return { unreadable: whyUnreadable(pid, thrown) };
      }
    },
  };
}

/** The connections of a process, and all sockets that it held when they were read. */
interface Reading {
  readonly pid: number;
  readonly held: readonly HeldSocket[];
  readonly connections: readonly TcpSocket[];
}

function isHeld({ inode }: TcpSocket, held: readonly HeldSocket[]): boolean {
  return held.some((one) => one.inode === inode && inodeAt(one.link) === inode);
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
    ? `permission denied reading the sockets of process ${pid}; needs root or CAP_SYS_PTRACE`
    : `the sockets of process ${pid} cannot be read: ${messageOf(thrown)}`;
}
