import { pino } from 'pino';
import { createAllowance } from '../kit/allowance.ts';
import { budgets } from '../kit/budgets.ts';
import { visible } from '../kit/printable.ts';
import type { Problem, ProblemCode } from '../kit/problem.ts';
import type { Phase } from '../reconcile/phase.ts';
import type { ReasonCode } from '../reconcile/reasons.ts';
import { type EventCode, events } from './events.ts';
import { formatLine } from './log-line.ts';

/** What varies of an event. Fields that hold a code hold one of the catalogue. */
export interface LogFields {
  readonly [field: string]: unknown;
  readonly phase?: Phase | undefined;
  readonly reason?: ReasonCode | undefined;
  readonly problem?: ProblemCode | undefined;
}

/** Those of an event that tells of a problem; `where` is the part of the host that has it. */
export function problemFields(where: string, { code, message, advice }: Problem): LogFields {
  return { problem: code, where, detail: message, advice };
}

/** Logs one event; the message and level come from the catalogue. */
export type Log = (code: EventCode, fields?: LogFields) => void;

export interface LoggerOptions {
  readonly level: string;
  /** `json`, or `text` for people. */
  readonly format: 'json' | 'text';
  /** Begin each line with the journal's priority prefix (`<4>`), see sd-daemon(3). */
  readonly priorityPrefix: boolean;
  readonly version: string;
}

/** journald's priorities for pino's level numbers (sd-daemon(3)). */
const priorities: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

/**
 * The logger. Lines that were not taken are lost; how many is the first thing told once a line is taken again.
 *
 * @param write takes one finished line, newline included; false when it could not
 * @param monotonicMs milliseconds, for how many lines of one kind may be written
 */
export function createLog(
  options: LoggerOptions,
  write: (line: string) => boolean,
  monotonicMs: () => number = () => performance.now(),
): Log {
  let taken = true;
  let lost = 0;
  const destination = {
    write(line: string): void {
      const text = visible(options.format === 'text' ? formatLine(line) : line);
      taken = write(options.priorityPrefix ? `<${priorityOf(line)}>${text}` : text);
    },
  };
  const logger = pino(
    {
      level: options.level,
      // `v` is the version of the line's form; fields may be added within one version.
      base: { v: 1, version: options.version },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label, number) => ({ level: label, severity: priorities[number] ?? 6 }) },
    },
    destination,
  );
  const allowance = createAllowance(budgets.logLines, monotonicMs);
  const log = (code: EventCode, fields: LogFields): boolean => {
    const row = events[code];
    taken = true;
    logger[row.level]({ event: code, ...fields }, row.message);
    return taken;
  };
  return (code, fields = {}) => {
    // What is logged for debugging was asked for.
    const suppressed = events[code].level === 'debug' ? 0 : allowance(kindOf(code, fields));
    if (suppressed === undefined) return;
    if (lost > 0 && log('log-lines-lost', { lines: lost })) lost = 0;
    if (!log(code, { ...fields, ...(suppressed > 0 && { suppressed }) })) lost += 1;
  };
}

/**
 * The event, the part of the host that it is about, and what it says of it by a code: not its addresses, which may be
 * others each time.
 */
function kindOf(code: EventCode, { service, where = service, problem, phase, reason }: LogFields): string {
  return [code, String(where ?? '').split(' ', 1)[0], problem, phase, reason].join(' ');
}

function priorityOf(line: string): number {
  return Number(/"severity":(\d)/.exec(line)?.[1] ?? 6);
}
