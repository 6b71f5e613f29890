import { readFileSync } from 'node:fs';

/** The text of a small file; undefined when it is missing or may not be read. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
