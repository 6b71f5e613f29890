import { execFile } from 'node:child_process';
import { errorCodeOf } from './problem.ts';

/** How a program ended. `missing`: there is no such program on this host. */
export type ProgramResult =
  | { readonly outcome: 'ended'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly outcome: 'missing' };

/** Runs a program to its end. Rejects only with the signal's reason. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  signal: AbortSignal,
) => Promise<ProgramResult>;

const largestOutput = 4 * 1024 * 1024;

/** Programs of the host; those of root are found too where PATH does not name their directories. */
export const runProgram: RunProgram = async (program, args, signal) => {
  signal.throwIfAborted();
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' };
  const options = { signal, env, maxBuffer: largestOutput, killSignal: 'SIGKILL' } as const;
  return await new Promise((resolve, reject) => {
    execFile(program, [...args], options, (thrown, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else if (thrown === null) resolve({ outcome: 'ended', exitCode: 0, stdout, stderr });
      else if (['ENOENT', 'EACCES'].includes(errorCodeOf(thrown) ?? '')) resolve({ outcome: 'missing' });
      else resolve({ outcome: 'ended', exitCode: Number(thrown.code ?? 1) || 1, stdout, stderr });
    });
  });
};
