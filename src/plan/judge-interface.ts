import { isCovered } from './cidr-cover.ts';
import { type Client, clientsOf, zonesOf } from './clients.ts';
import { whyElsewhere } from './elsewhere.ts';
import { type Finding, missing, note, unseen } from './finding.ts';
import { judgePolicyOf } from './judge-policy.ts';
import type { Requirement } from './requirement.ts';
import { isNameOf, serviceNameOf } from './service-name.ts';
import type { EndpointFacts, GroupFacts, SubnetFacts, VpcFacts } from './vpc-facts.ts';
import { seenOr } from './vpc-facts.ts';

/** What is to be said of an interface endpoint that is there. */
export function judgeInterface(
  facts: VpcFacts,
  requirement: Requirement,
  endpoint: EndpointFacts,
): Finding[] {
  const clients = clientsOf(facts, requirement.purpose);
  const { service } = requirement;
  const { id, state, privateDns } = endpoint;
  return [
    ...judgeState(service, endpoint),
    ...(privateDns ? [] : [judgePrivateDns(facts, service, id)]),
    // Of one that has failed no more is to be said.
    ...(state === 'failed'
      ? []
      : [
          ...judgeZones(facts, service, endpoint, clients),
          ...judgeAddressType(service, endpoint, clients),
          ...judgeGroups(facts, endpoint, clients),
          ...judgePolicyOf(requirement, endpoint),
        ]),
  ];
}

/** A hub's own endpoints have no private DNS names: a hosted zone that other VPCs share stands in for them. */
function judgePrivateDns(facts: VpcFacts, service: string, endpointId: string): Finding {
  return (
    whyElsewhere(facts, service) ??
    missing('private-dns-off', `${endpointId} has private DNS names off`, {
      kind: 'private-dns',
      service,
      endpointId,
    })
  );
}

export function judgeState(service: string, { id, state }: EndpointFacts): Finding[] {
  if (state === 'available') return [];
  const what = /^pending$/.test(state)
    ? `wait until ${id} (${service}) is available`
    : `delete ${id} (${service}), which is ${state}, and run this again`;
  return [missing('endpoint-not-available', `${id} is ${state}`, { kind: 'by-hand', service, what })];
}

/** What there is to say and to create where a service has no endpoint in this VPC. */
export function createInterface(facts: VpcFacts, { service, purpose }: Requirement): Finding[] {
  const clients = clientsOf(facts, purpose);
  const serviceName = serviceNameOf(facts, service);
  const { zones, unoffered } = offeredZones(facts, service, zonesOf(clients));
  const found = zones.flatMap((zone) => subnetFor(facts, clients, zone)?.id ?? []);
  // Where the service is in none of the zones that are used, another of the VPC serves them all.
  const subnetIds = found.length > 0 ? found : otherSubnets(facts, service);
  const message = 'no endpoint';
  if (subnetIds.length === 0) {
    const what = `create an endpoint for ${serviceName} in a subnet of each zone with container instances`;
    return [missing('endpoint-missing', message, { kind: 'by-hand', service, what })];
  }
  const cidrs = [...new Set(clients.flatMap(({ subnet }) => subnet.cidrs))].sort();
  return [
    missing(
      'endpoint-missing',
      message,
      { kind: 'new-group', cidrs },
      { kind: 'interface-endpoint', service, serviceName, subnetIds },
    ),
    ...notOffered(service, unoffered),
  ];
}

/**
 * The subnet of a zone in which an interface is best put: one that is used, with IPv4 (new endpoints have no other), and
 * with the most free addresses.
 */
function subnetFor(facts: VpcFacts, clients: readonly Client[], zone: string): SubnetFacts | undefined {
  const inZone = (subnets: readonly SubnetFacts[]) =>
    subnets
      .filter((subnet) => subnet.zone === zone)
      .sort(
        (left, right) =>
          Number(hasIpv4(right)) - Number(hasIpv4(left)) ||
          right.freeAddresses - left.freeAddresses ||
          left.id.localeCompare(right.id),
      );
  return inZone(clients.map(({ subnet }) => subnet))[0] ?? inZone(seenOr(facts.subnets, []))[0];
}

function otherSubnets(facts: VpcFacts, service: string): string[] {
  const all = seenOr(facts.subnets, []).map(({ zone }) => zone);
  const [zone] = offeredZones(facts, service, [...new Set(all)].sort()).zones;
  return zone === undefined ? [] : [subnetFor(facts, [], zone)?.id ?? []].flat();
}

function offeredZones(facts: VpcFacts, service: string, zones: readonly string[]) {
  const offer = seenOr(facts.offers, []).find(
    ({ serviceName, type }) => type === 'Interface' && isNameOf(serviceName, facts.region, service),
  );
  const isOffered = (zone: string) =>
    offer === undefined || offer.zones.length === 0 || offer.zones.includes(zone);
  return {
    zones: zones.filter(isOffered),
    unoffered: zones.filter((zone) => !isOffered(zone)),
  };
}

function notOffered(service: string, zones: readonly string[]): Finding[] {
  return zones.map((zone) =>
    note('zone-not-offered', `${service} is not offered in ${zone}; its other zones serve it from there`),
  );
}

function judgeZones(
  facts: VpcFacts,
  service: string,
  endpoint: EndpointFacts,
  clients: readonly Client[],
): Finding[] {
  const { id } = endpoint;
  if (facts.subnets.kind === 'unseen')
    return [unseen('zones-unseen', `the zones of ${id}: ${facts.subnets.why}`, facts.subnets.permission)];
  const known = facts.subnets.value;
  const own = endpoint.subnetIds.map((subnetId) => known.find((subnet) => subnet.id === subnetId));
  const { zones, unoffered } = offeredZones(facts, service, zonesOf(clients));
  const lacking = zones.filter((zone) => !own.some((subnet) => subnet?.zone === zone));
  if (lacking.length > 0 && own.includes(undefined))
    return [unseen('zones-unseen', `${id} is in a subnet that cannot be seen`)];
  const shown = notOffered(service, unoffered);
  return [
    ...lacking.map((zone) => {
      const count = clients.reduce(
        (sum, { subnet, instances }) => sum + (subnet.zone === zone ? instances.length : 0),
        0,
      );
      const subnet = subnetFor(facts, clients, zone);
      const from =
        count === 0 ? '' : `, where ${count} container ${count === 1 ? 'instance is' : 'instances are'}`;
      return missing(
        'zone-missing',
        `${id} has no network interface in ${zone}${from}`,
        subnet === undefined
          ? { kind: 'by-hand', service, what: `add a subnet of ${zone} to ${id}` }
          : { kind: 'add-subnet', service, endpointId: id, subnetId: subnet.id },
      );
    }),
    ...shown,
  ];
}

/** By hand: the endpoint's own subnets must have what it is to have. */
function judgeAddressType(
  service: string,
  { id, addressType }: EndpointFacts,
  clients: readonly Client[],
): Finding[] {
  const strangers = clients
    .map(({ subnet }) => subnet)
    .filter((subnet) => {
      if (addressType === 'dualstack') return false;
      return addressType === 'ipv4' ? !hasIpv4(subnet) : hasIpv4(subnet) && !subnet.dualStack;
    });
  if (strangers.length === 0) return [];
  const [has, wanted] = addressType === 'ipv4' ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4'];
  const ids = strangers.map((subnet) => subnet.id).join(', ');
  return [
    missing('address-type-differs', `${id} has ${has} addresses only, and ${ids} ${wanted} only`, {
      kind: 'by-hand',
      service,
      what: `give ${id} both, in subnets that have both: aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${id} --ip-address-type dualstack`,
    }),
  ];
}

function judgeGroups(facts: VpcFacts, endpoint: EndpointFacts, clients: readonly Client[]): Finding[] {
  const { id, groupIds } = endpoint;
  if (facts.groups.kind === 'unseen')
    return [
      unseen(
        'security-group-unseen',
        `the security groups of ${id}: ${facts.groups.why}`,
        facts.groups.permission,
      ),
    ];
  const known = facts.groups.value;
  const groups = groupIds.flatMap((groupId) => known.find((group) => group.id === groupId) ?? []);
  const [first] = groups;
  return clients.flatMap((client) => {
    const { subnet } = client;
    const closed = subnet.cidrs.filter(
      (cidr) =>
        !isCovered(
          cidr,
          groups.flatMap(({ cidrs }) => cidrs),
        ),
    );
    if (closed.length === 0 || areLetIn(client, groups)) return [];
    const doubt = whyUnclear(client, groups, groupIds.length);
    if (doubt !== undefined)
      return [unseen('security-group-unseen', `whether ${id} lets ${subnet.id} in: ${doubt}`)];
    return [
      missing(
        'security-group-closed',
        `${groupIds.join(', ') || 'no security group'} of ${id} does not let ${subnet.id} (${closed.join(', ')}) in on TCP 443`,
        ...(first === undefined
          ? [{ kind: 'by-hand' as const, service: undefined, what: `give ${id} a security group` }]
          : closed.map((cidr) => ({ kind: 'group-rule' as const, groupId: first.id, cidr }))),
      ),
    ];
  });
}

/** By their own groups, which a rule may name in place of blocks. */
function areLetIn({ instances }: Client, groups: readonly GroupFacts[]): boolean {
  const named = groups.flatMap(({ groupIds }) => groupIds);
  return (
    instances.length > 0 &&
    instances.every(({ groupIds }) => groupIds?.some((groupId) => named.includes(groupId)) ?? false)
  );
}

function whyUnclear(
  { instances }: Client,
  groups: readonly GroupFacts[],
  expected: number,
): string | undefined {
  if (groups.length < expected) return 'one of its security groups cannot be seen';
  const lists = groups.flatMap(({ prefixLists }) => prefixLists);
  if (lists.length > 0) return `its rule names ${lists.join(', ')}, whose blocks are not looked at`;
  const named = groups.flatMap(({ groupIds }) => groupIds);
  if (named.length === 0) return undefined;
  const who = `its rule names ${named.join(', ')}`;
  if (instances.length === 0) return `${who}, and which security group will be used there is not known`;
  return instances.some(({ groupIds }) => groupIds === undefined)
    ? `${who}, and the container instances’ own groups cannot be seen`
    : undefined;
}

function hasIpv4({ cidrs }: SubnetFacts): boolean {
  return cidrs.some((cidr) => !cidr.includes(':'));
}
