import {
  DescribeDhcpOptionsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcsCommand,
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  type RouteTable,
  type ServiceDetail,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { sourcesOf443 } from '../ec2/security-group.ts';
import { parseCidr } from '../kit/ip-address.ts';
import { printable } from '../kit/printable.ts';
import { collect, pagesBy, seeing } from './seeing.ts';
import type {
  EndpointFacts,
  GroupFacts,
  InstanceFacts,
  NatGatewayFacts,
  OfferFacts,
  RouteTableFacts,
  Seen,
  SubnetFacts,
} from './vpc-facts.ts';

/** Asks about one VPC. What EC2 tells is let through only in the form that EC2 gives it: ids and blocks go into code. */
export interface VpcQuestion {
  readonly ec2: EC2Client;
  readonly vpcId: string;
  readonly signal: AbortSignal;
}

export interface VpcItself {
  readonly owner: string | undefined;
  readonly dhcpOptionsId: string | undefined;
}

/** The VPC; undefined where there is none of that id here. */
export async function readVpc({ ec2, vpcId, signal }: VpcQuestion): Promise<Seen<VpcItself | undefined>> {
  return await seeing('ec2:DescribeVpcs', signal, async () => {
    // By a filter: an id that is not there is then no error.
    const { Vpcs: [vpc] = [] } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
      { abortSignal: signal },
    );
    return vpc && { owner: accountOf(vpc.OwnerId), dhcpOptionsId: idOf(vpc.DhcpOptionsId) };
  });
}

export async function readAttribute(
  { ec2, vpcId, signal }: VpcQuestion,
  attribute: 'enableDnsSupport' | 'enableDnsHostnames',
): Promise<Seen<boolean>> {
  return await seeing('ec2:DescribeVpcAttribute', signal, async () => {
    const told = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: attribute }), {
      abortSignal: signal,
    });
    return (
      (attribute === 'enableDnsSupport' ? told.EnableDnsSupport : told.EnableDnsHostnames)?.Value === true
    );
  });
}

/** `domain-name-servers`. A VPC without DHCP options (`default`) names none: its instances have no DNS server then. */
export async function readNameservers(
  { ec2, signal }: VpcQuestion,
  dhcpOptionsId: string | undefined,
): Promise<Seen<readonly string[]>> {
  if (dhcpOptionsId === undefined) return { kind: 'seen', value: [] };
  return await seeing('ec2:DescribeDhcpOptions', signal, async () => {
    const { DhcpOptions: [options] = [] } = await ec2.send(
      new DescribeDhcpOptionsCommand({ DhcpOptionsIds: [dhcpOptionsId] }),
      { abortSignal: signal },
    );
    const servers = options?.DhcpConfigurations?.find(({ Key }) => Key === 'domain-name-servers');
    return (servers?.Values ?? []).flatMap(({ Value }) => (Value ? printable(Value, 100) : []));
  });
}

export async function readSubnets({ ec2, vpcId, signal }: VpcQuestion): Promise<Seen<SubnetFacts[]>> {
  return await seeing('ec2:DescribeSubnets', signal, async () => {
    const pages = paginateDescribeSubnets({ client: ec2 }, inVpc(vpcId), { abortSignal: signal });
    const subnets = await collect(pages, ({ Subnets }) => Subnets);
    return subnets.flatMap((subnet) => {
      const id = idOf(subnet.SubnetId);
      if (id === undefined) return [];
      const sixes = (subnet.Ipv6CidrBlockAssociationSet ?? []).map((one) => one.Ipv6CidrBlock);
      // A dual-stack subnet reaches an IPv4 endpoint from its IPv4 block.
      const block = cidrsOf([subnet.CidrBlock]);
      return {
        id,
        zone: wordOf(subnet.AvailabilityZone),
        cidrs: block.length > 0 ? block : cidrsOf(sixes),
        dualStack: block.length > 0 && sixes.length > 0,
        freeAddresses: subnet.AvailableIpAddressCount ?? 0,
        owner: accountOf(subnet.OwnerId),
      };
    });
  });
}

export async function readEndpoints({ ec2, vpcId, signal }: VpcQuestion): Promise<Seen<EndpointFacts[]>> {
  return await seeing('ec2:DescribeVpcEndpoints', signal, async () => {
    const pages = paginateDescribeVpcEndpoints({ client: ec2 }, inVpc(vpcId), { abortSignal: signal });
    return (await collect(pages, ({ VpcEndpoints }) => VpcEndpoints)).flatMap(endpointOf);
  });
}

function endpointOf(endpoint: VpcEndpoint): EndpointFacts[] {
  const id = idOf(endpoint.VpcEndpointId);
  const type = endpoint.VpcEndpointType;
  // Endpoints of load balancers, resources and service networks are not of AWS's services.
  if (id === undefined || (type !== 'Interface' && type !== 'Gateway')) return [];
  return [
    {
      id,
      type,
      serviceName: wordOf(endpoint.ServiceName),
      state: wordOf(endpoint.State).toLowerCase(),
      privateDns: endpoint.PrivateDnsEnabled === true,
      addressType: addressTypeOf(endpoint.IpAddressType),
      subnetIds: idsOf(endpoint.SubnetIds),
      groupIds: idsOf(endpoint.Groups?.map(({ GroupId }) => GroupId)),
      routeTableIds: idsOf(endpoint.RouteTableIds),
      policy: endpoint.PolicyDocument,
    },
  ];
}

function addressTypeOf(told: string | undefined): EndpointFacts['addressType'] {
  return told === 'ipv6' || told === 'dualstack' ? told : 'ipv4';
}

/** Of the groups only those named, which are there: others' groups are left out without an error. */
export async function readGroups(
  { ec2, signal }: VpcQuestion,
  groupIds: readonly string[],
): Promise<Seen<GroupFacts[]>> {
  if (groupIds.length === 0) return { kind: 'seen', value: [] };
  return await seeing('ec2:DescribeSecurityGroups', signal, async () => {
    const groups = await collectBy(groupIds, (Values) =>
      collect(
        paginateDescribeSecurityGroups(
          { client: ec2 },
          { Filters: [{ Name: 'group-id', Values }] },
          { abortSignal: signal },
        ),
        ({ SecurityGroups }) => SecurityGroups,
      ),
    );
    return groups.flatMap((group) => {
      const id = idOf(group.GroupId);
      const from = sourcesOf443(group);
      return id === undefined
        ? []
        : {
            id,
            cidrs: cidrsOf(from.cidrs),
            groupIds: idsOf(from.groupIds),
            prefixLists: idsOf(from.prefixLists),
          };
    });
  });
}

export async function readRouteTables({ ec2, vpcId, signal }: VpcQuestion): Promise<Seen<RouteTableFacts[]>> {
  return await seeing('ec2:DescribeRouteTables', signal, async () => {
    const pages = paginateDescribeRouteTables({ client: ec2 }, inVpc(vpcId), { abortSignal: signal });
    return (await collect(pages, ({ RouteTables }) => RouteTables)).flatMap(routeTableOf);
  });
}

function routeTableOf(table: RouteTable): RouteTableFacts[] {
  const id = idOf(table.RouteTableId);
  if (id === undefined) return [];
  const routes = (table.Routes ?? []).filter(({ State }) => State !== 'blackhole');
  const defaultRoute = routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0');
  return [
    {
      id,
      main: (table.Associations ?? []).some(({ Main }) => Main === true),
      subnetIds: idsOf(table.Associations?.map(({ SubnetId }) => SubnetId)),
      defaultRoute: idOf(
        defaultRoute?.NatGatewayId ??
          defaultRoute?.GatewayId ??
          defaultRoute?.TransitGatewayId ??
          defaultRoute?.NetworkInterfaceId,
      ),
      otherNetworks: [
        ...new Set(
          routes.flatMap((route) => [
            ...idsOf([route.TransitGatewayId, route.VpcPeeringConnectionId]),
            ...idsOf([route.GatewayId]).filter((gateway) => gateway.startsWith('vgw-')),
            ...(route.CoreNetworkArn === undefined ? [] : ['a core network']),
          ]),
        ),
      ],
    },
  ];
}

/** Those that are there or are coming. */
export async function readNatGateways({ ec2, vpcId, signal }: VpcQuestion): Promise<Seen<NatGatewayFacts[]>> {
  return await seeing('ec2:DescribeNatGateways', signal, async () => {
    const filter = [{ Name: 'vpc-id', Values: [vpcId] }];
    const pages = paginateDescribeNatGateways({ client: ec2 }, { Filter: filter }, { abortSignal: signal });
    const gateways = await collect(pages, ({ NatGateways }) => NatGateways);
    return gateways
      .filter(
        ({ State, ConnectivityType }) =>
          /^(?:available|pending)$/.test(State ?? '') && ConnectivityType !== 'private',
      )
      .flatMap((gateway) => {
        const id = idOf(gateway.NatGatewayId);
        return id === undefined
          ? []
          : { id, regional: gateway.AvailabilityMode === 'regional', subnetId: idOf(gateway.SubnetId) };
      });
  });
}

/**
 * All endpoint services of the region that are AWS's own: some 400, in one answer. A filter by name would need the names,
 * whose beginning differs between partitions.
 */
export async function readOffers({ ec2, signal }: VpcQuestion): Promise<Seen<OfferFacts[]>> {
  return await seeing('ec2:DescribeVpcEndpointServices', signal, async () => {
    const pages = pagesBy((NextToken) =>
      ec2.send(new DescribeVpcEndpointServicesCommand({ NextToken }), { abortSignal: signal }),
    );
    return (await collect(pages, ({ ServiceDetails }) => ServiceDetails)).flatMap(offersOf);
  });
}

/** A service of S3 is both: a gateway's and an interface's. */
function offersOf(detail: ServiceDetail): OfferFacts[] {
  const names = [detail.PrivateDnsName, ...(detail.PrivateDnsNames ?? []).map((one) => one.PrivateDnsName)];
  const offer = {
    serviceName: wordOf(detail.ServiceName),
    zones: (detail.AvailabilityZones ?? []).map(wordOf),
    privateNames: [...new Set(names.flatMap((name) => wordOf(name) || []))],
  };
  return (detail.ServiceType ?? []).flatMap(({ ServiceType: type }) =>
    type === 'Interface' || type === 'Gateway' ? { ...offer, type } : [],
  );
}

/** VPC, subnet and groups of instances; those that are gone are left out. */
export async function readInstances(
  { ec2, signal }: Omit<VpcQuestion, 'vpcId'>,
  instanceIds: readonly string[],
): Promise<Seen<(Omit<InstanceFacts, 'connected'> & { readonly vpcId: string })[]>> {
  return await seeing('ec2:DescribeInstances', signal, async () => {
    const reservations = await collectBy(instanceIds, (Values) =>
      collect(
        paginateDescribeInstances(
          { client: ec2 },
          { Filters: [{ Name: 'instance-id', Values }] },
          { abortSignal: signal },
        ),
        ({ Reservations }) => Reservations,
      ),
    );
    return reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap((instance) => {
        const id = idOf(instance.InstanceId);
        return id === undefined
          ? []
          : {
              id,
              vpcId: idOf(instance.VpcId) ?? '',
              subnetId: idOf(instance.SubnetId) ?? '',
              groupIds: idsOf(instance.SecurityGroups?.map(({ GroupId }) => GroupId)),
            };
      }),
    );
  });
}

/** EC2 takes at most 200 values in a filter. */
async function collectBy<Item>(
  values: readonly string[],
  ask: (values: string[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const found: Item[] = [];
  for (let from = 0; from < values.length; from += 200)
    found.push(...(await ask(values.slice(from, from + 200))));
  return found;
}

function inVpc(vpcId: string) {
  return { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
}

/** An id of EC2, e.g. `vpc-0a1b2c3d4e5f60718`; undefined where it is none. */
export function idOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z]{1,12}-[0-9a-f]{1,32}$/.test(text) ? text : undefined;
}

function idsOf(texts: readonly (string | undefined)[] | undefined): string[] {
  return (texts ?? []).flatMap((text) => idOf(text) ?? []);
}

function cidrsOf(texts: readonly (string | undefined)[]): string[] {
  return texts.flatMap((text) => parseCidr(text ?? '')?.text ?? []);
}

function accountOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{12}$/.test(text) ? text : undefined;
}

/** Names of services, zones and states; empty where it is none. */
function wordOf(text: string | undefined): string {
  return text !== undefined && /^[\w.*-]{1,250}$/.test(text) ? text : '';
}
