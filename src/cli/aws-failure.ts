import { type AwsFailure, awsFailureAdvice, awsFailureText } from '../fleet/aws-failure.ts';
import type { Problem, ProblemCode } from '../kit/problem.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';

/** How each is told, and the exit code that it ends a command with. */
const kinds = {
  denied: { code: 'aws-denied', exit: 'noPermission' },
  'no-credentials': { code: 'aws-no-credentials', exit: 'noPermission' },
  expired: { code: 'aws-expired', exit: 'noPermission' },
  'no-region': { code: 'aws-no-region', exit: 'config' },
  throttled: { code: 'aws-throttled', exit: 'unavailable' },
  unreachable: { code: 'aws-unreachable', exit: 'unavailable' },
  'not-found': { code: 'aws-not-found', exit: 'unavailable' },
  failed: { code: 'aws-failed', exit: 'unavailable' },
} as const satisfies Record<
  AwsFailure['kind'],
  { readonly code: ProblemCode; readonly exit: keyof typeof exitCodes }
>;

/**
 * Why AWS did not answer, as a problem.
 *
 * @param target whom it is about, where that is one of several
 */
export function awsProblem(failure: AwsFailure, target?: string): Problem {
  const who = target === undefined ? '' : `${target}: `;
  return {
    code: kinds[failure.kind].code,
    message: `${who}${awsFailureText(failure)}.`,
    advice: awsFailureAdvice(failure),
  };
}

/** What ends a command to which AWS did not answer. */
export function awsCommandError(failure: AwsFailure): CommandError {
  return new CommandError(awsProblem(failure), codeOfAwsFailure(failure));
}

/** 77 where a permission or credentials are missing, 78 without a region, else 69. */
export function codeOfAwsFailure({ kind }: AwsFailure): ExitCode {
  return exitCodes[kinds[kind].exit].code;
}
