import {
  type AccountState,
  type AwsAccounts,
  admitted,
  type InstanceState,
  jsonRefusals,
  pageOf,
  regionOf,
  tokenAfter,
} from './account.ts';
import { type AwsCall, AwsFault, type AwsService, type JsonCall } from './aws-api.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Amazon ECS API Reference, "Request throttling": cluster resource reads, by account and region. */
const reads = { burst: 100, perSecond: 20 };

/** ECS: lists and descriptions of container instances. */
export function ecsService(accounts: AwsAccounts, nowMs: () => number): AwsService {
  const buckets = new Map<string, TokenBucket>();
  const throttle = ({ accessKeyId, region }: AwsCall) => {
    const key = `${accessKeyId} ${region}`;
    const bucket = buckets.get(key) ?? createTokenBucket(reads.burst, reads.perSecond, nowMs);
    buckets.set(key, bucket);
    if (!bucket.take()) throw new AwsFault('ThrottlingException', 'Rate exceeded');
  };
  const account = (call: AwsCall) => admitted(accounts, call, jsonRefusals);
  return {
    admit: (call) => {
      if (regionOf(account(call), call).throttled) {
        throw new AwsFault('ThrottlingException', 'Rate exceeded');
      }
      throttle(call);
    },
    json: {
      ListClusters: (call) => {
        const arns = regionOf(account(call), call).clusters.map((name) =>
          clusterArn(account(call), call, name),
        );
        const page = pageOf(arns, { token: call.input['nextToken'], size: call.input['maxResults'] }, 100);
        return { clusterArns: page.items, nextToken: page.nextToken };
      },
      ListContainerInstances: (call) => {
        const owner = account(call);
        const members = membersOf(owner, call).filter(({ status }) => status !== 'INACTIVE');
        const page = pageOf(members, { token: call.input['nextToken'], size: call.input['maxResults'] }, 100);
        return {
          containerInstanceArns: page.items.map((one) => instanceArn(owner, call, one)),
          nextToken: tokenAfter(page, regionOf(owner, call), call),
        };
      },
      DescribeContainerInstances: (call) => {
        const owner = account(call);
        const asked = call.input['containerInstances'];
        if (!Array.isArray(asked) || asked.length === 0 || asked.length > 100) {
          throw new AwsFault(
            'InvalidParameterException',
            'Container instances cannot be empty or more than 100.',
          );
        }
        const byArn = new Map(membersOf(owner, call).map((one) => [instanceArn(owner, call, one), one]));
        const found = asked
          .flatMap((arn) => byArn.get(arn) ?? [])
          .filter(({ failure }) => failure === undefined);
        return {
          containerInstances: found.map((one) => describe(owner, call, one)),
          failures: asked.flatMap((arn) => {
            const { failure } = byArn.get(arn) ?? { failure: 'MISSING' };
            return failure === undefined ? [] : [{ arn, reason: failure }];
          }),
        };
      },
    },
  };
}

function membersOf(account: AccountState, call: JsonCall): InstanceState[] {
  const given = String(call.input['cluster'] ?? 'default');
  const region = regionOf(account, call);
  const name = region.clusters.find((one) => one === given || clusterArn(account, call, one) === given);
  if (name === undefined || region.deletedClusters.has(name))
    throw new AwsFault('ClusterNotFoundException', 'Cluster not found.');
  return region.instances.filter(({ cluster }) => cluster === name);
}

function clusterArn({ id }: AccountState, { region }: AwsCall, name: string): string {
  return `arn:aws:ecs:${region}:${id}:cluster/${name}`;
}

const arns = new WeakMap<InstanceState, string>();

/** In the long form, with 32 hexadecimal digits. Made once for each: a fleet has thousands, described page by page. */
function instanceArn({ id }: AccountState, { region }: AwsCall, one: InstanceState): string {
  const known = arns.get(one);
  if (known !== undefined) return known;
  const hex = Buffer.from(one.id).toString('hex').padEnd(32, '0').slice(-32);
  const arn = `arn:aws:ecs:${region}:${id}:container-instance/${one.cluster}/${hex}`;
  arns.set(one, arn);
  return arn;
}

function describe(account: AccountState, call: AwsCall, one: InstanceState): object {
  return {
    containerInstanceArn: instanceArn(account, call, one),
    ec2InstanceId: one.id,
    status: one.status,
    agentConnected: one.agentConnected,
    versionInfo: {
      agentVersion: one.agentVersion,
      agentHash: '8dfceca6',
      dockerVersion: 'DockerVersion: 25.0.14',
    },
    runningTasksCount: 3,
    pendingTasksCount: 0,
    attributes: [
      { name: 'ecs.capability.secrets.asm.environment-variables' },
      { name: 'ecs.vpc-id', value: one.vpcId },
      { name: 'ecs.subnet-id', value: one.subnetId },
      { name: 'ecs.availability-zone', value: one.zone },
      { name: 'ecs.instance-type', value: 'c5.large' },
    ],
    registeredAt: 1_795_000_000.123,
  };
}
