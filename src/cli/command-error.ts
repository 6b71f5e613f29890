import type { LockHolder } from '../daemon/single-instance.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';

/** Thrown where a command can have no result; `reportFailure` tells it, in words and as JSON. */
export class CommandError extends ProblemError {
  readonly exitCode: ExitCode;

  constructor(problem: Problem, exitCode: ExitCode, options?: ErrorOptions) {
    super(problem, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Another process acts on this host, and two never do. */
export function hostTaken({ pid, command }: LockHolder): CommandError {
  const [who, advice] =
    command === 'run'
      ? [`Another daemon (pid ${pid}) already runs on this host.`, 'See `ecs-privatelinkd status`.']
      : [
          `\`ecs-privatelinkd restart\` (pid ${pid}) is under way on this host.`,
          'Try again once it has ended.',
        ];
  return new CommandError({ code: 'daemon-running', message: who, advice }, exitCodes.deadlinePassed.code);
}
