import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a temporary directory of the lab is for. */
export type DirectoryPurpose = 'engine' | 'embedded' | 'rehearsal';

/**
 * Makes a temporary directory that this process owns until it ends: it holds a lock on it, which is seen from every pid
 * namespace and goes with the process, however that ends. Short: Unix socket paths end at 107 bytes. Its name is unique
 * over all namespaces of this machine, because an Engine's cgroup is named after it.
 */
export function claimDirectory(purpose: DirectoryPurpose): string {
  for (;;) {
    const directory = join(tmpdir(), `ecs-privatelinkd-${purpose}-${randomBytes(5).toString('hex')}`);
    mkdirSync(directory);
    // Another process may have had the lock first, and takes the directory for one that was left.
    const descriptor = openIfThere(directory);
    if (descriptor === undefined) continue;
    if (lock(descriptor) && isStill(directory, descriptor)) return directory;
    closeSync(descriptor);
  }
}

/** This user's directories of that purpose whose owner ended without removing them. */
export function leftDirectories(purpose: DirectoryPurpose): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(`ecs-privatelinkd-${purpose}-`))
    .map((name) => join(tmpdir(), name))
    .filter(isLeft);
}

function isLeft(directory: string): boolean {
  const stat = statSync(directory, { throwIfNoEntry: false });
  // Removed by another run meanwhile, or another user's.
  if (stat === undefined || stat.uid !== process.getuid?.()) return false;
  const descriptor = openIfThere(directory);
  if (descriptor === undefined) return false;
  try {
    return lock(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(directory: string): number | undefined {
  try {
    return openSync(directory, 'r');
  } catch {
    return undefined;
  }
}

/** False when another process holds the lock. It belongs to the open file, which the program that takes it shares. */
function lock(descriptor: number): boolean {
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error !== undefined) throw error;
  return status === 0;
}

function isStill(directory: string, descriptor: number): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;
}
