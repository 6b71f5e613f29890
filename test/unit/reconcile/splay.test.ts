import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splayDelay } from '../../../src/reconcile/splay.ts';

const windowMs = 1_800_000;

/** Ids as EC2 gives them, from a seed, and the worst case for a hash: ids that differ in their last digits only. */
const fleets: readonly [string, readonly string[]][] = [
  [
    'drawn at random',
    Array.from({ length: 10_000 }, (_, index) => `i-0${fraction(index)}${fraction(index + 0.5)}`),
  ],
  [
    'in sequence',
    Array.from({ length: 10_000 }, (_, index) => `i-0123456789ab${index.toString(16).padStart(5, '0')}`),
  ],
];

function fraction(seed: number): string {
  return Math.floor(((Math.abs(Math.sin(seed + 1)) * 1e6) % 1) * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

describe('the splay', () => {
  it('is the same each time for the same host, within [0, splay)', () => {
    void fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 864e5 }), (identity, splayMs) => {
        const delay = splayDelay(identity, splayMs);
        expect(splayDelay(identity, splayMs)).toBe(delay);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(splayMs);
        expect(splayDelay(identity, 0)).toBe(0);
      }),
    );
  });

  it('never changes from one release to the next', () => {
    expect(splayDelay('i-0123456789abcdef0', windowMs)).toBe(1_160_547);
    expect(splayDelay('', windowMs)).toBe(1_204_059);
  });

  it.each(fleets)('is spread evenly over a fleet of 10,000 ids %s', (_, ids) => {
    const bins = 100;
    const seen = new Array<number>(bins).fill(0);
    for (const id of ids) {
      const bin = Math.floor((splayDelay(id, windowMs) / windowMs) * bins);
      seen[bin] = (seen[bin] ?? 0) + 1;
    }
    const expected = ids.length / bins;
    const chiSquare = seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: a fair draw exceeds 160 once in 10,000 times.
    expect(chiSquare).toBeLessThan(160);
    expect(Math.min(...seen)).toBeGreaterThan(expected / 2);
  });
});
