import type { Clock } from '../kit/clock.ts';
import type { Phase } from '../reconcile/phase.ts';
import { readStatus, UnreadableStatusError } from '../report/status-reader.ts';
import type { Status } from '../report/status-schema.ts';
import { statusLines } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { type Output, printJson, wrapRow } from './output.ts';

export interface StatusFlags {
  readonly json: boolean;
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
 * reached), 1 otherwise.
 */
export async function status(parts: StatusParts, flags: StatusFlags, signal: AbortSignal): Promise<ExitCode> {
  const { clock, output } = parts;
  const deadline = clock.now().monoMs + flags.timeoutMs;
  for (;;) {
    const found = await current(parts);
    const reached = flags.wait === undefined || (typeof found === 'object' && found.phase === flags.wait);
    const late = clock.now().monoMs >= deadline;
    if (reached || late) return show(found, { ...flags, late: !reached }, parts);
    await clock.sleep(pollMs, signal);
  }

  function show(
    found: Status | string,
    { json, wait, late }: StatusFlags & { late: boolean },
    { clock: { now } }: StatusParts,
  ): ExitCode {
    if (typeof found === 'string') {
      output.err(`${found}\n`);
      return late ? exitCodes.deadlinePassed.code : exitCodes.unavailable.code;
    }
    if (json) printJson(output, found);
    else printStatus(found, now().wallMs, output);
    if (late) {
      output.err(`Timed out waiting for the phase ${wait}.\n`);
      return exitCodes.deadlinePassed.code;
    }
    const left = found.reason.code === 'tcs-on-public-path' || found.agent.tcs === 'public';
    return wait !== undefined || (found.phase === 'settled' && !left)
      ? exitCodes.done.code
      : exitCodes.notDone.code;
  }
}

/** The status of the daemon that runs, or why there is none, in words. */
async function current({ runDir, daemonRuns }: StatusParts): Promise<Status | string> {
  if (!(await daemonRuns())) {
    return 'No daemon is running on this host. Start it with `systemctl start ecs-privatelinkd`; `ecs-privatelinkd check` works without one.';
  }
  try {
    const found = readStatus(runDir);
    return found ?? `The daemon is starting and has not written ${runDir}/status.json yet.`;
  } catch (error) {
    if (error instanceof UnreadableStatusError) return error.message;
    throw error;
  }
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
