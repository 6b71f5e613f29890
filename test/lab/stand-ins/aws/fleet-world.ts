import { createHash } from 'node:crypto';
import { FLEET_RECORD_TYPE, type FleetRecord } from '../../../../src/report/record.ts';
import { type AccountState, type InstanceState, newAccount, newRegion, type RegionState } from './account.ts';
import { type AwsApi, type AwsService, startAwsApi } from './aws-api.ts';
import { cloudTrailService } from './cloudtrail.ts';
import { cloudWatchService } from './cloudwatch.ts';
import { ecsService } from './ecs.ts';
import { ssmService } from './ssm.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;

/** A host's record, as the daemon writes it: on the private path for five hours, unless told otherwise. */
export function recordOf(
  instance: Pick<InstanceState, 'id' | 'cluster' | 'subnetId' | 'zone'>,
  arn: string,
  nowMs: number,
  change: Partial<FleetRecord> = {},
): FleetRecord {
  return {
    Phase: 'settled',
    Reason: 'on-private-path',
    Since: isoTime(nowMs - 5 * hourMs),
    SeenAt: isoTime(nowMs - 20 * minuteMs),
    Path: 'private',
    ProvenAt: isoTime(nowMs - 20 * minuteMs),
    NoPublicSince: isoTime(nowMs - 5 * hourMs),
    Cluster: instance.cluster,
    ContainerInstanceArn: arn,
    InstanceId: instance.id,
    VpcId: 'vpc-0a1b2c3d4e5f60718',
    SubnetId: instance.subnetId,
    AvailabilityZone: instance.zone,
    AgentVersion: '1.105.1',
    DaemonVersion: '0.1.0',
    Message: 'The agent is on the private path.',
    Advice: '',
    ...change,
  };
}

/** `2026-11-27T04:05:06Z` */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A container instance, by its number. */
export function instanceOf(
  index: number,
  cluster: string,
  change: Partial<InstanceState> = {},
): InstanceState {
  const zone = index % zones.length;
  return {
    id: `i-0${createHash('sha256').update(`host ${index}`).digest('hex').slice(0, 16)}`,
    cluster,
    subnetId: `subnet-0${zone}a9b8c7d6e5f4031`,
    zone: zones[zone] ?? zones[0],
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    status: 'ACTIVE',
    agentConnected: true,
    agentVersion: '1.105.1',
    ...change,
  };
}

export interface World {
  /** When it is there, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly account: AccountState;
  readonly region: RegionState;
  readonly regionName: string;
}

export function newWorld(nowMs: number, accountId = '111122223333', regionName = 'us-east-1'): World {
  const account = newAccount(accountId);
  const region = newRegion();
  account.regions.set(regionName, region);
  return { nowMs, account, region, regionName };
}

export function arnOf(
  { account, regionName }: World,
  instance: Pick<InstanceState, 'id' | 'cluster'>,
): string {
  const hex = Buffer.from(instance.id).toString('hex').padEnd(32, '0').slice(-32);
  return `arn:aws:ecs:${regionName}:${account.id}:container-instance/${instance.cluster}/${hex}`;
}

export interface AddedHost {
  /** Default `prod`. */
  readonly cluster?: string;
  readonly instance?: Partial<InstanceState>;
  /** Undefined: as the daemon writes it; false: no record at all. */
  readonly record?: Partial<FleetRecord> | false;
  /** False: no managed node. */
  readonly managed?: 'Online' | 'ConnectionLost' | false;
  /** How its agent last asked ECS, and how long ago; by the endpoint four hours ago. */
  readonly asked?: { readonly way: 'endpoint' | 'public'; readonly agoMs: number } | false;
  /** Left out of ECS's list: never registered, or gone. */
  readonly listed?: boolean;
}

/** Adds a host with all that the witnesses tell of it: done, unless told otherwise. */
export function addHost(world: World, index: number, host: AddedHost = {}) {
  const { region, nowMs } = world;
  const { cluster = 'prod' } = host;
  if (!region.clusters.includes(cluster)) region.clusters.push(cluster);
  const instance = instanceOf(index, cluster, host.instance);
  const arn = arnOf(world, instance);
  const { listed = true, managed = 'Online', asked = { way: 'endpoint', agoMs: 4 * hourMs } } = host;
  if (listed) region.instances.push(instance);
  const record = host.record === false ? undefined : recordOf(instance, arn, nowMs, host.record);
  if (managed !== false) {
    region.nodes.push({
      id: instance.id,
      pingStatus: managed,
      printed: record && `${JSON.stringify({ ...record, SeenAt: isoTime(nowMs) })}\n`,
    });
  }
  if (record !== undefined) {
    region.inventory.push({
      id: instance.id,
      typeName: FLEET_RECORD_TYPE,
      captureTime: isoTime(nowMs - 10 * minuteMs),
      content: [{ ...record }],
    });
  }
  if (asked !== false) {
    region.events.push({
      id: `event-${index}`,
      name: 'DiscoverPollEndpoint',
      timeMs: nowMs - asked.agoMs - index,
      record: {
        eventVersion: '1.11',
        eventTime: isoTime(nowMs - asked.agoMs - index),
        eventSource: 'ecs.amazonaws.com',
        eventName: 'DiscoverPollEndpoint',
        awsRegion: world.regionName,
        sourceIPAddress: asked.way === 'endpoint' ? `10.0.${index % 250}.17` : '203.0.113.9',
        requestParameters: { containerInstance: arn, cluster },
        responseElements: null,
        ...(asked.way === 'endpoint' && { vpcEndpointId: 'vpce-02f1e2d3c4b5a6978' }),
      },
    });
  }
  return { instance, arn };
}

/** The services that `fleet` asks. */
export function fleetServices(
  accounts: ReadonlyMap<string, AccountState>,
  nowMs: () => number = () => performance.now(),
): Record<string, AwsService> {
  return {
    ecs: ecsService(accounts, nowMs),
    ssm: ssmService(accounts, nowMs),
    cloudtrail: cloudTrailService(accounts, nowMs),
    monitoring: cloudWatchService(accounts),
  };
}

/** AWS on loopback with the accounts, by the access keys that ask for them. */
export function startFleetApi(accounts: ReadonlyMap<string, AccountState>): Promise<AwsApi> {
  return startAwsApi(fleetServices(accounts));
}
