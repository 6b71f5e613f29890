import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { errorCodeOf } from './problem.ts';

/** The kernel follows 40 too. */
const maxLinks = 40;

/** A file as another root directory shows it. */
export interface RootedFile {
  /** Differs once the file has changed. */
  readonly version: string;
  readonly text: string;
}

/**
 * Reads a file as a process whose root is `root` (`/proc/PID/root`) finds it. Symbolic links are followed below that root
 * only: by path the kernel would resolve an absolute one, and `..`, against ours. Each step is opened below the one before
 * it, so that nobody can exchange a directory for a link in between. Undefined when there is no such file; the file given
 * as `before`, not read again, while it is unchanged.
 *
 * @param path absolute, as that process names it
 * @param limit bytes that it may have
 * @throws an error that says so when it is larger, not a regular file or behind too many links, otherwise the system error
 */
export function readRooted(
  root: string,
  path: string,
  limit: number,
  before?: RootedFile,
): RootedFile | undefined {
  const opened: number[] = [];
  try {
    const file = openRooted(root, path, opened);
    const { dev, ino, size, mtimeMs, ctimeMs, ...stat } = fstatSync(file);
    if ((stat.mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error('it is not a regular file');
    const version = [path, dev, ino, size, mtimeMs, ctimeMs].join(' ');
    if (before?.version === version) return before;
    if (size > limit) throw new Error(`its ${size} bytes are more than the ${limit} that it may have`);
    return { version, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH') return undefined;
    throw error;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

/** Whatever it opens is put into `opened`, for the caller to close. */
function openRooted(root: string, path: string, opened: number[]): number {
  // Opening a pipe would wait for a writer.
  const open = (place: string, how: number) => {
    const file = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK | how);
    opened.push(file);
    return file;
  };
  /** The directories that lead to where it is, the root first; that one is a link of the kernel's own. */
  const way = [open(root, constants.O_DIRECTORY)];
  const steps = namesIn(path);
  for (let links = 0; steps.length > 0; ) {
    const step = steps.shift() ?? '';
    if (step === '..') {
      if (way.length > 1) way.pop();
      continue;
    }
    const place = `/proc/self/fd/${way.at(-1)}/${step}`;
    const target = linkTarget(place);
    if (target === undefined) {
      way.push(open(place, constants.O_NOFOLLOW));
      continue;
    }
    links += 1;
    if (links > maxLinks) throw new Error('it is behind too many symbolic links');
    if (target.startsWith('/')) way.length = 1;
    steps.unshift(...namesIn(target));
  }
  return way.at(-1) ?? -1;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Undefined when it is no symbolic link. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errorCodeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}
