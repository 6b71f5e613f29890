import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { Route53Client } from '@aws-sdk/client-route-53';
import { AwsFailureError, askAws } from '../fleet/ask-aws.ts';
import { type AwsTarget, clientOptions } from '../fleet/aws-clients.ts';
import {
  type ContainerInstance,
  type EcsTold,
  readContainerInstances,
} from '../fleet/container-instances.ts';
import { partitionOfRegion } from '../instance/partitions.ts';
import type { ConfigError } from '../settings/config-error.ts';
import { usageError } from '../settings/usage-error.ts';
import { readPrivateZones } from './read-private-zones.ts';
import { readTasks } from './read-tasks.ts';
import {
  idOf,
  readAttribute,
  readEndpoints,
  readGroups,
  readInstances,
  readNameservers,
  readNatGateways,
  readOffers,
  readRouteTables,
  readSubnets,
  readVpc,
  type VpcQuestion,
} from './read-vpc.ts';
import { unseenBy } from './seeing.ts';
import { taskNeeds } from './task-needs.ts';
import { type InstanceFacts, type Seen, seen, seenOr, type VpcFacts } from './vpc-facts.ts';

/** What to look at: a VPC, a cluster (whose instances name the VPC), or what a cluster has in a VPC. */
export interface PlanSubject {
  readonly vpcId: string | undefined;
  /** Name or ARN. */
  readonly cluster: string | undefined;
}

export interface PlanClients {
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly route53: Route53Client;
}

export function createPlanClients(target: AwsTarget, env: NodeJS.ProcessEnv): PlanClients {
  const options = clientOptions(target, env);
  return {
    ec2: new EC2Client(options),
    ecs: new ECSClient(options),
    route53: new Route53Client(options),
  };
}

/**
 * Looks at all that a plan is made from. Only reads.
 *
 * @throws ConfigError (exit code 64) where what was asked for is not there, AwsFailureError where AWS does not answer
 */
export async function look(
  clients: PlanClients,
  { vpcId: askedVpc, cluster }: PlanSubject,
  progress: (done: string) => void,
  signal: AbortSignal,
): Promise<VpcFacts> {
  const hosts = await readHosts(clients, { vpcId: askedVpc, cluster }, progress, signal);
  const { region, ecs, instances } = hosts;
  const vpcId = askedVpc ?? vpcOf(instances, cluster ?? '');
  const question = { ec2: clients.ec2, vpcId, signal };
  const vpc = await readVpc(question);
  if (vpc.kind === 'seen' && vpc.value === undefined) throw noSuchVpc(vpcId, region);
  const itself = seenOr(vpc, undefined);
  const here = seenOr(instances, []).filter((host) => host.vpcId === vpcId);
  const clusters = clustersOf(ecs, here, cluster);
  progress('the VPC');
  const [network, privateZones, tasks] = await Promise.all([
    readNetwork(question, itself?.dhcpOptionsId),
    readPrivateZones(clients.route53, { region, vpcId }, signal),
    instances.kind === 'seen'
      ? readTasks(
          clients.ecs,
          clusters.map(({ reference }) => reference),
          progress,
          signal,
        )
      : instances,
  ]);
  return {
    region,
    ...partitionOfRegion(region),
    vpcId,
    account: accountIn(ecs) ?? (await clients.ec2.config.credentials()).accountId,
    owner: itself?.owner ?? seenOr(network.subnets, [])[0]?.owner,
    clusters: clusters.map(({ name }) => name),
    ...network,
    privateZones,
    instances:
      instances.kind === 'seen'
        ? await withGroups(clients, here, seenOr(network.groups, []), signal)
        : instances,
    needs: tasks.kind === 'seen' ? seen(taskNeeds(tasks.value, region)) : tasks,
  };
}

/** The container instances, each with its VPC and subnet. */
async function readHosts(
  clients: PlanClients,
  { vpcId, cluster }: PlanSubject,
  progress: (done: string) => void,
  signal: AbortSignal,
) {
  const region = await askAws('ecs:ListClusters', signal, () => clients.ecs.config.region());
  const { told: ecs, failure } = await readContainerInstances(
    clients.ecs,
    cluster === undefined ? [] : [cluster],
    (found) => progress(`${found} container instances`),
    signal,
  );
  if (cluster !== undefined && ecs.notFound.length > 0) throw noSuchCluster(cluster, region);
  // Without these nothing else would be answered either; and without ECS a cluster leads to no VPC.
  if (failure !== undefined && (vpcId === undefined || isFatal(failure.kind)))
    throw new AwsFailureError(failure);
  const instances = failure === undefined ? await located(clients, ecs.instances, signal) : unseenBy(failure);
  return { region, ecs, instances };
}

/** Of whose clusters and instances ECS tells. */
function accountIn({ clusters, instances }: EcsTold): string | undefined {
  return [...clusters, ...instances].find(({ account }) => account !== '')?.account;
}

async function readNetwork(question: VpcQuestion, dhcpOptionsId: string | undefined) {
  const endpoints = readEndpoints(question);
  const groups = endpoints.then((told) =>
    readGroups(question, [...new Set(seenOr(told, []).flatMap(({ groupIds }) => groupIds))]),
  );
  const all = await Promise.all([
    readAttribute(question, 'enableDnsSupport'),
    readAttribute(question, 'enableDnsHostnames'),
    readNameservers(question, dhcpOptionsId),
    readSubnets(question),
    endpoints,
    groups,
    readRouteTables(question),
    readNatGateways(question),
    readOffers(question),
  ]);
  const [
    dnsSupport,
    dnsHostnames,
    nameservers,
    subnets,
    found,
    seenGroups,
    routeTables,
    natGateways,
    offers,
  ] = all;
  return {
    dnsSupport,
    dnsHostnames,
    nameservers,
    subnets,
    endpoints: found,
    groups: seenGroups,
    routeTables,
    natGateways,
    offers,
  };
}

/**
 * Instances in which task network interfaces are off have no attribute that names their subnet: EC2 tells it. So it does of
 * one whose attribute is no id: it is the host that says them, and what it says goes into commands.
 */
async function located(
  { ec2 }: PlanClients,
  told: readonly ContainerInstance[],
  signal: AbortSignal,
): Promise<Seen<ContainerInstance[]>> {
  const instances = told.map((one) => ({
    ...one,
    vpcId: idOf(one.vpcId) ?? '',
    subnetId: idOf(one.subnetId) ?? '',
  }));
  // Those outside of AWS (`mi-…`) are in no VPC.
  const lost = instances.filter(
    ({ instanceId, vpcId, subnetId }) => instanceId.startsWith('i-') && (vpcId === '' || subnetId === ''),
  );
  if (lost.length === 0) return seen(instances);
  const reading = await readInstances(
    { ec2, signal },
    lost.map(({ instanceId }) => instanceId),
  );
  if (reading.kind === 'unseen') return reading;
  const found = new Map(reading.value.map((one) => [one.id, one]));
  return seen(
    instances.map((one) => {
      const { vpcId = one.vpcId, subnetId = one.subnetId } = found.get(one.instanceId) ?? {};
      return { ...one, vpcId, subnetId };
    }),
  );
}

/** Their security groups are asked for only where a rule of an endpoint's names groups. */
async function withGroups(
  { ec2 }: PlanClients,
  instances: readonly ContainerInstance[],
  groups: readonly { readonly groupIds: readonly string[] }[],
  signal: AbortSignal,
): Promise<Seen<InstanceFacts[]>> {
  const asked = groups.some(({ groupIds }) => groupIds.length > 0) && instances.length > 0;
  const told = asked
    ? await readInstances(
        { ec2, signal },
        instances.map(({ instanceId }) => instanceId),
      )
    : seen([]);
  const found = new Map(seenOr(told, []).map((one) => [one.id, one.groupIds]));
  return seen(
    instances.map(({ instanceId, subnetId, agentConnected }) => ({
      id: instanceId,
      subnetId,
      groupIds: found.get(instanceId),
      connected: agentConnected,
    })),
  );
}

function vpcOf(hosts: Seen<readonly ContainerInstance[]>, cluster: string): string {
  const counts = new Map<string, number>();
  for (const { vpcId } of seenOr(hosts, []))
    if (vpcId !== '') counts.set(vpcId, (counts.get(vpcId) ?? 0) + 1);
  const [only, ...others] = [...counts.keys()].sort();
  if (only !== undefined && others.length === 0) return only;
  const advice = `Name one: --vpc ID${cluster === '' ? '' : `, beside --cluster ${cluster}`}.`;
  const where = cluster === '' ? 'The clusters of this region have' : `Cluster ${cluster} has`;
  if (only === undefined) {
    const why = hosts.kind === 'unseen' ? ` whose VPC is known (${hosts.why})` : '';
    throw usageError(
      '--cluster',
      `${where} no container instance${why}, so that no VPC follows from it.`,
      advice,
    );
  }
  const listed = [only, ...others].map((id) => `${id} (${counts.get(id)})`).join(', ');
  throw usageError('--cluster', `${where} container instances in several VPCs: ${listed}.`, advice);
}

/** All that have container instances in the VPC, or the one that was asked for. */
function clustersOf(
  { clusters }: EcsTold,
  here: readonly ContainerInstance[],
  asked: string | undefined,
): { readonly name: string; readonly reference: string }[] {
  return clusters
    .filter(({ name }) => asked !== undefined || here.some((host) => host.cluster === name))
    .map(({ name, arn }) => ({ name, reference: arn || asked || name }));
}

function isFatal(kind: string): boolean {
  return ['no-credentials', 'expired', 'no-region', 'unreachable'].includes(kind);
}

function noSuchCluster(cluster: string, region: string): ConfigError {
  return usageError(
    '--cluster',
    `There is no active cluster ${cluster} in ${region}.`,
    `See \`aws ecs list-clusters --region ${region}\`; another --region or --profile?`,
  );
}

function noSuchVpc(vpcId: string, region: string): ConfigError {
  return usageError(
    '--vpc',
    `There is no ${vpcId} in ${region} that these credentials can see.`,
    `See \`aws ec2 describe-vpcs --region ${region} --query Vpcs[].VpcId\`; another --region or --profile?`,
  );
}
