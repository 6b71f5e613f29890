import type { Clock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import type { Phase } from '../reconcile/phase.ts';
import { type FleetRecord, fleetRecord, type RecordPhase, untoldRecord } from '../report/record.ts';
import type { Status } from '../report/status-schema.ts';
import { adviceRows, statusRows } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { formatDuration } from '../settings/kinds/duration.ts';
import { version } from '../version.ts';
import { CommandError } from './command-error.ts';
import { currentStatus, isStatus, lastStatus, type StatusSource } from './current-status.ts';
import { printResult } from './envelope.ts';
import { printErrors } from './failure.ts';
import { type Output, printRows } from './output.ts';

export interface StatusFlags {
  readonly json: boolean;
  /** Wins over `json`. */
  readonly record: boolean;
  readonly wait: Phase | undefined;
  readonly timeoutMs: number;
}

export interface StatusParts extends StatusSource {
  readonly clock: Clock;
  readonly output: Output;
}

const pollMs = 250;

/**
 * How long `--wait` waits for a daemon where none runs: the unit's TimeoutStartSec=, within which one that is starting
 * holds the host or has failed; longer than its RestartSec=.
 */
const startingMs = 30_000;

/**
 * `status`: what the daemon last wrote. 0 when settled without a public connection left (or when the phase waited for is
 * reached), 1 otherwise; 75 with the status when the phase was not reached in time. With `--record` a line of JSON is
 * printed in any case: Run Command has nothing else to read.
 *
 * @throws CommandError (69) when no daemon tells
 */
export async function status(parts: StatusParts, flags: StatusFlags, signal: AbortSignal): Promise<ExitCode> {
  const { clock, output } = parts;
  const { wait, json, record } = flags;
  const found =
    wait === undefined ? currentStatus(parts) : await waitFor(wait, flags.timeoutMs, parts, signal);
  if (record) output.out(`${JSON.stringify(recordOf(found, parts))}\n`);
  if (!isStatus(found)) {
    if (!record) throw new CommandError(found, exitCodes.unavailable.code);
    printErrors(output, [found]);
    return exitCodes.unavailable.code;
  }
  const late = wait === undefined || found.phase === wait ? null : notReached(found, flags);
  if (!record && json) printResult(output, 'status', found, late);
  if (!record && !json) printStatus(found, clock.now().wallMs, output);
  if (late) {
    printErrors(output, [late]);
    return exitCodes.deadlinePassed.code;
  }
  return wait !== undefined || isDone(found) ? exitCodes.done.code : exitCodes.notDone.code;
}

/** Settled, with no public connection left. */
function isDone({ phase, reason, agent }: Status): boolean {
  return phase === 'settled' && reason.code !== 'tcs-on-public-path' && agent.tcs !== 'public';
}

/** The status once it has that phase, or how things are when it is not worth waiting any longer. */
async function waitFor(
  phase: Phase,
  timeoutMs: number,
  parts: StatusParts,
  signal: AbortSignal,
): Promise<Status | Problem> {
  const { clock } = parts;
  const begunMs = clock.now().monoMs;
  let daemonSeenMs = begunMs;
  for (;;) {
    const found = currentStatus(parts);
    const nowMs = clock.now().monoMs;
    if (isStatus(found) && found.phase === phase) return found;
    if (isStatus(found) || found.code === 'daemon-starting') daemonSeenMs = nowMs;
    if (nowMs >= Math.min(begunMs + timeoutMs, daemonSeenMs + startingMs)) return found;
    await clock.sleep(pollMs, signal);
  }
}

function notReached({ phase }: Status, { wait, timeoutMs }: StatusFlags): Problem {
  return {
    code: 'phase-not-reached',
    message: `Timed out after ${formatDuration(timeoutMs)} waiting for the phase ${wait}: it is ${phase}.`,
    advice: 'Wait longer with --timeout, or see what it waits for with `ecs-privatelinkd explain`.',
  };
}

function printStatus(found: Status, nowMs: number, output: Output): void {
  printRows(output, [
    ...statusRows(found, nowMs),
    ...found.warnings
      .filter((warning) => warning.code !== found.reason.code)
      .map(({ message }) => ({ label: 'note', text: message })),
    { label: 'why', text: found.reason.message },
    ...adviceRows(found.reason.advice),
  ]);
}

function recordOf(found: Status | Problem, { runDir, clock }: StatusParts): FleetRecord {
  if (isStatus(found)) return fleetRecord(found);
  const phases: Readonly<Record<string, RecordPhase>> = {
    'daemon-not-running': 'not-running',
    'daemon-starting': 'waiting',
  };
  const { code, message, advice } = found;
  const phase = phases[code] ?? 'unknown';
  const untold = { phase, reason: code, message, advice, version, nowMs: clock.now().wallMs };
  return untoldRecord(untold, lastStatus(runDir));
}
