import { type AwsFailure, awsFailureAdvice, awsFailureText } from '../fleet/aws-failure.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { Output } from './output.ts';

/** Says why AWS did not answer, and with which exit code that ends a command. */
export function reportAwsFailure(failure: AwsFailure, output: Output): ExitCode {
  output.err(`error: ${awsFailureText(failure)}. ${awsFailureAdvice(failure)}\n`);
  switch (failure.kind) {
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
