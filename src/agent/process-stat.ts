/** Milliseconds in one clock tick of /proc: USER_HZ is 100 on every architecture that Node.js runs on. */
const TICK_MS = 10;

/** What /proc/PID/stat says of one process (proc(5)). */
export interface ProcessStat {
  /** Name of the program, at most 15 characters. */
  readonly comm: string;
  /** Ended, but not yet waited for by its parent. */
  readonly zombie: boolean;
  /** When it started, in milliseconds since boot. With the process id it tells one process from the next. */
  readonly startedMonoMs: number;
}

/** Undefined for a text that is not that of /proc/PID/stat. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name stands in brackets and may hold brackets and blanks itself: only the last one closes it.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  // The third field is the first after the name; the start time is the 22nd.
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  const [state] = fields;
  const ticks = Number(fields[22 - 3]);
  if (state === undefined || !Number.isSafeInteger(ticks) || ticks < 0) return undefined;
  return {
    comm: text.slice(open + 1, close),
    zombie: state === 'Z' || state === 'X',
    startedMonoMs: ticks * TICK_MS,
  };
}
