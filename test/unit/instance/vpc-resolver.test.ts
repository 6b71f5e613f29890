import { describe, expect, it } from 'vitest';
import type { InstanceFacts } from '../../../src/instance/instance-observation.ts';
import { vpcResolverAddresses } from '../../../src/instance/vpc-resolver.ts';

const facts: InstanceFacts = {
  instanceId: undefined,
  region: 'us-east-1',
  suffix: 'amazonaws.com',
  partition: 'aws',
  availabilityZone: undefined,
  vpcId: undefined,
  subnetId: undefined,
  vpcCidrs: [],
  ipv6Only: false,
};

describe("the VPC resolver's addresses", () => {
  it.each([
    [['10.0.0.0/16'], ['169.254.169.253', '10.0.0.2']],
    [
      ['172.31.16.0/20', '10.9.0.0/16'],
      ['169.254.169.253', '172.31.16.2'],
    ],
    [
      ['10.0.0.0/16', '2600:1f16::/56'],
      ['169.254.169.253', 'fd00:ec2::253', '10.0.0.2'],
    ],
    [[], ['169.254.169.253']],
  ])('for %j', (vpcCidrs, addresses) => {
    expect(vpcResolverAddresses({ ...facts, vpcCidrs })).toEqual(addresses);
  });

  it('are known in part without any fact', () => {
    expect(vpcResolverAddresses(undefined)).toEqual(['169.254.169.253']);
  });
});
