import {
  DescribeContainerInstancesCommand,
  type ECSClient,
  type ContainerInstance as EcsContainerInstance,
  paginateListClusters,
  paginateListContainerInstances,
} from '@aws-sdk/client-ecs';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import { type Answer, AwsFailureError, answered, askAws, eachPage, inParallel } from './ask-aws.ts';
import { arnParts, clusterName } from './cluster-arn.ts';

/** A container instance as ECS has it. Texts are printable, absent ones empty. */
export interface ContainerInstance {
  readonly arn: string;
  /** `i-…`, or `mi-…` for an external instance. */
  readonly instanceId: string;
  readonly account: string;
  readonly region: string;
  /** As it was asked for: a name or an ARN. */
  readonly askedCluster: string;
  /** Name of its cluster. */
  readonly cluster: string;
  /** `ACTIVE`, `DRAINING`, `REGISTERING`, `DEREGISTERING`, `REGISTRATION_FAILED`. */
  readonly status: string;
  readonly agentConnected: boolean;
  readonly agentVersion: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly zone: string;
}

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

export interface EcsTold {
  readonly clusters: readonly Cluster[];
  readonly instances: readonly ContainerInstance[];
  /** Clusters asked for that are not there, or are inactive. */
  readonly notFound: readonly string[];
}

/** ECS gives and takes at most so many at once (API reference of both calls). */
const page = 100;
/** At once. The bucket of reads is shared by the account: 100 at once, then 20 a second. */
const clustersAtOnce = 4;

/**
 * All container instances of the clusters, INACTIVE ones (deregistered) excepted.
 *
 * @param wanted names or ARNs; empty: all clusters of the region
 */
export async function readContainerInstances(
  ecs: ECSClient,
  wanted: readonly string[],
  progress: (found: number) => void,
  signal: AbortSignal,
): Promise<Answer<EcsTold>> {
  const clusters: Cluster[] = [];
  const instances: ContainerInstance[] = [];
  const notFound: string[] = [];
  const readCluster = async (cluster: string, region: string) => {
    try {
      await describeCluster(ecs, cluster, signal, (described) => {
        instances.push(...described);
        progress(instances.length);
      });
      clusters.push(clusterOf(cluster, region, instances));
    } catch (thrown) {
      if (!(thrown instanceof AwsFailureError) || thrown.failure.kind !== 'not-found') throw thrown;
      // One that ECS has just listed was deleted in between, and so is empty.
      if (wanted.length > 0) notFound.push(cluster);
    }
  };
  return await answered({ clusters, instances, notFound }, async () => {
    const region = await askAws('ecs:ListClusters', signal, () => ecs.config.region());
    const asked = wanted.length > 0 ? wanted : await listClusters(ecs, signal);
    await inParallel(asked, clustersAtOnce, (cluster) => readCluster(cluster, region));
  });
}

/** ARNs of all active clusters. @throws AwsFailureError */
export async function listClusters(ecs: ECSClient, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const pages = paginateListClusters({ client: ecs, pageSize: page }, {}, { abortSignal: signal });
  await eachPage('ecs:ListClusters', signal, pages, ({ clusterArns = [] }) => {
    found.push(...clusterArns);
  });
  return found;
}

/** Page by page, so that what ECS tells beside what is kept is never all in memory. */
async function describeCluster(
  ecs: ECSClient,
  cluster: string,
  signal: AbortSignal,
  take: (described: readonly ContainerInstance[]) => void,
): Promise<void> {
  const pages = paginateListContainerInstances(
    { client: ecs, pageSize: page },
    { cluster },
    { abortSignal: signal },
  );
  await eachPage(
    'ecs:ListContainerInstances',
    signal,
    pages,
    async ({ containerInstanceArns: arns = [] }) => {
      if (arns.length > 0) take(await describeContainerInstances(ecs, { cluster, arns }, signal));
    },
  );
}

/**
 * At most 100. Those deregistered since they were listed are left out.
 *
 * @throws AwsFailureError, also where ECS says nothing of one that it has listed
 */
export async function describeContainerInstances(
  ecs: ECSClient,
  { cluster, arns }: { readonly cluster: string; readonly arns: readonly string[] },
  signal: AbortSignal,
): Promise<ContainerInstance[]> {
  const action = 'ecs:DescribeContainerInstances';
  const question = new DescribeContainerInstancesCommand({ cluster, containerInstances: [...arns] });
  const { containerInstances = [], failures = [] } = await askAws(action, signal, () =>
    ecs.send(question, { abortSignal: signal }),
  );
  const told = new Set(containerInstances.map(({ containerInstanceArn: arn }) => arn));
  const missing = new Map(failures.map(({ arn, reason }) => [arn, reason]));
  const silent = arns.find((arn) => !told.has(arn) && missing.get(arn) !== 'MISSING');
  if (silent !== undefined) {
    const why = missing.get(silent) ?? 'no reason given';
    const message = printable(`ECS lists ${silent} and does not describe it: ${why}`, budgets.quoteLength);
    throw new AwsFailureError({ kind: 'failed', action, message });
  }
  return containerInstances
    .filter(({ status }) => status !== 'INACTIVE')
    .map((one) => describe(one, cluster));
}

function describe(one: EcsContainerInstance, cluster: string): ContainerInstance {
  const arn = short(one.containerInstanceArn);
  const { account, region } = arnParts(arn);
  const attributes = new Map((one.attributes ?? []).map(({ name, value }) => [name, value]));
  return {
    arn,
    instanceId: short(one.ec2InstanceId),
    account,
    region,
    askedCluster: cluster,
    cluster: clusterName(cluster),
    status: short(one.status),
    agentConnected: one.agentConnected === true,
    agentVersion: short(one.versionInfo?.agentVersion),
    vpcId: short(attributes.get('ecs.vpc-id')),
    subnetId: short(attributes.get('ecs.subnet-id')),
    zone: short(attributes.get('ecs.availability-zone')),
  };
}

function clusterOf(cluster: string, region: string, instances: readonly ContainerInstance[]): Cluster {
  const parts = arnParts(cluster);
  const name = clusterName(cluster);
  if (parts.account !== '') return { arn: cluster, name, account: parts.account, region: parts.region };
  const member = instances.find((one) => one.cluster === name);
  return { arn: '', name, account: member?.account ?? '', region };
}

function short(text: string | undefined): string {
  return printable(text ?? '', budgets.nameLength);
}
