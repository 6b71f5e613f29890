import { errorCodeOf, messageOf, ProblemError } from '../kit/problem.ts';
import { ConfigError } from '../settings/config-error.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { Output } from './output.ts';

/** Says what kept a command from its end, and with which exit code it ends. */
export function reportFailure(error: unknown, output: Output, signal: AbortSignal): ExitCode {
  if (error instanceof ConfigError) {
    for (const { message, advice } of error.problems) output.err(`error: ${message} ${advice}\n`);
    return error.exitCode;
  }
  // A command that was interrupted has nothing to add.
  if (signal.aborted) return exitCodes.notDone.code;
  if (error instanceof ProblemError) {
    output.err(`error: ${error.problem.message} ${error.problem.advice}\n`);
    return exitCodes.unavailable.code;
  }
  output.err(`error: ${messageOf(error)}\n`);
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(errorCodeOf(error) ?? '');
  return denied ? exitCodes.noPermission.code : exitCodes.notDone.code;
}
