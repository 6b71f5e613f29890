import type { AwsFailure, FailureKind } from '../fleet/aws-failure.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { Output } from './output.ts';

const meanings: Readonly<Record<FailureKind, { readonly exit: ExitCode; readonly advice: string }>> = {
  denied: {
    exit: exitCodes.noPermission.code,
    advice: 'Allow it to the role or user that asks (docs/plan.md, docs/fleet.md: IAM).',
  },
  'no-credentials': {
    exit: exitCodes.noPermission.code,
    advice: 'Give --profile NAME, or set AWS_PROFILE or the AWS_ACCESS_KEY_ID family.',
  },
  expired: {
    exit: exitCodes.noPermission.code,
    advice: 'Renew the session: `aws sso login --profile NAME`, or take new credentials.',
  },
  'no-region': {
    exit: exitCodes.config.code,
    advice: 'Give --region REGION, or set AWS_REGION or `region` of the profile.',
  },
  throttled: { exit: exitCodes.unavailable.code, advice: 'Try again in a minute.' },
  unreachable: {
    exit: exitCodes.unavailable.code,
    advice:
      'Check the network, the proxy (HTTPS_PROXY is not used by the AWS SDK) and the name of the region.',
  },
  'not-found': { exit: exitCodes.usage.code, advice: 'Another --region or --profile?' },
  failed: { exit: exitCodes.unavailable.code, advice: 'Try again.' },
};

/** Says why AWS did not answer, and with which exit code that ends a command. */
export function reportAwsFailure({ kind, action, message }: AwsFailure, output: Output): ExitCode {
  const { exit, advice } = meanings[kind];
  output.err(`error: ${action}: ${message}. ${advice}\n`);
  return exit;
}
