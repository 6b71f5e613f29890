import { execFile } from 'node:child_process';
import { errorCodeOf } from './problem.ts';

/** How a program ended. `missing`: there is no such program on this host. */
export type ProgramResult =
  | { readonly outcome: 'ended'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly outcome: 'missing' };

export interface ProgramOptions {
  /** Beside PATH and LC_ALL=C; all other variables are kept from it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end; kills it when `signal` aborts. Rejects only with the signal's reason. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  options?: ProgramOptions,
) => Promise<ProgramResult>;

const largestOutput = 4 * 1024 * 1024;

/** PATH without entries that depend on the current directory, as an empty one does; those of root's programs at its end. */
function searchPath(path = ''): string {
  const absolute = path.split(':').filter((entry) => entry.startsWith('/'));
  return [...absolute, '/usr/sbin', '/sbin', '/usr/bin', '/bin'].join(':');
}

/** Programs of the host; those of root are found too where PATH does not name their directories. */
export const runProgram: RunProgram = async (program, args, signal, { env } = {}) => {
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const options = {
      signal,
      // What it prints is read: no language but C's.
      env: { PATH: searchPath(process.env['PATH']), LC_ALL: 'C', ...env },
      maxBuffer: largestOutput,
      killSignal: 'SIGKILL',
    } as const;
    const child = execFile(program, [...args], options, (thrown, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else if (thrown === null) resolve({ outcome: 'ended', exitCode: 0, stdout, stderr });
      else if (['ENOENT', 'EACCES'].includes(errorCodeOf(thrown) ?? '')) resolve({ outcome: 'missing' });
      else resolve({ outcome: 'ended', exitCode: Number(thrown.code ?? 1) || 1, stdout, stderr });
    });
    child.stdin?.end();
  });
};
