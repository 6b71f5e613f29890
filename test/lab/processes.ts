import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Names one process for good: ids are used again, ids with a start time and a namespace are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly startTicks: string;
  /** The pid namespace in which `pid` counts, e.g. `pid:[4026531836]`. */
  readonly namespace: string;
}

/** Undefined when there is no such process, or it is only waiting to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name, in brackets, may hold spaces and brackets itself.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[18];
  if (state === 'Z' || state === 'X' || startTicks === undefined) {
    return undefined;
  }
  return { pid, startTicks, namespace: readlinkSync('/proc/self/ns/pid') };
}

/** Undefined when the identity comes from another pid namespace, where it cannot be looked up. */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  if (identity.namespace !== readlinkSync('/proc/self/ns/pid')) {
    return undefined;
  }
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Whether the process has a handler for the signal or ignores it by its own choice. */
export function handles(pid: number, signal: number): boolean {
  return ((maskOf(pid, 'SigCgt') | maskOf(pid, 'SigIgn')) & (1n << BigInt(signal - 1))) !== 0n;
}

function maskOf(pid: number, field: 'SigCgt' | 'SigIgn'): bigint {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return BigInt(`0x${new RegExp(`^${field}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? '0'}`);
  } catch {
    return 0n;
  }
}

/** Sends a signal; a process that is gone already is none of the caller's worries. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH
  }
}

/** Resolves true once none of the processes is alive, false when `timeoutMs` passed first. */
export async function waitUntilGone(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (pids.some((pid) => identify(pid) !== undefined)) {
    if (performance.now() > deadline) {
      return false;
    }
    await delay(20);
  }
  return true;
}

/** Processes whose command line contains `text`, this one excepted. */
export function processesMentioning(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The exit code of a child as a shell and Docker tell it: 128 + n after signal n. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Ends a child with SIGTERM, with SIGKILL once `withinMs` have passed. Resolves when it is gone. */
export async function endChild(child: ChildProcess, withinMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = once(child, 'exit');
  const tooLate = setTimeout(() => child.kill('SIGKILL'), withinMs);
  // A stopped process takes no SIGTERM.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await ended;
  clearTimeout(tooLate);
}
