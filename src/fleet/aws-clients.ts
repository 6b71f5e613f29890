import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** Whom to ask: both left out, the SDK's own chain decides (environment, ~/.aws/config, instance role). */
export interface AwsTarget {
  readonly region: string | undefined;
  /** A profile of ~/.aws/config: keys, SSO, `role_arn`, `credential_process`. */
  readonly profile: string | undefined;
}

/** What the clients of one account and region have in common. `AWS_ENDPOINT_URL` and its like work as in the AWS CLI. */
export function clientOptions({ region, profile }: AwsTarget, env: NodeJS.ProcessEnv) {
  const given = region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  return {
    ...(given ? { region: given } : {}),
    ...(profile === undefined ? {} : { profile }),
    // Slows down by itself where AWS throttles. Six attempts are about 20 s, and more than one bucket's refill.
    retryMode: 'adaptive',
    maxAttempts: 6,
    // Where AWS is not to be reached, six attempts are to end within a minute.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  } as const;
}

export interface FleetClients {
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
  readonly cloudTrail: CloudTrailClient;
  readonly cloudWatch: CloudWatchClient;
}

export function createFleetClients(target: AwsTarget, env: NodeJS.ProcessEnv): FleetClients {
  const options = clientOptions(target, env);
  return {
    ecs: new ECSClient(options),
    ssm: new SSMClient(options),
    cloudTrail: new CloudTrailClient(options),
    cloudWatch: new CloudWatchClient(options),
  };
}
