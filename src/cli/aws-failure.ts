import { type AwsFailure, awsFailureAdvice, awsFailureText } from '../fleet/aws-failure.ts';
import type { ProblemCode } from '../kit/problem.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';
import { type Asked, reportFailure } from './failure.ts';
import type { Output } from './output.ts';

const codes = {
  denied: 'aws-denied',
  throttled: 'aws-throttled',
  'no-credentials': 'aws-no-credentials',
  expired: 'aws-expired',
  'no-region': 'aws-no-region',
  unreachable: 'aws-unreachable',
  'not-found': 'aws-not-found',
  failed: 'aws-failed',
} as const satisfies Record<AwsFailure['kind'], ProblemCode>;

/** Says why AWS did not answer, and with which exit code that ends a command. */
export function reportAwsFailure(failure: AwsFailure, asked: Asked, output: Output): ExitCode {
  const message = `${awsFailureText(failure)}.`;
  const problem = { code: codes[failure.kind], message, advice: awsFailureAdvice(failure) } as const;
  const error = new CommandError(problem, codeOfAwsFailure(failure));
  return reportFailure(error, asked, output, new AbortController().signal);
}

/** 77 where a permission or credentials are missing, 78 without a region, else 69. */
export function codeOfAwsFailure({ kind }: AwsFailure): ExitCode {
  switch (kind) {
    case 'denied':
    case 'no-credentials':
    case 'expired':
      return exitCodes.noPermission.code;
    case 'no-region':
      return exitCodes.config.code;
    case 'throttled':
    case 'unreachable':
    case 'not-found':
    case 'failed':
      return exitCodes.unavailable.code;
  }
}
