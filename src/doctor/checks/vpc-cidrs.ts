import { check } from '../check.ts';
import { found, passed, warn } from '../finding.ts';

export const vpcCidrsCheck = check({
  name: 'vpc-cidrs',
  title: 'Address blocks of the VPC, by which private answers are told from public ones',
  findings: {
    'vpc-cidrs-unknown': warn(
      'Only the private ranges (RFC 1918, 100.64.0.0/10, fc00::/7) count as private. In a VPC with public-looking ' +
        'IPv4 blocks, and for IPv6, private answers would be taken for public ones.',
      'List the VPC’s blocks: ECS_PRIVATELINKD_PRIVATE_CIDRS=203.0.113.0/24,2001:db8::/56 in ' +
        '/etc/ecs-privatelinkd/ecs-privatelinkd.config (`aws ec2 describe-vpcs --vpc-ids {vpcId}` shows them).',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const { facts } = (await host.observation()).instance;
    const extra = host.settings.privateCidrs;
    const blocks = [...(facts?.vpcCidrs ?? []), ...extra];
    if (blocks.length === 0) {
      return found('vpc-cidrs-unknown', 'no address block of the VPC is known');
    }
    return passed(`${blocks.join(', ')}${facts?.vpcId === undefined ? '' : ` (${facts.vpcId})`}`);
  },
});
