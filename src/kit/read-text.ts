import { readFileSync } from 'node:fs';
import { errorCodeOf } from './problem.ts';

/** Undefined when there is no such file. @throws the system error of any other failure */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
