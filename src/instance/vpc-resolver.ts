import type { InstanceFacts } from './instance-observation.ts';

/**
 * The VPC resolver's addresses: the link-local ones, the same in every VPC, and the base of the VPC's first IPv4 block
 * plus two (https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html).
 */
export function vpcResolverAddresses(facts: InstanceFacts | undefined): string[] {
  const first = facts?.vpcCidrs.find((cidr) => !cidr.includes(':'));
  const [, head, last] = /^(\d+\.\d+\.\d+)\.(\d+)\//.exec(first ?? '') ?? [];
  return [
    '169.254.169.253',
    ...(facts?.ipv6Only || facts?.vpcCidrs.some((cidr) => cidr.includes(':')) ? ['fd00:ec2::253'] : []),
    ...(head === undefined ? [] : [`${head}.${Number(last) + 2}`]),
  ];
}

/** The one that a container with a network of its own reaches too. */
export function routedVpcResolver(facts: InstanceFacts | undefined): string {
  return vpcResolverAddresses(facts).at(-1) ?? '';
}
