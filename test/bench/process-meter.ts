import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses of the host. Memory in KiB. */
export interface Usage {
  /** Its own memory: pages that no file backs. */
  readonly rssAnonKib: number;
  readonly rssKib: number;
  readonly threads: number;
  /** CPU time since its start, and that of children that it has waited for; milliseconds. */
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

/** The same, together with the children that are alive; threads are those of the process itself. */
export function usageOfTree(pid: number): Usage {
  const sum = { ...usage(pid) };
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')) {
    try {
      const { rssAnonKib, rssKib, cpuMs: ms } = usageOfTree(Number(child));
      sum.rssAnonKib += rssAnonKib;
      sum.rssKib += rssKib;
      sum.cpuMs += ms;
    } catch {
      // It has ended, or there is none.
    }
  }
  return sum;
}

const ticksPerSecond = 100;

/** Threads by the scheduler's nanoseconds; /proc/PID/stat, which alone has the children's time, by ticks of 10 ms. */
function cpuMs(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  }
  const fields = statFields(pid);
  const childTicks = (fields[13] ?? 0) + (fields[14] ?? 0);
  return ns / 1e6 + (childTicks / ticksPerSecond) * 1000;
}

/** Pages read from disk because they were not in memory, since its start. */
export function majorFaults(pid: number): number {
  return statFields(pid)[9] ?? 0;
}

/** The numbers of /proc/PID/stat from the third field on. */
function statFields(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** How many processes and threads have been started so far in this pid namespace: its last number. */
export function startedSoFar(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1));
}
