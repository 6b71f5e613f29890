import { fstatSync } from 'node:fs';
import { createEngineClient } from './agent/engine-client.ts';
import { createJournalFile } from './daemon/journal-file.ts';
import type { LookResult } from './daemon/loop.ts';
import { createPerformer } from './daemon/performer.ts';
import { createWake } from './daemon/wake.ts';
import { createImdsClient, imdsSettings } from './instance/imds-client.ts';
import { besideProgram } from './kit/ask-child.ts';
import { type Clock, readBootId, systemClock } from './kit/clock.ts';
import { createHostObserver } from './observe/host-observer.ts';
import type { Observation } from './observe/observation.ts';
import type { AskPreflight } from './preflight/ask-preflight.ts';
import { unitOfRestart } from './reconcile/journal.ts';
import type { Policy } from './reconcile/policy.ts';
import { splayDelay } from './reconcile/splay.ts';
import type { Log, LoggerOptions } from './report/logger.ts';
import { buildStatus } from './report/status.ts';
import type { Settings } from './settings/settings.ts';
import { createAgentRestarter } from './supervision/agent-restarter.ts';
import { createEngineAtRest } from './supervision/engine-at-rest.ts';
import { hostSystemctl } from './supervision/systemctl.ts';
import { version } from './version.ts';

/** All parts that look and act, wired by the settings. */
export function compose(settings: Settings, log: Log) {
  const { procDir } = settings;
  const clock = systemClock(procDir);
  const bootId = readBootId(procDir);
  const systemctl = hostSystemctl();
  const socketPath = settings.dockerHost;
  const monotonicMs = () => clock.now().monoMs;
  const engineWithin = (answerTimeoutMs: number) => {
    const atRest = createEngineAtRest({ socketPath, systemctl, procDir, monotonicMs });
    return createEngineClient({ socketPath, atRest, answerTimeoutMs });
  };
  const engine = engineWithin(settings.dockerTimeoutMs);
  const askPreflight = composePreflight(settings, clock);
  const journal = createJournalFile(settings.stateDir);
  /** At rest, nothing on the host shows which unit ran the agent; the journal of an earlier daemon does. */
  let ranBy: string | undefined;
  const observer = createHostObserver({
    settings,
    engine,
    systemctl,
    clock,
    random: Math.random,
    bootId,
    ranBy: () => ranBy,
  });
  const wake = createWake(clock);
  const policyFor = (observation: Observation) => policyOf(settings, observation);
  return {
    clock,
    bootId,
    engine,
    engineWithin,
    systemctl,
    observer,
    askPreflight,
    policyFor,
    loop: {
      observer,
      performer: createPerformer(createAgentRestarter(engine, systemctl), askPreflight),
      journal: {
        ...journal,
        load: async () => {
          const loaded = await journal.load();
          ranBy = loaded.journal && unitOfRestart(loaded.journal);
          return loaded;
        },
      },
      clock,
      // What wakes it (the Engine's events, an operator) wants the host to be seen as it is now.
      wake: {
        ...wake,
        now: () => {
          observer.forget();
          wake.now();
        },
      },
      log,
      policyFor,
    },
    describe: (
      { looks, state, observation, look, trace }: LookResult,
      own: { readonly startedWallMs: number; readonly linesLost: number },
    ) =>
      buildStatus({
        state,
        observation,
        look,
        trace,
        now: clock.now(),
        limits: policyFor(observation),
        daemon: { pid: process.pid, version, looks, ...own },
      }),
  };
}

/** Composed anew for every question: there is seldom one. */
function composePreflight(settings: Settings, clock: Clock): AskPreflight {
  return async (question, signal) => {
    const { createAskPreflight } = await import('./preflight/ask-preflight.ts');
    const imds = createImdsClient({ ...imdsSettings(settings), tries: 1 }, { clock, random: Math.random });
    return await createAskPreflight({
      bundle: besideProgram('ecs-privatelinkd-ecs.cjs'),
      imds,
      imdsV1Fallback: settings.imdsV1Fallback,
    })(question, signal);
  };
}

function policyOf(settings: Settings, { instance, bootId }: Observation): Policy {
  return { ...settings, splayDelayMs: splayDelay(instance.facts?.instanceId ?? bootId, settings.splayMs) };
}

export function logOptions(settings: Settings): LoggerOptions {
  const auto = process.stdout.isTTY === true ? 'text' : 'json';
  return {
    level: settings.logLevel,
    format: settings.logFormat === 'auto' ? auto : settings.logFormat,
    priorityPrefix: stdoutIsJournal(process.env['JOURNAL_STREAM']),
    version,
  };
}

/** Whether standard output leads to journald itself (systemd.exec(5), JOURNAL_STREAM = device:inode). */
function stdoutIsJournal(journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(1);
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
