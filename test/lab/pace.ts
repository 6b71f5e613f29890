import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * A time limit for something that has to be quick: `ms` on an idle machine. Where more processes want to run than
 * there are cores, each gets its share only, and everything takes that many times as long.
 */
export function atThisPace(ms: number): number {
  // Mean over the last minute, then what is runnable just now (proc(5)).
  const [lastMinute = 0, , , now = 0] = readFileSync('/proc/loadavg', 'latin1')
    .split(' ')
    .map(Number.parseFloat);
  return ms * Math.max(1, lastMinute / availableParallelism(), now / availableParallelism());
}

/**
 * Resolves with what `attempt` does. Where the machine was busy when it failed, it is made again, up to four times: a
 * host that gives a program no CPU for seconds shows parts as late that are not, and says so.
 */
export async function againIfBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 4; ; left -= 1) {
    try {
      return await attempt();
    } catch (thrown) {
      if (left === 0 || atThisPace(1) === 1) throw thrown;
    }
  }
}
