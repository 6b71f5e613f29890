import { deriveAbort } from '../kit/deadline.ts';
import { type Answer, AwsFailureError } from './ask-aws.ts';
import type { FleetClients } from './aws-clients.ts';
import {
  type ContainerInstance,
  describeContainerInstances,
  type EcsTold,
  readContainerInstances,
} from './container-instances.ts';
import { readFigures } from './figures.ts';
import type { FleetReading, FoundRecord, TrailTold } from './fleet-reading.ts';
import { readInventory } from './inventory.ts';
import { joinHosts } from './join.ts';
import { type JudgeContext, needsNode } from './judge-host.ts';
import { fleetLimits } from './limits.ts';
import { readManagedNodes } from './managed-nodes.ts';
import { readPollEndpointEvents } from './poll-endpoint-events.ts';
import { askHosts, type Waiting } from './run-command.ts';
import type { TrailEvent } from './trail-event.ts';
import { fleetVerdict } from './verdict.ts';

/** One account and region to ask. */
export interface FleetTarget {
  /** As it is named to the operator. */
  readonly name: string;
  readonly region: string;
  readonly clients: FleetClients;
  /** Names or ARNs; empty: all clusters. */
  readonly clusters: readonly string[];
}

/** How far it has come, for a person who waits. */
export interface FleetProgress {
  instances: number;
  records: number;
  events: number;
  asked: number;
}

export interface ReadOptions extends Waiting {
  /** Whether to ask the hosts themselves. */
  readonly ask: boolean;
  readonly context: JudgeContext;
  readonly progress: (soFar: Partial<FleetProgress>) => void;
}

/** CloudTrail is slow, and cannot make a yes: where the answer is none without it, it is not waited for any longer. */
const trailPatienceMs = 20_000;
/** An agent connects again within half a second, every 25 minutes: who is not connected in two looks is not connected. */
const secondLookMs = 5_000;
/** More are no chance meeting: so many agents at once do not happen to be between two connections. */
const secondLookAtMost = 100;
/** Hosts in no cluster that Systems Manager is asked about, those seen last first. */
const unlistedAtMost = 500;

/** What all witnesses tell of one account and region. Rejects only with the signal's reason. */
export async function readTarget(
  { name, region, clients, clusters }: FleetTarget,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<FleetReading> {
  const { ask, context, progress, nowMs, sleep } = options;
  const beganMs = nowMs();
  // Without ECS the others have nothing to tell of.
  const others = deriveAbort(signal);
  const blank = blankReading(name, region);
  let reading = blank;
  let settled = false;
  try {
    const figures = readFigures(clients.cloudWatch, context.nowMs, others.signal);
    const inventory = readInventory(clients.ssm, (records) => progress({ records }), others.signal);
    const trail = readPollEndpointEvents(
      clients.cloudTrail,
      {
        fromMs: context.nowMs - fleetLimits.trailMs,
        toMs: context.nowMs,
        enough: (newest) => settled && isEnough(reading, newest, options, beganMs),
        progress: (events) => progress({ events }),
        nowMs,
        sleep,
      },
      others.signal,
    );
    // Whichever ends first: none is left without somebody who takes its error.
    for (const one of [figures, inventory, trail]) one.catch(() => {});
    const ecs = await readEcs(clients, clusters, options, signal);
    if (ecs.failure !== undefined) return { ...blank, account: accountOf(ecs.told), ecs };
    reading = { ...blank, account: accountOf(ecs.told), ecs, inventory: await inventory };
    if (ask) reading = { ...reading, asked: await askAll(clients, ecs.told, options, signal) };
    const ids = idsToExplain(reading, context);
    reading = { ...reading, nodes: await readManagedNodes(clients.ssm, ids, signal) };
    settled = true;
    return { ...reading, figures: await figures, trail: await trail };
  } finally {
    others.abort(new Error('ECS did not answer'));
    others.release();
    signal.throwIfAborted();
  }
}

function blankReading(target: string, region: string): FleetReading {
  const trail: TrailTold = { newest: new Map(), eventsRead: 0, readBackToMs: 0, complete: false };
  return {
    target,
    region,
    account: '',
    ecs: { told: { clusters: [], instances: [], notFound: [] } },
    inventory: { told: [] },
    asked: undefined,
    nodes: { told: { asked: new Set(), standing: new Map() } },
    trail: { told: trail },
    figures: { told: [] },
  };
}

function accountOf({ clusters, instances }: EcsTold): string {
  return [...clusters, ...instances].find(({ account }) => account !== '')?.account ?? '';
}

function isEnough(
  reading: FleetReading,
  newest: ReadonlyMap<string, TrailEvent>,
  { context, nowMs }: ReadOptions,
  beganMs: number,
): boolean {
  // The newest of each is what counts.
  if (reading.ecs.told.instances.every(({ arn }) => newest.has(arn))) return true;
  if (nowMs() - beganMs < trailPatienceMs) return false;
  return fleetVerdict([reading], context).answer !== 'yes';
}

async function readEcs(
  { ecs: client }: FleetClients,
  clusters: readonly string[],
  { progress, sleep }: ReadOptions,
  signal: AbortSignal,
): Promise<Answer<EcsTold>> {
  const ecs = await readContainerInstances(client, clusters, (instances) => progress({ instances }), signal);
  const lost = ecs.told.instances.filter(({ agentConnected }) => !agentConnected);
  if (lost.length === 0 || lost.length > secondLookAtMost || ecs.failure !== undefined) return ecs;
  await sleep(secondLookMs, signal);
  const again = new Map<string, ContainerInstance>();
  const described = new Set<string>();
  try {
    for (const cluster of new Set(lost.map(({ askedCluster }) => askedCluster))) {
      const arns = lost.filter(({ askedCluster }) => askedCluster === cluster).map(({ arn }) => arn);
      for (const one of await describeContainerInstances(client, { cluster, arns }, signal)) {
        again.set(one.arn, one);
      }
      for (const arn of arns) described.add(arn);
    }
  } catch (thrown) {
    if (!(thrown instanceof AwsFailureError)) throw thrown;
  }
  // One that was looked at again and is not there has been deregistered in between.
  const instances = ecs.told.instances.flatMap((one) =>
    described.has(one.arn) ? (again.get(one.arn) ?? []) : one,
  );
  return { told: { ...ecs.told, instances } };
}

async function askAll(
  { ssm }: FleetClients,
  { instances }: EcsTold,
  { progress, nowMs, sleep }: ReadOptions,
  signal: AbortSignal,
): Promise<Answer<readonly FoundRecord[]>> {
  const ids = [...new Set(instances.map(({ instanceId }) => instanceId))].filter((id) => id !== '');
  return await askHosts(ssm, ids, { progress: (asked) => progress({ asked }), nowMs, sleep }, signal);
}

function idsToExplain(reading: FleetReading, context: JudgeContext): string[] {
  const wanted = joinHosts([reading]).flatMap((host) => {
    const need = needsNode(host, context);
    return need === undefined ? [] : [{ id: host.instanceId, seenAtMs: need.seenAtMs }];
  });
  const [unlisted, listed] = [
    wanted.filter(({ seenAtMs }) => seenAtMs !== undefined),
    wanted.filter(({ seenAtMs }) => seenAtMs === undefined),
  ];
  const lastSeen = unlisted.toSorted((a, b) => (b.seenAtMs ?? 0) - (a.seenAtMs ?? 0));
  return [...listed, ...lastSeen.slice(0, unlistedAtMost)].map(({ id }) => id);
}
