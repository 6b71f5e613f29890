import { describe, expect, it } from 'vitest';
import { createPrivateAddressRule } from '../../../src/endpoints/private-address.ts';

const plain = createPrivateAddressRule({ vpcCidrs: [], extraCidrs: [] });

describe('what counts as private', () => {
  it.each([
    ['10.1.2.3', 'in 10.0.0.0/8 (RFC 1918)'],
    ['172.31.255.255', 'in 172.16.0.0/12 (RFC 1918)'],
    ['192.168.0.1', 'in 192.168.0.0/16 (RFC 1918)'],
    ['100.127.255.255', 'in 100.64.0.0/10 (RFC 6598)'],
    ['fd12::1', 'in fc00::/7 (RFC 4193)'],
  ])('%s: %s', (address, rule) => {
    expect(plain(address)).toMatchObject({ address, private: true, rule });
  });

  it.each([
    ['52.46.1.1', 'in no private range'],
    ['172.32.0.1', 'in no private range'],
    ['100.128.0.1', 'in no private range'],
    ['2600:1f16::1', 'in no private range'],
    ['127.0.0.1', 'a loopback address, in no private range'],
    ['::1', 'a loopback address, in no private range'],
    ['169.254.169.254', 'a link-local address, in no private range'],
    ['fe80::1', 'a link-local address, in no private range'],
    ['0.0.0.0', 'the unspecified address, in no private range'],
    ['::', 'the unspecified address, in no private range'],
  ])('%s: %s', (address, rule) => {
    expect(plain(address)).toMatchObject({ address, private: false, rule });
  });

  it("names the VPC's CIDR before the general ranges, and the operator's", () => {
    const rule = createPrivateAddressRule({
      vpcCidrs: ['10.0.0.0/16', '203.0.113.0/24', '2600:1f16:abc:de00::/56'],
      extraCidrs: ['198.51.100.0/24', '127.88.0.0/16'],
    });
    expect(rule('10.0.1.10')?.rule).toBe("in the VPC's CIDR 10.0.0.0/16");
    expect(rule('10.1.1.10')?.rule).toBe('in 10.0.0.0/8 (RFC 1918)');
    expect(rule('203.0.113.9')).toMatchObject({ private: true });
    expect(rule('2600:1f16:abc:de00::10')).toMatchObject({ private: true, family: 6 });
    expect(rule('198.51.100.9')?.rule).toBe('in 198.51.100.0/24 (listed in the settings)');
    expect(rule('127.88.0.1')).toMatchObject({ private: true });
    expect(rule('127.89.0.1')).toMatchObject({ private: false });
  });

  it('takes an IPv4-mapped address for the IPv4 address', () => {
    expect(plain('::ffff:10.0.0.1')).toMatchObject({ address: '10.0.0.1', family: 4, private: true });
    expect(plain('::ffff:52.46.1.1')).toMatchObject({ address: '52.46.1.1', family: 4, private: false });
  });

  it('does not take NAT64 for private, whatever address is behind it', () => {
    expect(plain('64:ff9b::a00:10a')).toMatchObject({
      address: '64:ff9b::a00:10a',
      family: 6,
      private: false,
      rule: 'an address behind NAT64, reached through the NAT gateway, in no private range',
    });
    expect(plain('64:ff9b::342e:101')).toMatchObject({ private: false });
  });

  it('marks what this host has no route to, as it is at each time', () => {
    let ipv6 = false;
    const rule = createPrivateAddressRule({
      vpcCidrs: [],
      extraCidrs: [],
      hasRoute: ({ family }) => family === 4 || ipv6,
    });
    expect(rule('fd12::1')).toMatchObject({ private: true, unrouted: true });
    expect(rule('10.0.1.10')?.unrouted).toBeUndefined();
    ipv6 = true;
    expect(rule('fd12::1')?.unrouted).toBeUndefined();
  });

  it('lets a CIDR that cannot be read make nothing private', () => {
    const rule = createPrivateAddressRule({ vpcCidrs: ['nonsense', ''], extraCidrs: ['52.0.0.0/99'] });
    expect(rule('52.46.1.1')?.private).toBe(false);
  });

  it('has no opinion on what is no address', () => {
    expect(plain('ecs-a.us-east-1.amazonaws.com')).toBeUndefined();
  });
});
