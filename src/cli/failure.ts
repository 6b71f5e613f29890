import { errorCodeOf, messageOf, type Problem, ProblemError } from '../kit/problem.ts';
import { wrapText } from '../kit/wrap-text.ts';
import type { CommandName } from '../settings/command-names.ts';
import { ConfigError } from '../settings/config-error.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';
import { type JsonError, printError } from './envelope.ts';
import type { Output } from './output.ts';

/** What was asked for, as far as it could be made out. */
export interface Asked {
  readonly command: CommandName | undefined;
  /** A JSON document is waited for on standard output, whatever happens. */
  readonly json: boolean;
}

interface Failure {
  /** Why it has no result. */
  readonly problems: readonly Problem[];
  readonly exitCode: ExitCode;
}

/** Says what kept a command from its end, and with which exit code it ends. */
export function reportFailure(error: unknown, asked: Asked, output: Output, signal: AbortSignal): ExitCode {
  const interrupted = signal.aborted && !(error instanceof ConfigError);
  const { problems, exitCode } = interrupted ? interruption : failureOf(error);
  if (!interrupted) printErrors(output, problems);
  const told = problemsAsJson(problems);
  if (asked.json && told) printError(output, asked.command, told);
  return exitCode;
}

/** As `error` of the envelope: the first, and what else is wrong beside it; null where nothing is. */
export function problemsAsJson(problems: readonly Problem[]): JsonError | null {
  const [first, ...others] = problems.map(({ code, message, advice }) => ({ code, message, advice }));
  if (first === undefined) return null;
  return others.length > 0 ? { ...first, others } : first;
}

/** On standard error, broken between words where that is a terminal. */
export function printErrors(output: Output, problems: readonly Problem[]): void {
  for (const { message, advice } of problems) {
    output.err(`${wrapText(`error: ${message} ${advice}`.trim(), output.width('err')).join('\n')}\n`);
  }
}

const interruption: Failure = {
  problems: [
    { code: 'interrupted', message: 'Interrupted by a signal before its end.', advice: 'Run it again.' },
  ],
  exitCode: exitCodes.notDone.code,
};

function failureOf(error: unknown): Failure {
  if (error instanceof ConfigError) return error;
  if (error instanceof CommandError) return { problems: [error.problem], exitCode: error.exitCode };
  if (error instanceof ProblemError) {
    return { problems: [error.problem], exitCode: exitCodes.unavailable.code };
  }
  return systemFailure(error);
}

/** What the operating system refused, or a fault of the program. */
function systemFailure(error: unknown): Failure {
  const code = errorCodeOf(error) ?? '';
  const reason = denials[code];
  if (reason === undefined) {
    const advice =
      'This is unexpected: please report it, with what `ecs-privatelinkd doctor --bundle FILE` writes.';
    const problem = { code: 'unexpected-error', message: `${messageOf(error)}.`, advice } as const;
    return { problems: [problem], exitCode: exitCodes.notDone.code };
  }
  const problem = {
    code: 'no-permission',
    message: `${whatFailed(error)}: ${reason.what}.`,
    advice: reason.advice,
  } as const;
  return { problems: [problem], exitCode: exitCodes.noPermission.code };
}

const asRoot = 'Run it as root, for example with sudo.';

const denials: Readonly<Record<string, { readonly what: string; readonly advice: string }>> = {
  EACCES: { what: 'permission denied', advice: asRoot },
  EPERM: { what: 'operation not permitted', advice: asRoot },
  EROFS: {
    what: 'the file system is read-only',
    advice: 'Make it writable, or name other directories by --run-dir and --state-dir.',
  },
};

/** `mkdir /run/x`, of the error of a system call. */
function whatFailed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { syscall, path }: NodeJS.ErrnoException = error;
  return [syscall, path].filter((part) => part !== undefined).join(' ') || error.message;
}
