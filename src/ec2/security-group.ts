import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';

/** The control plane's only port. */
const port = 443;

/** Whom a security group lets in on TCP 443: blocks, other groups, prefix lists. */
export function sourcesOf443(group: SecurityGroup): {
  readonly cidrs: string[];
  readonly groupIds: string[];
  readonly prefixLists: string[];
} {
  const open = (group.IpPermissions ?? []).filter(letsPortThrough);
  return {
    cidrs: open.flatMap(({ IpRanges, Ipv6Ranges }) => [
      ...defined(IpRanges, (range) => range.CidrIp),
      ...defined(Ipv6Ranges, (range) => range.CidrIpv6),
    ]),
    groupIds: open.flatMap(({ UserIdGroupPairs }) => defined(UserIdGroupPairs, (pair) => pair.GroupId)),
    prefixLists: open.flatMap(({ PrefixListIds }) => defined(PrefixListIds, (list) => list.PrefixListId)),
  };
}

/** What is told of each; the SDK's types allow anything to be missing. */
export function defined<From, To>(
  all: readonly From[] | undefined,
  told: (one: From) => To | undefined,
): To[] {
  return (all ?? []).flatMap((one) => told(one) ?? []);
}

/** Protocol -1 is all traffic and has no ports. */
function letsPortThrough({ IpProtocol: protocol, FromPort: from, ToPort: to }: IpPermission): boolean {
  if (protocol === '-1') return true;
  return (protocol === 'tcp' || protocol === '6') && (from ?? 0) <= port && port <= (to ?? 65_535);
}
