import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, parseCidr, parseIpAddress } from '../../../src/kit/ip-address.ts';
import { isCovered } from '../../../src/plan/cidr-cover.ts';
import { runs } from '../../size.ts';

describe('whether blocks cover a block', () => {
  it.each([
    ['10.0.1.0/24', ['10.0.0.0/16'], true],
    ['10.0.1.0/24', ['10.0.1.0/25', '10.0.1.128/25'], true],
    ['10.0.1.0/24', ['10.0.1.0/25', '10.0.1.128/26'], false],
    ['10.0.1.0/24', ['0.0.0.0/0'], true],
    ['10.0.1.0/24', ['10.0.0.0/25'], false],
    ['10.0.1.0/24', [], false],
    ['10.0.1.0/24', ['::/0'], false],
    ['2001:db8::/64', ['2001:db8::/56'], true],
    ['2001:db8::/64', ['2001:db8::/65', '2001:db8:0:0:8000::/65'], true],
    ['2001:db8::/64', ['2001:db8::/65'], false],
    ['nonsense', ['0.0.0.0/0'], false],
  ])('%s by %j: %s', (block, by, expected) => {
    expect(isCovered(block, by)).toBe(expected);
  });

  it('is whether each address lies in one of them', () => {
    // Of 10.0.0.0/28 there are 16 addresses, which can be counted.
    const block = fc
      .record({ at: fc.nat(15), bits: fc.integer({ min: 28, max: 32 }) })
      .map(({ at, bits }) => `10.0.0.${at & ~(2 ** (32 - bits) - 1)}/${bits}`);
    fc.assert(
      fc.property(block, fc.array(block, { maxLength: 6 }), (one, others) => {
        const own = parseCidr(one);
        const all = others.flatMap((text) => parseCidr(text) ?? []);
        const addresses = Array.from({ length: 16 }, (_, index) => parseIpAddress(`10.0.0.${index}`)).filter(
          (address) => address && own && contains(own, address),
        );
        const each = addresses.every((address) => address && all.some((other) => contains(other, address)));
        expect(isCovered(one, others)).toBe(each);
      }),
      { numRuns: runs(500, 10_000) },
    );
  });
});
