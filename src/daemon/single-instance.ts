import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readProcessStat } from '../agent/agent-process.ts';
import { readText } from '../kit/files.ts';
import { errorCodeOf } from '../kit/problem.ts';

/** Held by the one process that may act on this host: the highest-numbered `RUN_DIR/daemon.N.pid`, `PID START COMMAND`. */
export interface InstanceLock {
  release(): void;
}

/** The process that holds the lock at the moment. */
export interface LockHolder {
  readonly pid: number;
  readonly command: LockingCommand;
}

/** Those that act on the host: the daemon, and a restart by hand where none runs. */
export type LockingCommand = 'run' | 'restart';

const lockFile = /^daemon\.(\d+)\.pid$/;

/** Each failed attempt means that another starter got on; more of them than this do not start at once. */
const maxAttempts = 100;

/**
 * Takes the lock, or tells who has it. The start time beside the pid keeps a file that outlived its process
 * (and whose pid belongs to another one now) from blocking the host forever.
 *
 * A stale file is never moved out of the way, since by then it might be another starter's live one. Instead
 * the next number is taken, which only one can; a process that then finds a still higher one was too late.
 *
 * @throws the system error when the directory cannot be written
 */
export function takeInstanceLock(
  runDir: string,
  procDir: string,
  command: LockingCommand,
): { lock: InstanceLock } | { holder: LockHolder } {
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  const own = `${process.pid} ${readProcessStat(procDir, process.pid)?.startedMonoMs ?? 0} ${command}\n`;
  const temporary = join(runDir, `daemon.pid.${process.pid}`);
  // What a process of the same number left is not ours to write to.
  quietly(() => unlinkSync(temporary));
  writeFileSync(temporary, own, { mode: 0o644, flag: 'wx' });
  // `status` reads it as any user; the unit's UMask= would keep it to root.
  chmodSync(temporary, 0o644);
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const newest = lockNumbers(runDir)[0] ?? 0;
      const text = newest === 0 ? '' : readText(pathOf(runDir, newest));
      if (text === undefined) continue;
      const holder = liveHolder(text, procDir);
      if (holder) return { holder };
      const lock = takeNumber(runDir, temporary, newest + 1);
      if (lock) return { lock };
    }
    throw new Error(`the lock in ${runDir} is being taken and left again and again`);
  } finally {
    quietly(() => unlinkSync(temporary));
  }
}

/** Undefined when another starter took this number, or a higher one. */
function takeNumber(runDir: string, own: string, number: number): InstanceLock | undefined {
  const path = pathOf(runDir, number);
  if (!linkNew(own, path)) return undefined;
  const [highest, ...older] = lockNumbers(runDir);
  if (highest !== number) {
    unlinkSync(path);
    return undefined;
  }
  for (const one of older) quietly(() => unlinkSync(pathOf(runDir, one)));
  // Emptied rather than removed: a number that came free could be taken by a starter that had read an older one.
  return { release: () => quietly(() => truncateSync(path)) };
}

/** The live process that holds the lock; undefined when there is none. */
export function lockHolder(runDir: string, procDir: string): LockHolder | undefined {
  const [newest] = numbersIfAny(runDir);
  const text = newest === undefined ? undefined : readText(pathOf(runDir, newest));
  return text === undefined ? undefined : liveHolder(text, procDir);
}

/** None where the directory is missing or not readable. */
function numbersIfAny(runDir: string): number[] {
  try {
    return lockNumbers(runDir);
  } catch {
    return [];
  }
}

function pathOf(runDir: string, number: number): string {
  return join(runDir, `daemon.${number}.pid`);
}

/** Numbers of the lock files, highest first. */
function lockNumbers(runDir: string): number[] {
  return readdirSync(runDir)
    .map((name) => Number(lockFile.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => b - a);
}

function liveHolder(text: string, procDir: string): LockHolder | undefined {
  const [pid = 0, start = 0] = text.split(' ', 2).map(Number);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const stat = readProcessStat(procDir, pid);
  return stat && !stat.zombie && stat.startedMonoMs === start
    ? { pid, command: / restart$/m.test(text) ? 'restart' : 'run' }
    : undefined;
}

function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It is only tidying up.
  }
}
