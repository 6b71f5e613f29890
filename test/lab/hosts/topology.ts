import { type EndpointService, endpointServices } from '../../../src/settings/endpoint-services.ts';

/** Groups of public addresses: each service's, the numbered hosts, and everything else on 443 (ECR, SSM). */
export type PublicGroup = EndpointService | 'ecs-agent-numbered' | 'ecs-telemetry-numbered' | 'other';

/** A set of addresses that a lab's parts listen on. IPv6 lists are empty where the place has no IPv6. */
export interface Topology {
  readonly name: 'namespace' | 'loopback';
  readonly imds: string;
  readonly imdsIpv6: string | undefined;
  /** VPC base + 2. */
  readonly vpcResolver: string;
  readonly vpcResolverLinkLocal: string;
  readonly vpcResolverIpv6: string | undefined;
  /** A DNS server that the VPC's owner runs. */
  readonly customResolver: string;
  /** An HTTP proxy inside the VPC. */
  readonly proxy: string;
  readonly vpcCidrs: readonly string[];
  /** One address in each of two zones. */
  readonly privateAddresses: Readonly<Record<EndpointService, readonly string[]>>;
  readonly privateIpv6Addresses: Readonly<Record<EndpointService, readonly string[]>>;
  /** Endpoints of a hub VPC: private, but outside `vpcCidrs`. */
  readonly hubAddresses: Readonly<Record<EndpointService, readonly string[]>>;
  /** Endpoints in a range that looks public and that a VPC may own; private only once `ownedCidr` is the VPC's. */
  readonly ownedAddresses: Readonly<Record<EndpointService, readonly string[]>>;
  readonly ownedCidr: string;
  readonly publicAddresses: Readonly<Record<PublicGroup, readonly string[]>>;
  readonly publicIpv6Addresses: Readonly<Record<PublicGroup, readonly string[]>>;
  /** Every address that must exist on `lo`, with its prefix length. */
  all(): string[];
}

const noAddresses = ofEachService((): string[] => []);
const noPublicAddresses = {
  ...noAddresses,
  'ecs-agent-numbered': [],
  'ecs-telemetry-numbered': [],
  other: [],
};

/** What is made for each service, in the order of AWS. */
export function ofEachService<T>(
  make: (service: EndpointService, place: number) => T,
): Record<EndpointService, T> {
  const made = endpointServices.map((service, place) => [service, make(service, place)] as const);
  return Object.fromEntries(made) as Record<EndpointService, T>;
}

/** `.10` and on. */
function byService(prefixes: readonly string[]): Record<EndpointService, string[]> {
  return ofEachService((_, place) => prefixes.map((prefix) => `${prefix}${10 + place}`));
}

function publicGroups(prefix: string): Record<PublicGroup, string[]> {
  return {
    ...byService([prefix]),
    'ecs-agent-numbered': [`${prefix}20`],
    'ecs-telemetry-numbered': [`${prefix}21`],
    other: [`${prefix}30`],
  };
}

function withPrefixLength(topology: Omit<Topology, 'all'>): string[] {
  const addresses = [
    topology.imds,
    topology.imdsIpv6,
    topology.vpcResolver,
    topology.vpcResolverLinkLocal,
    topology.vpcResolverIpv6,
    topology.customResolver,
    topology.proxy,
    ...[
      topology.privateAddresses,
      topology.privateIpv6Addresses,
      topology.hubAddresses,
      topology.ownedAddresses,
      topology.publicAddresses,
      topology.publicIpv6Addresses,
    ].flatMap((group) => Object.values(group).flat()),
  ];
  return addresses
    .filter((address) => address !== undefined)
    .map((address) => (address.includes(':') ? `${address}/128` : `${address}/32`));
}

function topology(parts: Omit<Topology, 'all'>): Topology {
  return { ...parts, all: () => withPrefixLength(parts) };
}

/** The addresses an instance would really see. Public ones are of the documentation ranges (RFC 5737, RFC 3849). */
export const namespaceTopology: Topology = topology({
  name: 'namespace',
  imds: '169.254.169.254',
  imdsIpv6: 'fd00:ec2::254',
  vpcResolver: '10.0.0.2',
  vpcResolverLinkLocal: '169.254.169.253',
  vpcResolverIpv6: 'fd00:ec2::253',
  customResolver: '10.0.0.53',
  proxy: '10.0.0.80',
  vpcCidrs: ['10.0.0.0/16', '2600:1f16:abc:de00::/56'],
  privateAddresses: byService(['10.0.1.', '10.0.2.']),
  privateIpv6Addresses: byService(['2600:1f16:abc:de00::', '2600:1f16:abc:de01::']),
  hubAddresses: byService(['10.200.0.', '10.200.1.']),
  ownedAddresses: byService(['203.0.113.', '203.0.113.1']),
  ownedCidr: '203.0.113.0/24',
  publicAddresses: publicGroups('198.51.100.'),
  publicIpv6Addresses: publicGroups('2001:db8:100::'),
});

/** How many loopback topologies there are that have no address in common. */
export const loopbackBlocks = 10;

/**
 * For places where no network namespace can be made. Of block 0, 127.77/16 is the VPC and 127.88/16 the public side;
 * each further block (up to `loopbackBlocks`) has the next number.
 */
export function loopbackTopologyOf(block: number): Topology {
  const vpc = `127.${77 + block}`;
  const hub = `127.${99 + block}`;
  const owned = `127.${66 + block}`;
  return topology({
    name: 'loopback',
    imds: `${vpc}.169.254`,
    imdsIpv6: undefined,
    vpcResolver: `${vpc}.0.2`,
    vpcResolverLinkLocal: `${vpc}.169.253`,
    vpcResolverIpv6: undefined,
    customResolver: `${vpc}.0.53`,
    proxy: `${vpc}.0.80`,
    vpcCidrs: [`${vpc}.0.0/16`],
    privateAddresses: byService([`${vpc}.1.`, `${vpc}.2.`]),
    privateIpv6Addresses: noAddresses,
    hubAddresses: byService([`${hub}.0.`, `${hub}.1.`]),
    ownedAddresses: byService([`${owned}.113.`, `${owned}.113.1`]),
    ownedCidr: `${owned}.113.0/24`,
    publicAddresses: publicGroups(`127.${88 + block}.100.`),
    publicIpv6Addresses: noPublicAddresses,
  });
}

export const loopbackTopology: Topology = loopbackTopologyOf(0);
