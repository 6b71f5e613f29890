import type { FleetRecord } from '../../../../src/report/record.ts';
import { type AddedHost, addHost, hourMs, isoTime, minuteMs, type World } from './fleet-world.ts';

/**
 * A fleet of 300 hosts halfway through a migration: two thirds are done, those of a VPC that lacks an endpoint wait, and there
 * is one or a few of all that one meets. Those that wait say so in the daemon's own words.
 */
export function addMigratingFleet(world: World): void {
  const { nowMs, region } = world;
  for (let index = 0; index < 300; index += 1) addHost(world, index, hostAt(index, nowMs));
  // Gone three days ago; its record is still there.
  addHost(world, 900, { listed: false, managed: false, record: seen(nowMs, 72 * hourMs) });
  region.metrics.push(
    metric('AWS/NATGateway', 'ActiveConnectionCount', { NatGatewayId: 'nat-0a1b2c3d4e5f60718' }, [212, 190]),
    ...(['ecs', 'ecs-agent', 'ecs-telemetry'] as const).map((service, index) =>
      metric(
        'AWS/PrivateLinkEndpoints',
        'ActiveConnections',
        {
          'Endpoint Type': 'Interface',
          'Service Name': `com.amazonaws.us-east-1.${service}`,
          'VPC Endpoint Id': `vpce-0${index}f1e2d3c4b5a6978`,
          'VPC Id': 'vpc-0a1b2c3d4e5f60718',
        },
        [
          [4, 3],
          [203, 201],
          [199, 203],
        ][index] ?? [],
      ),
    ),
  );
}

const onPublicPath = { way: 'public', agoMs: 6 * hourMs } as const;

function hostAt(index: number, nowMs: number): AddedHost {
  const cluster = index % 5 === 0 ? 'batch' : 'prod';
  const because = (record: Partial<FleetRecord>): AddedHost => ({ cluster, record, asked: onPublicPath });
  if (index % 3 === 2 && index < 240) {
    const vpcId = 'vpc-0c3d4e5f60718a1b2';
    const waiting = because({
      Phase: 'waiting',
      Reason: 'names-not-private',
      Path: 'public',
      NoPublicSince: '',
      VpcId: vpcId,
      Message: '2 of 3 names are private; not yet: ecs-telemetry (public)',
      Advice:
        'Create the interface endpoints that are missing in this VPC, in the order ecs-agent, ecs-telemetry, ecs, with private ' +
        'DNS names enabled. Nothing is done until all of them answer privately.',
    });
    return { ...waiting, instance: { vpcId } };
  }
  if (index >= 240 && index < 252) {
    return because({
      Phase: 'scheduled',
      Reason: 'splay',
      Path: 'public',
      NoPublicSince: '',
      Message: 'The agent is restarted at its time within splay (10m).',
    });
  }
  if (index === 252) {
    return because({
      Phase: 'blocked',
      Reason: 'endpoint-tcp-timeout',
      Path: 'public',
      NoPublicSince: '',
      Message: 'ecs-agent: 10.0.1.10 does not answer on 443.',
      Advice: 'Let the subnet of this host in on 443 in the security group of the endpoint.',
    });
  }
  if (index === 253) return { cluster, record: { NoPublicSince: isoTime(nowMs - 32 * minuteMs) } };
  if (index === 254) return { cluster, record: seen(nowMs, 26 * hourMs) };
  if (index === 255 || index === 256) return { cluster, record: false, asked: false };
  if (index === 257) return { cluster, record: false, managed: false, asked: onPublicPath };
  if (index === 258) {
    return {
      cluster,
      instance: { agentConnected: false },
      record: seen(nowMs, 50 * hourMs),
      managed: 'ConnectionLost',
    };
  }
  return { cluster };
}

function seen(nowMs: number, agoMs: number): Partial<FleetRecord> {
  return {
    SeenAt: isoTime(nowMs - agoMs),
    Since: isoTime(nowMs - agoMs - 8 * hourMs),
    NoPublicSince: isoTime(nowMs - agoMs - 8 * hourMs),
  };
}

function metric(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  values: readonly number[],
) {
  return { namespace, name, dimensions, values };
}
