import { type EndpointService, endpointServiceTable } from '../../../../src/settings/endpoint-services.ts';
import { ofEachService, type PublicGroup } from '../../hosts/topology.ts';

/** Where a lab's ECS service is: the region and the partition's DNS suffix. */
export interface Place {
  readonly region: string;
  readonly suffix: string;
}

/** The private DNS name of each interface endpoint; each exists publicly too. */
export function endpointHosts({ region, suffix }: Place): Record<EndpointService, string> {
  return ofEachService((service) => `${labelOf(service)}.${region}.${suffix}`);
}

/** The hosts that DiscoverPollEndpoint names when it is asked over the public path. */
export function numberedHosts({ region, suffix }: Place): {
  readonly agent: string;
  readonly telemetry: string;
} {
  return { agent: `ecs-a-1.${region}.${suffix}`, telemetry: `ecs-t-4.${region}.${suffix}` };
}

/** Every host that the addresses of a group serve; the names of their certificate. */
export function hostsOf(group: PublicGroup, place: Place): [string, ...string[]] {
  const { region, suffix } = place;
  switch (group) {
    case 'ecs':
      return [endpointHosts(place).ecs, `ecs-fips.${region}.${suffix}`, `ecs.${region}.api.aws`];
    case 'ecs-agent-numbered':
      return [numberedHosts(place).agent];
    case 'ecs-telemetry-numbered':
      return [numberedHosts(place).telemetry];
    case 'other':
      return [`api.ecr.${region}.${suffix}`, `ssm.${region}.${suffix}`];
    default:
      return [endpointHosts(place)[group]];
  }
}

function labelOf(service: EndpointService): string {
  return endpointServiceTable.find(({ name }) => name === service)?.label ?? service;
}
