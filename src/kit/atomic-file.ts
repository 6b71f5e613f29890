import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What a temporary name adds to that of its file. */
const temporarySuffix = /^\.[0-9a-f-]{36}\.tmp$/;

/**
 * Replaces a file so that a reader, or a host that loses power, finds the old content or the new, never a part.
 * Synchronous on purpose: a few system calls cost a tenth of what handing each to a worker thread does, and nothing
 * goes on before the file is written anyway.
 *
 * @param durable also sync the file and its directory to disk (not worth it on tmpfs)
 * @param newName a UUID. Node.js draws the random bytes of many at once: a file is written in each look.
 * @throws the system error of whichever step failed; the old file is then untouched
 */
export function writeFileAtomic(
  path: string,
  content: string,
  { mode, durable }: { mode: number; durable: boolean },
  newName: () => string = randomUUID,
): void {
  const temporary = `${path}.${newName()}.tmp`;
  // Only ever a new file (O_EXCL, which follows no link either): the directory may be another user's.
  const file = openSync(temporary, 'wx', mode);
  try {
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

/**
 * Removes what writes of this file that were cut short by a crash have left beside it. For its only writer, which is not
 * writing at the moment.
 */
export function removeUnfinished(path: string): void {
  const name = basename(path);
  let names: readonly string[];
  try {
    names = readdirSync(dirname(path));
  } catch {
    return;
  }
  for (const found of names) {
    if (found.startsWith(name) && temporarySuffix.test(found.slice(name.length))) {
      removeQuietly(join(dirname(path), found));
    }
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
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
