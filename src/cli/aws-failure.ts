import { type AwsFailure, awsFailureAdvice, awsFailureText } from '../fleet/aws-failure.ts';
import type { ProblemCode } from '../kit/problem.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';
import { type Asked, reportFailure } from './failure.ts';
import type { Output } from './output.ts';

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

/** Says why AWS did not answer, and with which exit code that ends a command. */
export function reportAwsFailure(failure: AwsFailure, asked: Asked, output: Output): ExitCode {
  const message = `${awsFailureText(failure)}.`;
  const problem = { code: kinds[failure.kind].code, message, advice: awsFailureAdvice(failure) } as const;
  const error = new CommandError(problem, codeOfAwsFailure(failure));
  return reportFailure(error, asked, output, new AbortController().signal);
}

/** 77 where a permission or credentials are missing, 78 without a region, else 69. */
export function codeOfAwsFailure({ kind }: AwsFailure): ExitCode {
  return exitCodes[kinds[kind].exit].code;
}
