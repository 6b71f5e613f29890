import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errorCodeOf } from './problem.ts';

/**
 * A text file of ours, which may be damaged or something else altogether by now. Undefined when there is none.
 *
 * @throws an error that says so when it is larger than `limit` bytes or not a file, otherwise the system error
 */
export function readBounded(path: string, limit: number): string | undefined {
  let file: number;
  try {
    // Opening a pipe would wait for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > limit)
      throw new Error(`its ${stat.size} bytes are more than the ${limit} that it may have`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
