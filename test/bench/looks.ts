import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { inCheckout } from '../lab/checkout.ts';
import type { Daemon, Host } from '../lab/hosts/host.ts';
import { type Usage, usage } from './process-meter.ts';

/** DNS questions of one look at everything: A and AAAA for three names. */
const questionsPerLook = 6;

/** Looks of whoever asks for everything in each of its own; nobody else may be asking. */
export function looksByQuestions({ lab }: Host): number {
  return lab.dns.totalQueries() / questionsPerLook;
}

/** The daemon's looks, by its own account. */
export function looksOf(daemon: Daemon): number {
  return daemon.status()?.daemon.looks ?? 0;
}

/** What a process spent on looks over some time. */
export interface Spent {
  readonly looks: number;
  readonly cpuMsPerLook: number;
  readonly packetsPerLook: number;
  readonly usage: Usage;
}

/** Watches a process, and the network of this namespace with it, for so long, and for at least so many looks. */
export async function watchLooks(
  measure: () => Usage,
  looksSoFar: () => number,
  forMs: number,
  atLeast = 0,
): Promise<Spent> {
  const before = { looks: looksSoFar(), cpuMs: measure().cpuMs, packets: packets() };
  await delay(forMs);
  while (looksSoFar() < before.looks + atLeast) await delay(100);
  const after = measure();
  const looks = looksSoFar() - before.looks;
  return {
    looks,
    cpuMsPerLook: (after.cpuMs - before.cpuMs) / looks,
    packetsPerLook: (packets() - before.packets) / looks,
    usage: after,
  };
}

/** Packets sent so far in this namespace, whoever sent them: UDP datagrams and TCP segments. */
function packets(): number {
  const lines = ['/proc/net/snmp', '/proc/net/snmp6'].map((file) => readFileSync(file, 'latin1'));
  const snmp = lines[0]?.split('\n') ?? [];
  const counter = (protocol: string, name: string): number => {
    const [names, values] = snmp
      .filter((line) => line.startsWith(`${protocol}:`))
      .map((line) => line.split(' '));
    return Number(values?.[names?.indexOf(name) ?? -1] ?? 0);
  };
  const udp6 = Number(/^Udp6OutDatagrams\s+(\d+)/m.exec(lines[1] ?? '')?.[1] ?? 0);
  return counter('Udp', 'OutDatagrams') + udp6 + counter('Tcp', 'OutSegs');
}

export async function watchDaemon(daemon: Daemon, forMs: number, atLeast = 0): Promise<Spent> {
  return await watchLooks(
    () => usage(daemon.pid),
    () => looksOf(daemon),
    forMs,
    atLeast,
  );
}

/** Makes the daemon look again and again, without a pause, by SIGHUP. Each of these looks is at everything. */
export async function quickLooks(daemon: Daemon, count: number, limitMs: number): Promise<void> {
  const until = looksOf(daemon) + count;
  const deadline = performance.now() + limitMs;
  while (looksOf(daemon) < until) {
    if (performance.now() > deadline) throw new Error(`no ${count} looks within ${limitMs / 1000} s`);
    daemon.kill('SIGHUP');
    await delay(2);
  }
  // The last one may be under way.
  await delay(300);
}

/** Flag of Node.js with which the daemon collects when `heapAfterCollection` asks it to. */
export const collectOnSignal = `--require=${inCheckout('test/bench/collect-on-signal.cjs')}`;

/** Bytes on the heap of a daemon that runs with `collectOnSignal`, after a full collection. */
export async function heapAfterCollection(pid: number): Promise<number> {
  return await answerOnSignal(pid);
}

/** Flag of Node.js with which the daemon counts its calls for `callsPerLook`. Not shipped: counting takes time and memory. */
export const countCalls = `--require=${inCheckout('test/bench/count-calls.cjs')}`;

/**
 * JavaScript functions that a daemon with `countCalls` calls in a look; the median of three times so many looks, for the
 * first and the last of them may be half counted.
 */
export async function callsPerLook(daemon: Daemon, looks: number): Promise<number> {
  const readings: number[] = [];
  while (readings.length < 3) {
    await answerOnSignal(daemon.pid);
    const before = looksOf(daemon);
    while (looksOf(daemon) < before + looks) await delay(20);
    const seen = looksOf(daemon) - before;
    readings.push((await answerOnSignal(daemon.pid)) / seen);
  }
  return median(readings);
}

/**
 * What one of the scripts above answers; they write it to a file. Process ids are alike in the pid namespaces of two runs,
 * which share /tmp.
 */
async function answerOnSignal(pid: number): Promise<number> {
  const file = `/tmp/ecs-privatelinkd-answer.${readlinkSync('/proc/self/ns/pid')}.${pid}`;
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let tries = 0; tries < 4_000; tries += 1) {
    await delay(25);
    try {
      const answer = Number(readFileSync(file, 'latin1'));
      if (answer > 0) {
        rmSync(file);
        return answer;
      }
    } catch {
      // Not written yet.
    }
  }
  throw new Error('the daemon did not answer SIGUSR2');
}

/** System calls per look, children's too. Slows the process down while it counts. */
export async function syscallsPerLook(daemon: Daemon, forMs: number): Promise<number> {
  const { pid } = daemon;
  const report = `${tmpdir()}/strace.${pid}`;
  const strace = spawn('strace', ['-f', '-c', '-o', report, '-p', `${pid}`], { stdio: 'ignore' });
  const ended = once(strace, 'exit');
  await delay(500);
  const before = looksOf(daemon);
  await delay(forMs);
  const looks = looksOf(daemon) - before;
  strace.kill('SIGINT');
  await ended;
  const total = /^\s*100\.00\s+\S+\s+(?:\d+\s+)?(\d+)/m.exec(readFileSync(report, 'latin1'))?.[1];
  rmSync(report, { force: true });
  // It counted for half a second more.
  return (Number(total) * forMs) / (forMs + 500) / looks;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
