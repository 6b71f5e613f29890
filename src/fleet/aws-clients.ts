import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { loadSharedConfigFiles } from '@smithy/core/config';

/** Whom to ask: both left out, the SDK's own chain decides (environment, ~/.aws/config, instance role). */
export interface AwsTarget {
  readonly region: string | undefined;
  /** A profile of ~/.aws/config: keys, SSO, `role_arn`, `credential_process`. */
  readonly profile: string | undefined;
}

/** What the clients of one account and region have in common. `AWS_ENDPOINT_URL` and its like work as in the AWS CLI. */
export function clientOptions({ region, profile }: AwsTarget, env: NodeJS.ProcessEnv) {
  // On Node.js 20 the SDK warns of its own later versions, which the operator of this one can do nothing about.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const given = region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  return {
    ...(given ? { region: given } : {}),
    ...(profile === undefined ? {} : { profile }),
    // Slows down by itself where AWS throttles. Six attempts are about 20 s, and more than one bucket's refill.
    retryMode: 'adaptive',
    maxAttempts: 6,
    // Where nobody answers the connection, six attempts end within a minute; where nobody answers the request, two.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  } as const;
}

/**
 * Names of the profiles in ~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE
 * say; none where there are no such files.
 */
export async function knownProfiles(): Promise<string[]> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  return [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])].filter(
    // Other sections of the file: `sso-session NAME`, `services NAME`.
    (name) => !name.includes('.'),
  );
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
