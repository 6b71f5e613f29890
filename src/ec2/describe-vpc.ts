import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type SecurityGroup,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import type { Ec2Request, VpcDescription } from './ec2-reading.ts';
import { defined, sourcesOf443 } from './security-group.ts';

/** Rejects with the SDK's errors. */
export async function describeVpc(
  client: EC2Client,
  request: Ec2Request,
  abortSignal: AbortSignal,
): Promise<VpcDescription> {
  const { vpcId, serviceNames, subnetId } = request;
  const options = { abortSignal };
  const attribute = (name: 'enableDnsSupport' | 'enableDnsHostnames') =>
    client.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: name }), options);
  const [support, hostnames, described] = await Promise.all([
    attribute('enableDnsSupport'),
    attribute('enableDnsHostnames'),
    client.send(
      new DescribeVpcEndpointsCommand({
        Filters: [
          { Name: 'vpc-id', Values: [vpcId] },
          { Name: 'service-name', Values: serviceNames },
        ],
      }),
      options,
    ),
  ]);
  const endpoints = (described.VpcEndpoints ?? []).map(describeEndpoint);
  const groupIds = unique(endpoints.flatMap((endpoint) => endpoint.groupIds));
  const subnetIds = unique([
    ...endpoints.flatMap((endpoint) => endpoint.subnetIds),
    ...(subnetId ? [subnetId] : []),
  ]);
  const [groups, subnets] = await Promise.all([
    groupIds.length === 0
      ? undefined
      : client.send(new DescribeSecurityGroupsCommand({ GroupIds: groupIds }), options),
    subnetIds.length === 0
      ? undefined
      : client.send(new DescribeSubnetsCommand({ SubnetIds: subnetIds }), options),
  ]);
  return {
    kind: 'told',
    dnsSupport: support.EnableDnsSupport?.Value ?? false,
    dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? false,
    endpoints,
    groups: (groups?.SecurityGroups ?? []).map(describeGroup),
    subnets: (subnets?.Subnets ?? []).map((subnet) => ({
      id: subnet.SubnetId ?? '',
      zone: subnet.AvailabilityZone ?? '',
      cidrs: [
        ...defined([subnet.CidrBlock], (cidr) => cidr),
        ...defined(subnet.Ipv6CidrBlockAssociationSet, (association) => association.Ipv6CidrBlock),
      ],
    })),
  };
}

function describeEndpoint(endpoint: VpcEndpoint): VpcDescription['endpoints'][number] {
  return {
    id: endpoint.VpcEndpointId ?? '',
    serviceName: endpoint.ServiceName ?? '',
    state: lowerFirst(endpoint.State ?? 'unknown'),
    privateDns: endpoint.PrivateDnsEnabled ?? false,
    subnetIds: endpoint.SubnetIds ?? [],
    groupIds: defined(endpoint.Groups, (group) => group.GroupId),
    ownPolicy: endpoint.PolicyDocument !== undefined && !allowsEverything(endpoint.PolicyDocument),
  };
}

/** The default policy of an endpoint: one statement that allows every action to everybody. */
function allowsEverything(policy: string): boolean {
  try {
    const { Statement: statements } = JSON.parse(policy);
    const [only, ...more] = Array.isArray(statements) ? statements : [statements];
    return (
      more.length === 0 &&
      only.Effect === 'Allow' &&
      only.Action === '*' &&
      only.Resource === '*' &&
      only.Condition === undefined
    );
  } catch {
    return false;
  }
}

function describeGroup(group: SecurityGroup): VpcDescription['groups'][number] {
  return { id: group.GroupId ?? '', from: sourcesOf443(group) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
