import type { ContainerInstance } from '../../../src/fleet/container-instances.ts';
import type { FleetReading, FoundRecord } from '../../../src/fleet/fleet-reading.ts';
import { type RecordReading, readRecord } from '../../../src/fleet/record-reader.ts';
import type { TrailEvent } from '../../../src/fleet/trail-event.ts';
import { isoTime, recordOf } from '../../lab/stand-ins/aws/fleet-world.ts';

export const nowMs = Date.UTC(2026, 10, 27, 4, 5, 6);
export const context = { nowMs, clusters: undefined };

export const minuteMs = 60_000;

/** A container instance as ECS has it, by a number. */
export function instance(index: number, change: Partial<ContainerInstance> = {}): ContainerInstance {
  const instanceId = `i-0${index.toString(16).padStart(16, '0')}`;
  return {
    arn: `arn:aws:ecs:us-east-1:111122223333:container-instance/prod/${index.toString(16).padStart(32, '0')}`,
    instanceId,
    account: '111122223333',
    region: 'us-east-1',
    askedCluster: 'prod',
    cluster: 'prod',
    status: 'ACTIVE',
    agentConnected: true,
    agentVersion: '1.105.1',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetId: 'subnet-0a9b8c7d6e5f40312',
    zone: 'us-east-1a',
    ...change,
  };
}

/** What the host of that container instance left in the inventory: proven, unless told otherwise. */
export function recordBy(one: ContainerInstance, change: Parameters<typeof recordOf>[3] = {}): FoundRecord {
  const host = { id: one.instanceId, cluster: one.cluster, subnetId: one.subnetId, zone: one.zone };
  return found(one.instanceId, readRecord(recordOf(host, one.arn, nowMs, change)));
}

export function found(instanceId: string, reading: RecordReading): FoundRecord {
  return { instanceId, by: 'inventory', reading };
}

/** `2026-11-27T03:05:06Z`, so many minutes before now. */
export function minutesAgo(minutes: number): string {
  return isoTime(nowMs - minutes * minuteMs);
}

export function event(one: ContainerInstance, change: Partial<TrailEvent> = {}): TrailEvent {
  return {
    containerInstanceArn: one.arn,
    atMs: nowMs - 240 * minuteMs,
    way: 'endpoint',
    endpointId: 'vpce-02f1e2d3c4b5a6978',
    from: '10.0.1.17',
    ...change,
  };
}

interface Told {
  readonly instances?: readonly ContainerInstance[];
  readonly records?: readonly FoundRecord[];
  readonly events?: readonly TrailEvent[];
  /** Nodes that were asked about; undefined: they are not managed. */
  readonly nodes?: Readonly<Record<string, 'online' | 'offline' | undefined>>;
}

/** What all witnesses of one account and region told. */
export function reading(
  { instances = [], records = [], events = [], nodes = {} }: Told,
  change: Partial<FleetReading> = {},
): FleetReading {
  const standing = new Map(Object.entries(nodes).flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
  const newest = new Map(events.map((one) => [one.containerInstanceArn, one]));
  return {
    target: 'us-east-1',
    region: 'us-east-1',
    account: '111122223333',
    ecs: { told: { clusters: [], instances, notFound: [] } },
    inventory: { told: records },
    asked: undefined,
    nodes: { told: { asked: new Set(Object.keys(nodes)), standing } },
    trail: { told: { newest, eventsRead: events.length, readBackToMs: 0, complete: true } },
    figures: { told: [] },
    ...change,
  };
}
