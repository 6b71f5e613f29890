import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { unlessGone } from '../../../src/kit/files.ts';

/** Removes cgroups with all below them, where they are not gone already. Those that still have a process stay. */
export function removeCgroups(directories: readonly string[]): void {
  for (const directory of directories.filter((directory) => existsSync(directory))) {
    removeCgroups(subdirectories(directory));
    try {
      rmdirSync(directory);
    } catch {
      // Busy for as long as its last process is being reaped: the next start removes it.
    }
  }
}

/** None where it is gone: another machine that starts removes the same left ones. */
export function subdirectories(directory: string): string[] {
  const entries = unlessGone(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}
