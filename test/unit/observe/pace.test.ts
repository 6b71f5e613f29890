import { describe, expect, it } from 'vitest';
import { hastyForMs, type Pace, paces } from '../../../src/observe/pace.ts';

const rows = Object.entries<Pace>(paces);

describe('the table of paces', () => {
  it('asks everything in a close look, and remembers only what changes nothing within a round', () => {
    const { network, lifecycle, ...others } = paces.close.maxAgeMs;
    expect(Object.values(others).every((maxMs) => maxMs === 0)).toBe(true);
    expect(network).toBeGreaterThan(0);
    expect(lifecycle).toBe(5_000);
    const sources = new Set(rows.flatMap(([, { maxAgeMs }]) => Object.keys(maxAgeMs)));
    expect(new Set(Object.keys(paces.close.maxAgeMs))).toEqual(sources);
  });

  it('asks systemd only before a restart, and before an agent is brought back', () => {
    const asking = rows.filter(([, { maxAgeMs }]) => maxAgeMs.unit !== undefined).map(([name]) => name);
    expect(asking).toEqual(['close', 'bringing-back']);
  });

  it('asks DNS while a new agent starts, and seldom: its path proves something of those answers only', () => {
    expect(paces.hasty.maxAgeMs.answers).toBeLessThanOrEqual(hastyForMs / 3);
    expect(paces.hasty.maxAgeMs.answers).toBeGreaterThanOrEqual(20 * paces.hasty.next);
  });
});
