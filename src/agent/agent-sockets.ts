import { readdirSync, readlinkSync } from 'node:fs';
import { createMemory } from '../kit/age.ts';
import { budgets } from '../kit/budgets.ts';
import type { Clock } from '../kit/clock.ts';
import { readLines, unlessGone } from '../kit/files.ts';
import { errorCodeOf, messageOf } from '../kit/problem.ts';
import { readProcessTree } from './agent-process.ts';
import { type AgentSockets, lasts, type SeenSocket } from './seen-socket.ts';
import { parseTcpTable, type TcpSocket } from './tcp-table.ts';

/** The port of the ECS control plane, of the API and of both websockets. */
const CONTROL_PLANE_PORT = 443;

export interface SocketLook {
  readonly pid: number;
  /** Tells the process from another of the same number. */
  readonly process: string;
  readonly maxAgeMs: number;
  /** What a connection must be for its reading to stand while it is held. */
  readonly proves: (connection: SeenSocket) => boolean;
}

export interface AgentSocketReader {
  /**
   * What the process and its descendants hold open, in the network namespace of the first. Needs root or
   * CAP_SYS_PTRACE; never throws. A former reading that is younger than `maxAgeMs` stands while a connection that
   * lasts and `proves` enough is still held, or while the same sockets are and each of its connections lasts. What is
   * held may be half-closed or dead all the same: no longer than `maxAgeMs` for that.
   */
  read(look: SocketLook): AgentSockets;
  /** Lets no former reading stand. */
  forget(): void;
  /** How long before `lookMs` the connections were read, 0 when since then; undefined when they were not. */
  ageAt(lookMs: number): number | undefined;
}

/** Sockets by their inode, with a place where a process holds it. */
type HeldSockets = ReadonlyMap<number, string>;

export function createAgentSocketReader(
  clock: Clock,
  procDir: string,
  lastingMs: number,
  remotePort = CONTROL_PLANE_PORT,
): AgentSocketReader {
  const last = createMemory<Reading>(() => clock.now().monoMs);
  /** What was last read of a process, for when its sockets were first seen: not forgotten where a reading is in doubt. */
  let before: Reading | undefined;

  return {
    forget: last.forget,
    ageAt: last.ageAt,

    read({ pid, process, maxAgeMs, proves }) {
      try {
        if (before?.process !== process || before.pid !== pid) before = undefined;
        const recent = last.recall(maxAgeMs);
        const young = recent === before ? recent : undefined;
        const lasting = (one: SeenSocket) => young !== undefined && lasts(one, young.readMonoMs, lastingMs);
        if (young?.connections.some((one) => lasting(one) && proves(one) && isHeld(one, young.held))) {
          return young;
        }
        const held = readHeldSockets(procDir, pid);
        // A reading without a connection does not stand: one of its sockets may have been about to connect.
        if (young?.connections.length && sameSockets(young.held, held) && young.connections.every(lasting)) {
          return young;
        }
        const connections = readConnections(procDir, pid, held, remotePort);
        if (connections === undefined) return { unreadable: `process ${pid} has ended` };
        const readMonoMs = clock.now().monoMs;
        before = {
          pid,
          process,
          held,
          readMonoMs,
          connections: sinceWhen(connections, before?.connections ?? [], readMonoMs),
        };
        last.keep(before);
        return before;
      } catch (thrown) {
        return { unreadable: whyUnreadable(pid, thrown) };
      }
    },
  };
}

/** The connections, each with when its socket was first seen ESTABLISHED without being in another state since. */
function sinceWhen(
  connections: readonly TcpSocket[],
  before: readonly SeenSocket[],
  readMonoMs: number,
): readonly SeenSocket[] {
  const byInode = new Map(before.map((one) => [one.inode, one]));
  return connections.map((one) => {
    const last = byInode.get(one.inode);
    const known = last?.remoteAddress === one.remoteAddress ? last : undefined;
    const isOpen = one.state === 'ESTABLISHED';
    return { ...one, establishedMonoMs: isOpen ? (known?.establishedMonoMs ?? readMonoMs) : undefined };
  });
}

/** The connections of a process, and all sockets that it held when they were read. */
interface Reading {
  readonly pid: number;
  readonly process: string;
  readonly held: HeldSockets;
  readonly readMonoMs: number;
  readonly connections: readonly SeenSocket[];
}

function isHeld({ inode }: TcpSocket, held: HeldSockets): boolean {
  const link = held.get(inode);
  return link !== undefined && inodeAt(link) === inode;
}

function sameSockets(before: HeldSockets, now: HeldSockets): boolean {
  return before.size === now.size && Array.from(before.keys()).every((inode) => now.has(inode));
}

/** Undefined when the process has ended. */
function readConnections(
  procDir: string,
  pid: number,
  held: HeldSockets,
  remotePort: number,
): readonly TcpSocket[] | undefined {
  const connections: TcpSocket[] = [];
  const read = (table: string) =>
    readLines(`${procDir}/${pid}/net/${table}`, budgets.tcpTableBytes, (lines) => {
      connections.push(...parseTcpTable(lines, remotePort, (inode) => held.has(inode)));
      return false;
    });
  if (!read('tcp')) return undefined;
  // Missing where IPv6 is switched off.
  read('tcp6');
  return connections;
}

/** All sockets that the process and its descendants hold. @throws where they cannot be read */
export function readHeldSockets(procDir: string, pid: number): HeldSockets {
  const held = new Map<number, string>();
  for (const one of readProcessTree(procDir, pid)) {
    const directory = `${procDir}/${one}/fd`;
    for (const fd of unlessGone(() => readdirSync(directory)) ?? []) {
      const link = `${directory}/${fd}`;
      const inode = inodeAt(link);
      if (inode !== undefined) held.set(inode, link);
    }
  }
  return held;
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
