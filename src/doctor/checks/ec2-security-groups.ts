import type { VpcDescription } from '../../ec2/ec2-reading.ts';
import { contains, parseCidr, parseIpAddress } from '../../kit/ip-address.ts';
import { check } from '../check.ts';
import { fail, found, passed, skip } from '../finding.ts';
import { ec2Skipped, ec2Skips } from './ec2-skipped.ts';

export const ec2SecurityGroupsCheck = check({
  name: 'ec2-security-groups',
  title: 'EC2 API: the endpoints’ security groups let TCP 443 in from this instance’s subnet',
  findings: {
    ...ec2Skips,
    'ec2-security-group-closed': fail(
      'The security groups of the endpoint let no TCP 443 in from this instance’s subnet.',
      '`aws ec2 authorize-security-group-ingress --region {region} --group-id {groupId} --protocol tcp --port 443 ' +
        '--cidr {cidr}` (console: VPC, Security groups, Edit inbound rules, HTTPS from {cidr}).',
    ),
    'ec2-security-group-unclear': skip(
      'The groups let 443 in from other groups or prefix lists only; whether this instance is among them is not asked.',
      'What counts is whether 443 answers: see the endpoint checks.',
    ),
    'ec2-no-endpoints': skip(
      'There is no endpoint in this VPC whose security groups could be looked at.',
      'See ec2-endpoints.',
    ),
  },
  onlyWith: 'ec2',
  needs: ['observation', 'ec2'],
  run: async (host) => {
    const reading = await host.ec2();
    if (reading.kind === 'skipped') return ec2Skipped(reading);
    if (reading.endpoints.length === 0) return found('ec2-no-endpoints', 'this VPC has none of the three');
    const { facts } = (await host.observation()).instance;
    const cidrs = reading.subnets.find(({ id }) => id === facts?.subnetId)?.cidrs ?? [];
    const judged = reading.endpoints.map((endpoint) => {
      const { id, groupIds } = endpoint;
      const door = doorOf(endpoint, reading, cidrs);
      const seen = `${id}: ${groupIds.join(', ')}`;
      if (door === 'unclear') return found('ec2-security-group-unclear', seen);
      const values = { groupId: groupIds[0], cidr: cidrs[0] };
      return door === 'closed'
        ? found('ec2-security-group-closed', `${seen} closed for ${cidrs[0]}`, values)
        : passed(id);
    });
    return [passed(`443 is open from ${cidrs.join(', ')}`), ...judged];
  },
});

function doorOf(
  endpoint: VpcDescription['endpoints'][number],
  { groups }: VpcDescription,
  subnetCidrs: readonly string[],
): 'open' | 'closed' | 'unclear' {
  const own = groups.filter(({ id }) => endpoint.groupIds.includes(id));
  const sources = own.flatMap(({ from }) => from.cidrs);
  if (subnetCidrs.some((cidr) => sources.some((source) => covers(source, cidr)))) return 'open';
  if (
    subnetCidrs.length === 0 ||
    own.some(({ from }) => from.groupIds.length + from.prefixLists.length > 0)
  ) {
    return 'unclear';
  }
  // A rule for a part of the subnet may hold this instance's own address.
  return subnetCidrs.some((cidr) => sources.some((source) => covers(cidr, source))) ? 'unclear' : 'closed';
}

function covers(outer: string, inner: string): boolean {
  const block = parseCidr(outer);
  const [address, prefix] = inner.split('/');
  const base = parseIpAddress(address ?? '');
  if (block === undefined || base === undefined) return false;
  return block.prefixLength <= Number(prefix) && contains(block, base);
}
