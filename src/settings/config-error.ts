import type { Problem } from '../kit/problem.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Rejection } from './value-kind.ts';

/** One thing wrong with the command line, the environment or the config file. */
export interface ConfigProblem extends Problem {
  /** Name of the setting, flag, key or command. */
  readonly name: string;
  /** Where it was found, e.g. `environment ECS_PRIVATELINKD_REGION`, `file /etc/…:12`, `command line`. */
  readonly origin: string;
  readonly value?: string;
  /** What is accepted, in words. */
  readonly accepted?: string;
  /** The valid name or value that was probably meant. */
  readonly nearest?: string | undefined;
}

/** Thrown with everything that was found wrong, never only the first thing. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  readonly exitCode: ExitCode;

  constructor(problems: readonly ConfigProblem[], exitCode: ExitCode, options?: ErrorOptions) {
    super(problems.map((problem) => `${problem.message} ${problem.advice}`).join('\n'), options);
    this.name = 'ConfigError';
    this.problems = problems;
    this.exitCode = exitCode;
  }
}

/** The problem that a rejected value is. */
export function rejectedValue(
  { reason, nearest }: Rejection,
  what: Pick<ConfigProblem, 'code' | 'name' | 'origin'> & {
    readonly value: string;
    readonly accepted: string;
  },
): ConfigProblem {
  const why = reason === undefined ? ', which is not accepted' : `: ${reason}`;
  return {
    ...what,
    message: `${what.name} is ${JSON.stringify(what.value)} (${what.origin})${why}.`,
    advice: `Accepted: ${what.accepted}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    nearest,
  };
}
