import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file so that a reader, or a host that loses power, finds the old content or the new, never a part.
 * Synchronous on purpose: a few system calls cost a tenth of what handing each to a worker thread does, and nothing
 * goes on before the file is written anyway.
 *
 * @param durable also sync the file and its directory to disk (not worth it on tmpfs)
 * @throws the system error of whichever step failed; the old file is then untouched
 */
export function writeFileAtomic(
  path: string,
  content: string,
  { mode, durable }: { mode: number; durable: boolean },
): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, 'w', mode);
    try {
      // The process' umask takes bits away from what is given to open.
      fchmodSync(file, mode);
      writeFileSync(file, content);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  if (durable) syncDirectory(dirname(path));
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The step that failed before says more.
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
