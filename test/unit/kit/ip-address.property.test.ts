import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, formatIpAddress, parseCidr, parseIpAddress } from '../../../src/kit/ip-address.ts';

const pairs = fc.oneof(
  fc.record({ base: fc.ipV4(), address: fc.ipV4(), prefix: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ base: fc.ipV6(), address: fc.ipV6(), prefix: fc.integer({ min: 0, max: 128 }) }),
);

describe('IP addresses', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIpAddress(text);
        expect(address).toBeDefined();
        expect(address && parseIpAddress(formatIpAddress(address))).toEqual(address);
      }),
    );
  });

  it('lie in the blocks in which node:net says that they do', () => {
    fc.assert(
      fc.property(pairs, fc.boolean(), ({ base, address, prefix }, inside) => {
        const probe = inside ? base : address;
        const family = base.includes(':') ? 'ipv6' : 'ipv4';
        const blocks = new BlockList();
        blocks.addSubnet(base, prefix, family);
        const cidr = parseCidr(`${base}/${prefix}`);
        const parsed = parseIpAddress(probe);
        expect(cidr && parsed && contains(cidr, parsed)).toBe(blocks.check(probe, family));
      }),
      { numRuns: 500 },
    );
  });

  it('no text makes the parsers throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%]*$/)), (text) => {
        parseCidr(text);
        parseIpAddress(text);
      }),
    );
  });
});
