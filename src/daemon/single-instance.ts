import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProcessStat } from '../agent/process-stat.ts';
import { errorCodeOf } from '../system/problem.ts';

/** Held by the one process that may act on this host: `RUN_DIR/daemon.pid`, `PID START`. */
export interface InstanceLock {
  release(): Promise<void>;
}

/** Whoever holds the lock at the moment. */
export interface LockHolder {
  readonly pid: number;
}

const fileName = 'daemon.pid';

/**
 * Takes the lock, or tells who has it. The start time beside the pid keeps a file that outlived its process
 * (and whose pid belongs to another one now) from blocking the host for ever.
 *
 * @throws the system error when the directory cannot be written
 */
export async function takeInstanceLock(
  runDir: string,
  procDir: string,
): Promise<{ lock: InstanceLock } | { holder: LockHolder }> {
  await mkdir(runDir, { recursive: true, mode: 0o755 });
  const path = join(runDir, fileName);
  const own = `${process.pid} ${readProcessStat(procDir, process.pid)?.startedMonoMs ?? 0}\n`;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, own, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (await linkNew(temporary, path)) {
        return { lock: { release: async () => await unlink(path).catch(() => {}) } };
      }
      const holder = await lockHolder(runDir, procDir);
      if (holder) return { holder };
      await setStaleAside(path, procDir);
    }
    throw new Error(`${path} is being taken and left again and again`);
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** The live process that holds the lock; undefined when there is none. */
export async function lockHolder(runDir: string, procDir: string): Promise<LockHolder | undefined> {
  return await liveHolder(join(runDir, fileName), procDir);
}

async function liveHolder(path: string, procDir: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, 'latin1').catch(() => '');
  const [pid = 0, start = 0] = text.split(' ').map(Number);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const stat = readProcessStat(procDir, pid);
  return stat && !stat.zombie && stat.startedMonoMs === start ? { pid } : undefined;
}

async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale file away; if a live one was caught instead (two starters at once), puts it back. */
async function setStaleAside(path: string, procDir: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  await rename(path, aside).catch(() => {});
  if (await liveHolder(aside, procDir)) await linkNew(aside, path);
  await unlink(aside).catch(() => {});
}
