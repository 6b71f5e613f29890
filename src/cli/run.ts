import { type ContainerEvent, watchContainerEvents } from '../agent/container-events.ts';
import type { EngineClient } from '../agent/engine-client.ts';
import type { JournalFile } from '../daemon/journal-file.ts';
import { type LookResult, type LoopParts, runLoop } from '../daemon/loop.ts';
import { type InstanceLock, takeInstanceLock } from '../daemon/single-instance.ts';
import { messageOf } from '../kit/problem.ts';
import { initialState } from '../reconcile/state.ts';
import { type Log, problemFields } from '../report/logger.ts';
import { lookedFields } from '../report/looked.ts';
import type { Notifier } from '../report/systemd-notify.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { hostTaken } from './command-error.ts';

export interface RunParts {
  readonly loop: Omit<LoopParts, 'onLook'>;
  readonly engine: EngineClient;
  readonly journal: JournalFile;
  readonly agentContainer: string;
  readonly bootId: string;
  readonly runDir: string;
  readonly procDir: string;
  readonly random: () => number;
  readonly warnings: readonly string[];
  /** Log every look. */
  readonly debug: boolean;
  readonly publish: (result: LookResult) => Promise<void>;
  readonly notifier: Notifier;
  /** Calls back on each SIGHUP; returns what stops that. */
  readonly onHangUp: (callback: () => void) => () => void;
}

/**
 * `run`: the daemon. Ends with 0 once `signal` aborts.
 *
 * @throws CommandError (75) when another one, or a restart by hand, has this host
 */
export async function run(parts: RunParts, signal: AbortSignal): Promise<ExitCode> {
  const { log, wake } = parts.loop;
  let hungUp = false;
  // Before the lock, which names this process to those who send SIGHUP: one that nobody heeds would end it.
  const stopHangUps = parts.onHangUp(() => {
    log('look-requested');
    hungUp = true;
    wake.now();
  });
  // The command that leaves a request sends SIGHUP after it.
  const takeRequest: LoopParts['takeRequest'] = async () => {
    if (!hungUp) return undefined;
    hungUp = false;
    return await parts.loop.takeRequest();
  };
  try {
    const taken = takeInstanceLock(parts.runDir, parts.procDir, 'run');
    if ('lock' in taken) return await runLocked(parts, taken.lock, takeRequest, signal);
    throw hostTaken(taken.holder);
  } finally {
    stopHangUps();
  }
}

async function runLocked(
  parts: RunParts,
  lock: InstanceLock,
  takeRequest: LoopParts['takeRequest'],
  signal: AbortSignal,
): Promise<ExitCode> {
  const { log, clock, wake } = parts.loop;
  try {
    for (const detail of parts.warnings) log('config-warning', { detail });
    const journal = await loadJournal(parts.journal, log);
    // A request left over from an earlier daemon: the command that made it has long stopped waiting.
    await parts.loop.takeRequest();
    log('daemon-started', { pid: process.pid });
    parts.notifier.ready('looking for the first time');
    const watching = watchContainerEvents(
      {
        engine: parts.engine,
        name: parts.agentContainer,
        clock,
        random: parts.random,
        onEvent: (_event: ContainerEvent) => wake.now(),
        onProblem: (problem) => {
          if (!problem) return;
          // Nobody tells of the agent any more.
          wake.now();
          log('event-stream-lost', {
            problem: problem.code,
            detail: problem.message,
            advice: problem.advice,
          });
        },
      },
      signal,
    );
    const publish = publishQuietly(parts.publish, log);
    const begun = initialState(journal, parts.bootId, clock.now().monoMs);
    const ended = await runLoop(
      begun,
      {
        ...parts.loop,
        takeRequest,
        onLook: async (result) => {
          if (parts.debug) log('looked', lookedFields(result));
          await publish(result);
          const { state, look } = result;
          parts.notifier.looked({ phase: state.phase, detail: state.reason.message, nextInMs: look.inMs });
          return false;
        },
      },
      signal,
    );
    // To a boot that follows, what it waits for has lasted until now, and not until the journal last changed.
    if (ended !== begun) {
      await parts.loop.journal.save({ ...ended.journal, savedMonoMs: clock.now().monoMs });
    }
    await watching;
    log('daemon-stopped');
    return exitCodes.done.code;
  } finally {
    parts.notifier.close();
    lock.release();
  }
}

export async function loadJournal(file: JournalFile, log: Log) {
  const { journal, setAside, problem, later } = await file.load();
  if (later !== undefined) log('journal-of-later-version', { file: setAside, ...later });
  else if (setAside !== undefined) log('journal-set-aside', { file: setAside });
  if (problem) log('problem', problemFields('state', problem));
  return journal;
}

/** The status file is for people: that it cannot be written is said once and stops nothing. */
function publishQuietly(
  publish: (result: LookResult) => Promise<void>,
  log: Log,
): (result: LookResult) => Promise<void> {
  let failing = false;
  return async (result) => {
    try {
      await publish(result);
      failing = false;
    } catch (error) {
      if (!failing) {
        const message = `the status file cannot be written: ${messageOf(error)}`;
        const advice = 'Make the run directory writable for root, or set ECS_PRIVATELINKD_RUN_DIR.';
        log('problem', problemFields('status', { code: 'status-unwritable', message, advice }));
      }
      failing = true;
    }
  };
}
