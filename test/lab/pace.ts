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
