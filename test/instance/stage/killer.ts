import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { signalProcess } from '../../lab/processes.ts';
import { stateDirectory } from './daemon-unit.ts';
import type { Stage } from './stage.ts';

/** Waits for a crash point, kills the daemon there, and tells where that was. */
export type Killer = (stage: Stage, random: () => number, first: boolean) => Promise<string>;

/** A restart takes about 2 s from the endpoints' appearance to its verification. */
const restartTakesMs = 2_000;
/** A daemon that has been started again gets as far as this before the next crash. */
const nextWithinMs = 800;

/** At any time: the first within the 2 s around the restart, those that follow at a new daemon's beginnings. */
export const atAnyTime: Killer = async (stage, random, first) => {
  const afterMs = Math.round(random() * (first ? restartTakesMs : nextWithinMs));
  await delay(afterMs);
  await stage.daemon.kill();
  return `${afterMs} ms`;
};

/**
 * While the state is being written: at one of the next steps (create, write, rename) that the kernel tells of in
 * its directory. A state that is not written for a while is as good a moment as any.
 */
export const whileWriting: Killer = async (stage, random) => {
  const step = 1 + Math.floor(random() * 9);
  const pid = stage.daemon.pid();
  if (pid === undefined) throw new Error('there is no daemon to kill');
  let seen = 0;
  const told = await new Promise<string>((resolve) => {
    const watcher = watch(`/proc/${stage.instance.machine.pid}/root${stateDirectory}`, (event, file) => {
      seen += 1;
      if (seen < step) return;
      signalProcess(pid, 'SIGKILL');
      end(`step ${step}: ${event} ${file}`);
    });
    const timer = setTimeout(() => {
      signalProcess(pid, 'SIGKILL');
      end(`step ${step} did not come`);
    }, nextWithinMs);
    function end(what: string): void {
      clearTimeout(timer);
      watcher.close();
      resolve(what);
    }
  });
  await stage.daemon.gone();
  return told;
};
