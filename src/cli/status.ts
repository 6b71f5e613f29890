import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/problem.ts';
import type { Phase } from '../reconcile/phase.ts';
import { type FleetRecord, fleetRecord, type RecordPhase, untoldRecord } from '../report/record.ts';
import { readStatus, UnreadableStatusError } from '../report/status-reader.ts';
import type { Status } from '../report/status-schema.ts';
import { statusLines } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { version } from '../version.ts';
import { type Output, printJson, wrapRow } from './output.ts';

export interface StatusFlags {
  readonly json: boolean;
  /** Wins over `json`. */
  readonly record: boolean;
  readonly wait: Phase | undefined;
  readonly timeoutMs: number;
}

export interface StatusParts {
  readonly runDir: string;
  /** Whether a daemon runs on this host. */
  readonly daemonRuns: () => Promise<boolean>;
  readonly clock: Clock;
  readonly output: Output;
}

const pollMs = 250;

/**
 * `status`: what the daemon last wrote. 0 when settled without a public connection left (or when the phase waited for is
 * reached), 1 otherwise. With `--record` a line of JSON is printed in any case: Run Command has nothing else to read.
 */
export async function status(parts: StatusParts, flags: StatusFlags, signal: AbortSignal): Promise<ExitCode> {
  const { clock, output } = parts;
  const deadline = clock.now().monoMs + flags.timeoutMs;
  for (;;) {
    const found = await current(parts);
    const reached = flags.wait === undefined || ('writtenAt' in found && found.phase === flags.wait);
    const late = clock.now().monoMs >= deadline;
    if (reached || late) {
      const code = 'writtenAt' in found ? show(found, flags, parts) : showNone(found, flags, parts);
      if (reached) return code;
      if ('writtenAt' in found) output.err(`Timed out waiting for the phase ${flags.wait}.\n`);
      return exitCodes.deadlinePassed.code;
    }
    await clock.sleep(pollMs, signal);
  }
}

function show(
  found: Status,
  { json, record, wait }: StatusFlags,
  { output, clock: { now } }: StatusParts,
): ExitCode {
  if (record) printRecord(output, fleetRecord(found));
  else if (json) printJson(output, found);
  else printStatus(found, now().wallMs, output);
  const left = found.reason.code === 'tcs-on-public-path' || found.agent.tcs === 'public';
  return wait !== undefined || (found.phase === 'settled' && !left)
    ? exitCodes.done.code
    : exitCodes.notDone.code;
}

function showNone(
  found: NoStatus,
  { record }: StatusFlags,
  { output, runDir, clock: { now } }: StatusParts,
): ExitCode {
  if (record) printRecord(output, untoldRecord({ ...found, version, nowMs: now().wallMs }, last(runDir)));
  output.err(`${found.message}${found.advice === '' ? '' : ` ${found.advice}`}\n`);
  return exitCodes.unavailable.code;
}

/** Why there is no status. */
interface NoStatus {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
  readonly advice: string;
}

/** The status of the daemon that runs, or why there is none. */
async function current({ runDir, daemonRuns }: StatusParts): Promise<Status | NoStatus> {
  if (!(await daemonRuns())) {
    return {
      phase: 'not-running',
      reason: 'daemon-not-running',
      message: 'No daemon is running on this host.',
      advice: 'Start it with `systemctl start ecs-privatelinkd`; `ecs-privatelinkd check` works without one.',
    };
  }
  try {
    const found = readStatus(runDir);
    if (found) return found;
    const message = `The daemon is starting and has not written ${runDir}/status.json yet.`;
    return { phase: 'waiting', reason: 'starting', message, advice: '' };
  } catch (error) {
    if (!(error instanceof UnreadableStatusError)) throw error;
    return { phase: 'unknown', reason: 'daemon-status-unreadable', message: messageOf(error), advice: '' };
  }
}

/** What a daemon wrote before it ended. */
function last(runDir: string): Status | undefined {
  try {
    return readStatus(runDir);
  } catch {
    return undefined;
  }
}

function printRecord(output: Output, record: FleetRecord): void {
  output.out(`${JSON.stringify(record)}\n`);
}

function printStatus(found: Status, nowMs: number, output: Output): void {
  const lines = [
    ...statusLines(found, nowMs),
    ...found.warnings
      .filter((warning) => warning.code !== found.reason.code)
      .map((warning) => `note       ${warning.message}`),
    `why        ${found.reason.message}`,
    ...(found.reason.advice === null ? [] : [`to do      ${found.reason.advice}`]),
  ];
  output.out(`${lines.map(wrapRow).join('\n')}\n`);
}
