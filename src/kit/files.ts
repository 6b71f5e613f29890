import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { budgets } from './budgets.ts';
import { errorCodeOf } from './problem.ts';

const pieceBytes = 32 * 1024;

/** Undefined when there is no such file, or what it told of (a process) has ended. @throws any other system error */
export function readText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  return unlessGone(() => readFileSync(path, encoding));
}

/** The text of a file that may be another's; undefined when it is missing, not readable, or no file (a pipe, a device). */
export function readTextIfAny(path: string): string | undefined {
  return unlessUnreadable(() => readBounded(path, budgets.fileBytes));
}

/** The last bytes of a file as text; undefined as above. */
export function readTail(path: string, bytes: number): string | undefined {
  return unlessUnreadable(() => {
    const file = openWithoutWaiting(path);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return undefined;
      const { size } = stat;
      const buffer = Buffer.alloc(Math.min(size, bytes));
      const length = readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Hands over the lines of a file of the kernel's, in pieces of whole lines, until `use` has seen enough (true). Returns
 * whether there is such a file. A line longer than a piece is passed over.
 * @throws an error that says so when it is longer than `limit` bytes, otherwise the system error
 */
export function readLines(path: string, limit: number, use: (lines: string) => boolean): boolean {
  const found = unlessGone(() => {
    const file = openSync(path, 'r');
    try {
      for (const lines of pieces(file, limit)) if (use(lines)) break;
      return true;
    } finally {
      closeSync(file);
    }
  });
  return found ?? false;
}

function* pieces(file: number, limit: number): Generator<string> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let total = 0;
  for (let kept = 0; ; ) {
    const length = fill(file, buffer, kept);
    total += length - kept;
    if (total > limit) throw new Error(`it has more than ${limit} bytes`);
    const isLast = length < buffer.length;
    const end = isLast ? length : buffer.lastIndexOf('\n') + 1;
    yield buffer.toString('latin1', 0, end);
    if (isLast) return;
    kept = end === 0 ? 0 : buffer.copy(buffer, 0, end);
  }
}

/** Until it is full, or the file has ended: the kernel gives a page at a time. Returns to where it is filled. */
function fill(file: number, buffer: Buffer, from: number): number {
  let length = from;
  for (let got = 1; got > 0 && length < buffer.length; length += got) {
    got = readSync(file, buffer, length, buffer.length - length, null);
  }
  return length;
}

/** A text that differs once a file has changed, or is another one. */
export function versionOf({ mtimeMs, ctimeMs, dev, ino, size }: Stats): string {
  return [mtimeMs, ctimeMs, dev, ino, size].join();
}

/** What `read` gives, or undefined when the file, or in /proc the process that it tells of, is gone. */
export function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    const code = errorCodeOf(thrown);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw thrown;
  }
}

function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * A text file that may be damaged or something else altogether by now. Undefined when there is none.
 *
 * @throws an error that says so when it is larger than `limit` bytes or not a file, otherwise the system error
 */
export function readBounded(path: string, limit: number): string | undefined {
  return readBytes(path, limit)?.toString('utf8');
}

/** The same as bytes, for what is to be overwritten before it is text. */
export function readBytes(path: string, limit: number): Buffer | undefined {
  let file: number;
  try {
    file = openWithoutWaiting(path);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > limit)
      throw new Error(`its ${stat.size} bytes are more than the ${limit} that it may have`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Opening a pipe would otherwise wait for a writer. */
function openWithoutWaiting(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}
