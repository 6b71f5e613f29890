import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../lab/faults/random.ts';
import { signalProcess } from '../../lab/processes.ts';
import { stateDirectory } from './daemon-unit.ts';
import type { Stage } from './stage.ts';

/** Where a daemon was killed. */
export interface CrashPoint {
  readonly where: string;
  /** The phase that was told last, by this daemon or the one before it. */
  readonly phase: string;
}

/** Waits for a crash point and kills the daemon there. */
export type Killer = (stage: Stage, random: Random, first: boolean) => Promise<CrashPoint>;

/** A restart takes about 2 s from the endpoints' appearance to its verification. */
const restartTakesMs = 2_000;
/** A daemon that has been started again gets as far as this before the next crash. */
const nextWithinMs = 800;

/** At any time: the first within the 2 s around the restart, those that follow at a new daemon's beginnings. */
export const atAnyTime: Killer = async (stage, random, first) => {
  const afterMs = random.between(0, first ? restartTakesMs : nextWithinMs);
  await delay(afterMs);
  await stage.daemon.kill();
  return { where: `${afterMs} ms`, phase: stage.daemon.lastPhase() };
};

/**
 * While the state is being written: at one of the next steps (create, write, rename) that the kernel tells of in
 * its directory. A state that is not written for a while is as good a moment as any.
 */
export const whileWriting: Killer = async (stage, random) => {
  const step = random.between(1, 9);
  const pid = stage.daemon.pid();
  if (pid === undefined) throw new Error('there is no daemon to kill');
  const point = await new Promise<CrashPoint>((resolve) => {
    let seen = 0;
    const crash = (where: string) => {
      signalProcess(pid, 'SIGKILL');
      clearTimeout(timer);
      watcher.close();
      resolve({ where, phase: stage.daemon.lastPhase() });
    };
    const timer = setTimeout(() => crash(`step ${step} did not come`), nextWithinMs);
    const watcher = watch(`/proc/${stage.instance.machine.pid}/root${stateDirectory}`, (event, file) => {
      seen += 1;
      if (seen === step) crash(`step ${step}: ${event} ${file}`);
    });
  });
  await stage.daemon.gone();
  return point;
};
