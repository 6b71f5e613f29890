import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';

/** The directory is not one in which only root can change what is done there; the message says why. */
export class UntrustedDirectoryError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UntrustedDirectoryError';
  }
}

/**
 * Has something done in a directory that is root's alone (or this process's user's), and in no other: it is opened first
 * and then judged, and what is done goes by the open directory, wherever its path may lead by then.
 *
 * @param act given a path that leads to the open directory until it returns
 * @throws UntrustedDirectoryError when a symbolic link is on the way there, or another user owns it or may write to it;
 *   the system error where it cannot be opened (`ENOENT`: it is not there); and what `act` throws
 */
export function inRootDirectory<T>(path: string, act: (pinned: string) => T): T {
  const asked = resolve(path);
  const directory = openSync(asked, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const pinned = `/proc/self/fd/${directory}`;
    const found = readlinkSync(pinned);
    if (found !== asked) throw new UntrustedDirectoryError(`it leads to ${found}`);
    const { uid, mode } = fstatSync(directory);
    if (uid !== 0 && uid !== process.geteuid?.()) {
      throw new UntrustedDirectoryError(`it belongs to the user ${uid}`);
    }
    if ((mode & 0o022) !== 0) {
      throw new UntrustedDirectoryError(`others may write to it (mode ${(mode & 0o7777).toString(8)})`);
    }
    return act(pinned);
  } finally {
    closeSync(directory);
  }
}
