import { spawnSync } from 'node:child_process';

/**
 * Runs promtool, of Debian's package `prometheus`.
 *
 * @returns what it says is wrong; empty when it is content
 */
export function promtool(args: readonly string[], input = ''): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if (error)
    throw new Error(`promtool cannot be run (Debian and Ubuntu: apt-get install prometheus)`, {
      cause: error,
    });
  // `check metrics` says on standard error what offends the conventions, and ends with 3.
  return status === 0 ? '' : `${stdout}${stderr}`;
}
