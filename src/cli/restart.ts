import { agentProblems } from '../agent/problem-codes.ts';
import type { JournalFile } from '../daemon/journal-file.ts';
import { type LookResult, type LoopParts, runLoop } from '../daemon/loop.ts';
import { writeRestartRequest } from '../daemon/restart-request.ts';
import { lockHolder, takeInstanceLock } from '../daemon/single-instance.ts';
import { instanceProblems } from '../instance/problem-codes.ts';
import type { Clock } from '../kit/clock.ts';
import { initialState, type RestartRequest } from '../reconcile/state.ts';
import { readStatus } from '../report/status-reader.ts';
import type { Status } from '../report/status-schema.ts';
import { adviceRows } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { hostTaken } from './command-error.ts';
import { printResult } from './envelope.ts';
import { type Output, printRows } from './output.ts';
import { loadJournal } from './run.ts';

export interface RestartFlags {
  readonly ifNeeded: boolean;
  readonly json: boolean;
}

export interface RestartParts {
  readonly loop: Omit<LoopParts, 'onLook' | 'takeRequest'>;
  readonly journal: JournalFile;
  readonly bootId: string;
  readonly runDir: string;
  readonly procDir: string;
  readonly dryRun: boolean;
  /** Settings given on the command line that decide how a restart is made. */
  readonly given: readonly string[];
  /** How long the whole may take. */
  readonly timeoutMs: number;
  readonly newId: () => string;
  readonly describe: (result: LookResult) => Status;
  /** Sends SIGHUP. */
  readonly hangUp: (pid: number) => void;
  readonly output: Output;
}

interface Ending {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly advice: string | null;
}

const pollMs = 200;

/**
 * `restart`: the safe restart by hand. A daemon that runs is asked to make it; without one this process goes
 * through the same phases itself. 0 done (or not needed), 1 not done or not verified, 69 or 77 when the Engine or IMDS
 * could not be asked, 75 out of time.
 *
 * @throws UnreadableStatusError (69) when the daemon's status cannot be read
 * @throws CommandError (75) while another `restart` is under way
 */
export async function restart(
  parts: RestartParts,
  flags: RestartFlags,
  signal: AbortSignal,
): Promise<ExitCode> {
  const request = { id: parts.newId(), ifNeeded: flags.ifNeeded };
  const taken = parts.dryRun ? whoHoldsIt(parts) : takeInstanceLock(parts.runDir, parts.procDir, 'restart');
  let ending: Ending | undefined;
  if ('lock' in taken) {
    try {
      ending = await restartHere(parts, request, signal);
    } finally {
      taken.lock.release();
    }
  } else if (taken.holder.command === 'restart') {
    throw hostTaken(taken.holder);
  } else {
    ending = refusal(parts) ?? (await askDaemon(parts, request, taken.holder.pid, signal));
  }
  // Interrupted, not out of time.
  if (!ending) signal.throwIfAborted();
  const { exitCode, message, advice } = ending ?? {
    exitCode: exitCodes.deadlinePassed.code,
    message: `No outcome within ${Math.round(parts.timeoutMs / 1000)} s`,
    advice: 'See `ecs-privatelinkd status`: what was begun goes on in the daemon.',
  };
  if (flags.json) printResult(parts.output, 'restart', { exitCode, message, advice });
  else printRows(parts.output, [{ label: 'restart', text: message }, ...adviceRows(advice)]);
  return exitCode;
}

/** What touches nothing needs no lock of its own, and leaves none behind. */
function whoHoldsIt({ runDir, procDir }: RestartParts): ReturnType<typeof takeInstanceLock> {
  const holder = lockHolder(runDir, procDir);
  return holder ? { holder } : { lock: { release: () => {} } };
}

async function restartHere(
  parts: RestartParts,
  request: RestartRequest,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  const { loop, output, clock } = { ...parts, clock: parts.loop.clock };
  const journal = await loadJournal(parts.journal, loop.log);
  const deadline = clock.now().monoMs + parts.timeoutMs;
  const state = initialState(journal, parts.bootId, clock.now().monoMs);
  let ending: Ending | undefined;
  let asked = false;
  let shown = '';
  let wouldCall: unknown;
  await runLoop(
    state,
    {
      ...loop,
      journal: parts.dryRun ? { ...parts.journal, save: () => Promise.resolve(undefined) } : loop.journal,
      log: (code, fields) => {
        if (code === 'restart-dry-run') wouldCall = fields?.['call'];
        loop.log(code, fields);
      },
      takeRequest: () => {
        const taken = asked ? undefined : request;
        asked = true;
        return Promise.resolve(taken);
      },
      onLook: (result) => {
        const status = parts.describe(result);
        shown = tellPhase(status, shown, output);
        ending = wouldCall === undefined ? endingOf(status, request) : dryRunEnding(wouldCall);
        return Promise.resolve(ending !== undefined || clock.now().monoMs >= deadline);
      },
    },
    signal,
  );
  return ending;
}

function dryRunEnding(call: unknown): Ending {
  return {
    exitCode: exitCodes.done.code,
    message: `Dry run: this call would be made: ${call}`,
    advice: 'Run without --dry-run to make it.',
  };
}

/** What a daemon that runs would not take from this command line. */
function refusal({ dryRun, given }: RestartParts): Ending | undefined {
  if (dryRun) {
    return {
      exitCode: exitCodes.notDone.code,
      message: 'A daemon runs on this host; its `run --dry-run` tells what it would do.',
      advice: 'Or stop it first: `systemctl stop ecs-privatelinkd`.',
    };
  }
  const [first] = given;
  if (first === undefined) return undefined;
  const variable = `ECS_PRIVATELINKD_${first.toUpperCase().replaceAll('-', '_')}`;
  return {
    exitCode: exitCodes.usage.code,
    message: `A daemon runs on this host and restarts by its own settings; it would not know of ${given.map((name) => `--${name}`).join(', ')}`,
    advice: `Leave it out, or set ${variable} in /etc/ecs-privatelinkd/ecs-privatelinkd.config and \`systemctl restart ecs-privatelinkd\`.`,
  };
}

/** Off a terminal too: a restart may take minutes. */
function tellPhase({ phase, reason }: Status, shown: string, output: Output): string {
  if (phase !== shown) output.err(`… ${phase}: ${reason.message}\n`);
  return phase;
}

async function askDaemon(
  parts: RestartParts,
  request: RestartRequest,
  pid: number,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  const clock: Clock = parts.loop.clock;
  // First, since of a daemon whose status cannot be read it would not be learnt what came of the request.
  readStatus(parts.runDir);
  writeRestartRequest(parts.runDir, request);
  parts.hangUp(pid);
  const deadline = clock.now().monoMs + parts.timeoutMs;
  let shown = '';
  while (clock.now().monoMs < deadline) {
    const status = readStatus(parts.runDir);
    const ending = status && endingOf(status, request);
    if (ending) return ending;
    if (status) shown = tellPhase(status, shown, parts.output);
    await clock.sleep(pollMs, signal);
  }
  return undefined;
}

/** What was to be asked before a restart, and could not be. */
const unasked: ReadonlySet<string> = new Set(
  [...instanceProblems, ...agentProblems.filter(({ about }) => about === 'the Docker Engine')].flatMap(
    (area): readonly string[] => area.codes,
  ),
);

function refusedCode(reason: string): ExitCode {
  if (reason === 'engine-no-permission') return exitCodes.noPermission.code;
  return unasked.has(reason) ? exitCodes.unavailable.code : exitCodes.notDone.code;
}

/** What came of a request, once something has; undefined until then. */
function endingOf(status: Status, request: RestartRequest): Ending | undefined {
  const { lastRestart, requestAnswer } = status;
  if (requestAnswer?.id === request.id) {
    const { phase, reason } = requestAnswer;
    return {
      exitCode: phase === 'settled' ? exitCodes.done.code : refusedCode(reason.code),
      message: phase === 'settled' ? `Not needed. ${reason.message}` : `Not done. ${reason.message}`,
      advice: reason.advice,
    };
  }
  if (lastRestart?.requestId !== request.id || lastRestart.outcome === 'pending') return undefined;
  const { outcome, connectedMs } = lastRestart;
  if (outcome === 'private') {
    const after = connectedMs === null ? '' : ` ${(connectedMs / 1000).toFixed(1)} s after the call`;
    return {
      exitCode: exitCodes.done.code,
      message: `Done: the agent is on the private path${after}`,
      advice: null,
    };
  }
  const connected = outcome === 'public' || outcome === 'withdrawn' || outcome === 'unproven';
  const came = status.agent.registered && connected && !request.ifNeeded;
  return {
    exitCode: came ? exitCodes.done.code : exitCodes.notDone.code,
    message: `${came ? 'Done' : 'Not verified'}: outcome ${outcome}; ${status.agent.evidence}`,
    advice: status.reason.advice,
  };
}
