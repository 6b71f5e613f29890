import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  compareIpTexts,
  contains,
  formatIpAddress,
  parseCidr,
  parseIpAddress,
} from '../../../src/kit/ip-address.ts';

function canonical(text: string): string | undefined {
  const address = parseIpAddress(text);
  return address && formatIpAddress(address);
}

describe('IP addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2600:1F16:0:0:0:0:0:10', '2600:1f16::10'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('writes %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2600:1F16::0010', '2600:1f16::10'],
    ['10.0.0.1', '10.0.0.1'],
    ['no address', 'no address'],
  ])('compares %s as %s', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  it.each(['', '10.0.0', '10.0.0.256', '010.0.0.1', 'ecs', '1:2', '10.0.0.1/8'])(
    'takes %j for no address',
    (text) => {
      expect(parseIpAddress(text)).toBeUndefined();
    },
  );

  it.each(['', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '10.0.0.0/8/8', 'fd00::/129', '-', '10/8'])(
    'takes %j for no block',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  it.each([
    ['10.0.0.0/16', '10.0.255.255', true],
    ['10.0.0.0/16', '10.1.0.0', false],
    ['10.0.128.0/17', '10.0.127.255', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['198.51.100.7', '198.51.100.7', true],
    ['2600:1f16:abc:de00::/56', '2600:1f16:abc:deff::1', true],
    ['2600:1f16:abc:de00::/56', '2600:1f16:abc:df00::1', false],
    ['fc00::/7', 'fdff::1', true],
    ['fc00::/7', 'fe00::1', false],
  ])('%s holds %s: %s', (block, text, expected) => {
    const cidr = parseCidr(block);
    const address = parseIpAddress(text);
    expect(cidr && address && contains(cidr, address)).toBe(expected);
  });

  it('sorts IPv4 first, then by number', () => {
    const texts = ['::1', '10.0.0.10', '2600::1', '10.0.0.9', 'fd00::1', '9.255.0.0'];
    expect(texts.sort(compareIpTexts)).toEqual([
      '9.255.0.0',
      '10.0.0.9',
      '10.0.0.10',
      '::1',
      '2600::1',
      'fd00::1',
    ]);
  });
});
