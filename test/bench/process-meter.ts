import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses of the host. Memory in KiB. */
export interface Usage {
  /** Its own memory: pages that no file backs. */
  readonly rssAnonKib: number;
  readonly rssKib: number;
  readonly threads: number;
  /** CPU time since its start, all threads, those that have ended too, and children that it has waited for; ms. */
  readonly cpuMs: number;
}

/** Throws when there is no such process. */
export function usage(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rssAnonKib: field('RssAnon'),
    rssKib: field('VmRSS'),
    threads: field('Threads'),
    cpuMs: cpuMs(pid),
  };
}

const ticksPerSecond = 100;

/** By the scheduler's nanoseconds, which /proc/PID/stat rounds to 10 ms; children count in those ticks alone. */
function cpuMs(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const childTicks = (fields[13] ?? 0) + (fields[14] ?? 0);
  return ns / 1e6 + (childTicks / ticksPerSecond) * 1000;
}
