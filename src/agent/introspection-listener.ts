import { readlinkSync } from 'node:fs';
import { budgets } from '../kit/budgets.ts';
import { readLines } from '../kit/files.ts';
import { errorCodeOf } from '../kit/problem.ts';
import { isRunning } from './agent-process.ts';
import { readHeldSockets } from './agent-sockets.ts';
import type { IntrospectionAddress } from './introspection.ts';
import { endsWithListener, type Listener, parseListeners } from './tcp-table.ts';

/**
 * - `agent`: its process holds the socket
 * - `another`: another process does, or may. Any user may take the port while the agent is restarted
 * - `nobody`: no socket listens there
 * - `unknown`: /proc/PID cannot be read (CAP_SYS_PTRACE), the agent has ended meanwhile or has a network namespace of its own
 *   (the port is then forwarded to it), or the address is not this host's
 */
export type ListenerOwner = 'agent' | 'another' | 'nobody' | 'unknown';

/** Who listens where introspection is asked, by the kernel's tables. Never throws. */
export function introspectionListener(
  procDir: string,
  pid: number,
  { host, port }: IntrospectionAddress,
): ListenerOwner {
  const any = host.startsWith('127.') ? ['0.0.0.0', '::'] : ['::'];
  if (any.length === 1 && host !== '::1') return 'unknown';
  try {
    const namespaceOf = (one: string) => readlinkSync(`${procDir}/${one}/ns/net`);
    if (namespaceOf('self') !== namespaceOf(String(pid))) return 'unknown';
    const addresses = [host, ...any];
    const listeners = ['tcp', 'tcp6'].flatMap((table) => readListeners(procDir, table, port, addresses));
    // The kernel hands a connection to the most specific of them.
    const taking = addresses
      .map((address) => listeners.filter((one) => one.address === address))
      .find((found) => found.length > 0);
    if (taking === undefined) return 'nobody';
    const held = readHeldSockets(procDir, pid);
    if (taking.every(({ inode }) => held.has(inode))) return 'agent';
    // One that has ended holds nothing.
    return isRunning(procDir, pid) ? 'another' : 'unknown';
  } catch (thrown) {
    // What is no system error: more sockets listen than are read, which no honest host has.
    return errorCodeOf(thrown) === undefined ? 'another' : 'unknown';
  }
}

function readListeners(
  procDir: string,
  table: string,
  port: number,
  addresses: readonly string[],
): readonly Listener[] {
  const listeners: Listener[] = [];
  readLines(`${procDir}/self/net/${table}`, budgets.tcpTableBytes, (lines) => {
    listeners.push(...parseListeners(lines, port).filter(({ address }) => addresses.includes(address)));
    return !endsWithListener(lines);
  });
  return listeners;
}
