import { type AwsAccounts, admitted, type RefusalNames } from './account.ts';
import { AwsFault, type AwsService, escapeXml, type QueryCall } from './aws-api.ts';
import { type Ec2State, type EndpointState, fullAccess } from './ec2-state.ts';

const refusals: RefusalNames = {
  unknownKey: 'AuthFailure',
  expired: 'RequestExpired',
  denied: 'UnauthorizedOperation',
};

/**
 * EC2, of one region: what `plan` asks for, and what its steps do. In a VPC of another account nothing but the VPC, its
 * subnets and its route tables is shown, as to a participant of a shared VPC.
 */
export function ec2Service(accounts: AwsAccounts, state: Ec2State, region = 'us-east-1'): AwsService {
  const mine = (call: QueryCall) => {
    const { id } = admitted(accounts, call, refusals);
    return ({ vpcId }: { vpcId: string }) => state.vpcs.find((vpc) => vpc.id === vpcId)?.owner === id;
  };
  const handle =
    (answer: (call: QueryCall) => Tree) =>
    (call: QueryCall): string => {
      admitted(accounts, call, refusals);
      return xml(answer(call));
    };
  return {
    errorForm: 'ec2',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    query: {
      DescribeVpcs: handle((call) => ({
        vpcSet: filtered(call, call.region === region ? state.vpcs : [], { 'vpc-id': ({ id }) => [id] }).map(
          (vpc) => ({
            vpcId: vpc.id,
            ownerId: vpc.owner,
            state: 'available',
            dhcpOptionsId: vpc.dhcpOptionsId,
          }),
        ),
      })),
      DescribeVpcAttribute: handle((call) => {
        const vpc = vpcOf(state, call);
        const name =
          call.form.get('Attribute') === 'enableDnsSupport' ? 'enableDnsSupport' : 'enableDnsHostnames';
        return { vpcId: vpc.id, [name]: { value: String(vpc[name]) } };
      }),
      ModifyVpcAttribute: handle((call) => {
        const vpc = vpcOf(state, call);
        for (const name of ['EnableDnsSupport', 'EnableDnsHostnames'] as const) {
          const value = call.form.get(`${name}.Value`);
          if (value !== null)
            vpc[name === 'EnableDnsSupport' ? 'enableDnsSupport' : 'enableDnsHostnames'] = value === 'true';
        }
        return { return: 'true' };
      }),
      DescribeDhcpOptions: handle((call) => ({
        dhcpOptionsSet: list(call, 'DhcpOptionsId').map((id) => ({
          dhcpOptionsId: id,
          dhcpConfigurationSet: [
            {
              key: 'domain-name-servers',
              valueSet: (state.dhcpOptions[id] ?? []).map((value) => ({ value })),
            },
          ],
        })),
      })),
      DescribeSubnets: handle((call) =>
        paged(
          call,
          'subnetSet',
          filtered(call, state.subnets, { 'vpc-id': ({ vpcId }) => [vpcId] }),
          (subnet) => ({
            subnetId: subnet.id,
            vpcId: subnet.vpcId,
            ownerId: state.vpcs.find(({ id }) => id === subnet.vpcId)?.owner ?? '',
            availabilityZone: subnet.zone,
            cidrBlock: subnet.cidr,
            availableIpAddressCount: String(subnet.free),
          }),
        ),
      ),
      DescribeVpcEndpoints: handle((call) =>
        paged(
          call,
          'vpcEndpointSet',
          filtered(call, state.endpoints.filter(mine(call)), {
            'vpc-id': ({ vpcId }) => [vpcId],
            'service-name': ({ serviceName }) => [serviceName],
          }),
          describeEndpoint,
        ),
      ),
      DescribeVpcEndpointServices: handle((call) =>
        paged(call, 'serviceDetailSet', state.services, ({ name, types, zones, privateName }) => ({
          serviceName: name,
          serviceType: types.map((serviceType) => ({ serviceType })),
          availabilityZoneSet: zones,
          ...(privateName && { privateDnsName: privateName }),
        })),
      ),
      DescribeSecurityGroups: handle((call) =>
        paged(
          call,
          'securityGroupInfo',
          filtered(call, state.groups.filter(mine(call)), { 'group-id': ({ id }) => [id] }),
          ({ id, cidrs, groupIds }) => ({
            groupId: id,
            ipPermissions: [
              {
                ipProtocol: 'tcp',
                fromPort: '443',
                toPort: '443',
                ipRanges: cidrs.filter((cidr) => !cidr.includes(':')).map((cidrIp) => ({ cidrIp })),
                ipv6Ranges: cidrs.filter((cidr) => cidr.includes(':')).map((cidrIpv6) => ({ cidrIpv6 })),
                groups: groupIds.map((groupId) => ({ groupId })),
              },
            ],
          }),
        ),
      ),
      DescribeRouteTables: handle((call) =>
        paged(
          call,
          'routeTableSet',
          filtered(call, state.routeTables, { 'vpc-id': ({ vpcId }) => [vpcId] }),
          ({ id, main, subnetIds, routes }) => ({
            routeTableId: id,
            associationSet: [
              ...(main ? [{ main: 'true' }] : []),
              ...subnetIds.map((subnetId) => ({ main: 'false', subnetId })),
            ],
            routeSet: Object.entries(routes).map(([destinationCidrBlock, target]) => ({
              destinationCidrBlock,
              state: 'active',
              [targetName(target)]: target,
            })),
          }),
        ),
      ),
      DescribeNatGateways: handle((call) =>
        paged(
          call,
          'natGatewaySet',
          filtered(call, state.natGateways.filter(mine(call)), { 'vpc-id': ({ vpcId }) => [vpcId] }),
          ({ id, vpcId, subnetId, regional }) => ({
            natGatewayId: id,
            vpcId,
            state: 'available',
            connectivityType: 'public',
            availabilityMode: regional ? 'regional' : 'zonal',
            ...(subnetId && { subnetId }),
          }),
        ),
      ),
      DescribeInstances: handle((call) =>
        paged(
          call,
          'reservationSet',
          filtered(call, state.instances, { 'instance-id': ({ id }) => [id] }),
          ({ id, vpcId, subnetId, groupIds }) => ({
            instancesSet: [
              { instanceId: id, vpcId, subnetId, groupSet: groupIds.map((groupId) => ({ groupId })) },
            ],
          }),
        ),
      ),
      CreateSecurityGroup: handle((call) => {
        const id = newId('sg', state.groups.length);
        state.groups.push({ id, vpcId: vpcOf(state, call).id, cidrs: [], groupIds: [] });
        return { return: 'true', groupId: id };
      }),
      AuthorizeSecurityGroupIngress: handle((call) => {
        const group = state.groups.find(({ id }) => id === call.form.get('GroupId'));
        if (group === undefined)
          throw new AwsFault('InvalidGroup.NotFound', 'The security group does not exist');
        group.cidrs.push(
          ...values(call, /^IpPermissions\.\d+\.(?:IpRanges\.\d+\.CidrIp|Ipv6Ranges\.\d+\.CidrIpv6)$/),
        );
        return { return: 'true' };
      }),
      CreateVpcEndpoint: handle((call) => {
        const endpoint = newEndpoint(state, call);
        state.endpoints.push(endpoint);
        return { vpcEndpoint: describeEndpoint(endpoint) };
      }),
      ModifyVpcEndpoint: handle((call) => {
        const endpoint = state.endpoints.find(({ id }) => id === call.form.get('VpcEndpointId'));
        if (endpoint === undefined)
          throw new AwsFault('InvalidVpcEndpointId.NotFound', 'The endpoint does not exist');
        endpoint.subnetIds.push(...list(call, 'AddSubnetId'));
        endpoint.routeTableIds.push(...list(call, 'AddRouteTableId'));
        if (call.form.get('PrivateDnsEnabled') === 'true') endpoint.privateDns = true;
        checkZones(state, endpoint);
        return { return: 'true' };
      }),
    },
  };
}

function vpcOf({ vpcs }: Ec2State, { form }: QueryCall) {
  const id = form.get('VpcId') ?? '';
  const vpc = vpcs.find((one) => one.id === id);
  if (vpc === undefined) throw new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
  return vpc;
}

/** @throws AwsFault for what EC2 refuses too */
function newEndpoint(state: Ec2State, call: QueryCall): EndpointState {
  const vpc = vpcOf(state, call);
  const serviceName = call.form.get('ServiceName') ?? '';
  const type = call.form.get('VpcEndpointType') === 'Interface' ? 'Interface' : 'Gateway';
  if (!state.services.some(({ name, types }) => name === serviceName && types.includes(type)))
    throw new AwsFault('InvalidServiceName', `The Vpc Endpoint Service '${serviceName}' does not exist`);
  const privateDns = call.form.get('PrivateDnsEnabled') === 'true';
  if (privateDns && !(vpc.enableDnsSupport && vpc.enableDnsHostnames))
    throw new AwsFault(
      'InvalidParameter',
      'Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true',
    );
  const endpoint: EndpointState = {
    id: newId('vpce', state.endpoints.length),
    vpcId: vpc.id,
    serviceName,
    type,
    state: 'available',
    privateDns,
    subnetIds: list(call, 'SubnetId'),
    groupIds: list(call, 'SecurityGroupId'),
    routeTableIds: list(call, 'RouteTableId'),
    policy: fullAccess,
  };
  checkZones(state, endpoint);
  return endpoint;
}

function checkZones({ subnets }: Ec2State, { subnetIds }: EndpointState): void {
  const zones = subnetIds.map((id) => subnets.find((subnet) => subnet.id === id)?.zone);
  if (new Set(zones).size < zones.length)
    throw new AwsFault(
      'DuplicateSubnetsInSameZone',
      'Found another VPC endpoint subnet in the availability zone',
    );
  if (zones.includes(undefined))
    throw new AwsFault('InvalidSubnetId.NotFound', 'The subnet ID does not exist');
}

function describeEndpoint(endpoint: EndpointState): Tree {
  return {
    vpcEndpointId: endpoint.id,
    vpcEndpointType: endpoint.type,
    vpcId: endpoint.vpcId,
    serviceName: endpoint.serviceName,
    state: endpoint.state,
    privateDnsEnabled: String(endpoint.privateDns),
    ipAddressType: endpoint.ipAddressType ?? 'ipv4',
    subnetIdSet: endpoint.subnetIds,
    groupSet: endpoint.groupIds.map((groupId) => ({ groupId })),
    routeTableIdSet: endpoint.routeTableIds,
    policyDocument: endpoint.policy,
  };
}

function targetName(target: string): string {
  const names: Record<string, string> = {
    nat: 'natGatewayId',
    tgw: 'transitGatewayId',
    pcx: 'vpcPeeringConnectionId',
  };
  return names[target.split('-')[0] ?? ''] ?? 'gatewayId';
}

function newId(prefix: string, index: number): string {
  return `${prefix}-${(0xc0ffee0000 + index).toString(16).padStart(17, '0')}`;
}

/** `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-…` */
function filtered<Item>(
  { form }: QueryCall,
  items: readonly Item[],
  known: Readonly<Record<string, (item: Item) => readonly string[]>>,
): Item[] {
  let left = [...items];
  for (const [key, name] of form) {
    const [, prefix] = /^(Filter\.\d+)\.Name$/.exec(key) ?? [];
    if (prefix === undefined) continue;
    const valuesOf = known[name];
    if (valuesOf === undefined)
      throw new AwsFault('InvalidParameterValue', `The filter '${name}' is invalid`);
    const wanted = [...form].flatMap(([other, value]) =>
      other.startsWith(`${prefix}.Value.`) ? [value] : [],
    );
    if (wanted.length > 200)
      throw new AwsFault('FilterLimitExceeded', 'The maximum number of filter values is 200');
    left = left.filter((item) => valuesOf(item).some((value) => wanted.includes(value)));
  }
  return left;
}

/** EC2 gives up to 1,000 at once where nobody says less. */
function paged<Item>(
  { form }: QueryCall,
  set: string,
  items: readonly Item[],
  describe: (item: Item) => Tree,
): Tree {
  const from = Number(form.get('NextToken') ?? 0);
  const to = from + Number(form.get('MaxResults') ?? 1000);
  return { [set]: items.slice(from, to).map(describe), ...(to < items.length && { nextToken: String(to) }) };
}

function list(call: QueryCall, name: string): string[] {
  return values(call, new RegExp(`^${name}\\.\\d+$`));
}

function values({ form }: QueryCall, names: RegExp): string[] {
  return [...form].flatMap(([name, value]) => (names.test(name) ? [value] : []));
}

type Tree = string | readonly Tree[] | { readonly [name: string]: Tree };

/** A list is a row of `<item>`. */
function xml(tree: Tree): string {
  if (typeof tree === 'string') return escapeXml(tree);
  if (Array.isArray(tree)) return tree.map((one) => `<item>${xml(one)}</item>`).join('');
  return Object.entries(tree)
    .map(([name, value]) => `<${name}>${xml(value)}</${name}>`)
    .join('');
}
