import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { moveFleet } from '../../simulation/fleet.ts';
import { moveHost, sketchHost } from '../../simulation/host.ts';
import { randomFrom } from '../../simulation/random.ts';
import { registerAll } from '../../simulation/registrations.ts';
import { rowOf, splayForMs } from '../../simulation/table.ts';
import { runs } from '../../size.ts';

describe('a host of the simulation', () => {
  it('restarts its agent in the same moment if every look is made', async () => {
    for (let index = 0; index < 8; index += 1) {
      const host = sketchHost(7, index);
      for (const splayMs of [0, 60_000]) {
        const { restartMs } = await moveHost(host, { splayMs });
        const registeredMs = restartMs + (index % 2 === 0 ? 1_000 : 700_000);
        const brief = await moveHost(host, { splayMs, registeredMs });
        expect(brief).toEqual({ restartMs, blocked: index % 2 === 1 });
        expect(await moveHost(host, { splayMs, registeredMs, everyLook: true })).toEqual(brief);
      }
    }
  });

  it('waits for its resolver, three rounds, and its turn in the splay', async () => {
    for (let index = 0; index < 50; index += 1) {
      const host = sketchHost(3, index);
      const { restartMs } = await moveHost(host, { splayMs: 0 });
      // The first look that sees it, and two more rounds.
      expect(restartMs - host.privateFromMs).toBeGreaterThanOrEqual(10_000);
      expect(restartMs - host.privateFromMs).toBeLessThan(15_001);
      const spread = await moveHost(host, { splayMs: 600_000 });
      expect(spread.restartMs).toBeGreaterThanOrEqual(restartMs);
      expect(spread.restartMs).toBeLessThan(restartMs + 600_000);
    }
  });
});

describe('the bucket of registrations', () => {
  it('takes 200 at once, and refuses the next', () => {
    const { registeredMs, throttledHosts, refused } = registerAll(new Float64Array(250), randomFrom(1));
    expect(registeredMs.filter((ms) => ms === 0)).toHaveLength(200);
    expect(throttledHosts).toBe(50);
    expect(refused).toBeGreaterThanOrEqual(50);
    for (const ms of registeredMs) expect(ms).toBeLessThan(2_000);
  });

  it('never takes more than its burst and 120 a second, and takes every host in the end', () => {
    const times = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 1_500 });
    fc.assert(
      fc.property(times, fc.nat(), (firstMs, seed) => {
        const { registeredMs } = registerAll(Float64Array.from(firstMs), randomFrom(seed));
        const taken = registeredMs.slice().sort();
        firstMs.forEach((ms, host) => {
          expect(registeredMs[host]).toBeGreaterThanOrEqual(ms);
        });
        for (let from = 0; from < taken.length; from += 17) {
          for (let to = from; to < taken.length; to += 13) {
            const forMs = (taken[to] ?? 0) - (taken[from] ?? 0);
            expect(to - from + 1).toBeLessThanOrEqual(200 + forMs * 0.12 + 1);
          }
        }
      }),
      { numRuns: runs(15, 200) },
    );
  });
});

describe('a fleet', () => {
  it('gives the same figures with the same seed, and others with another', async () => {
    const fleet = { hosts: 60, splayMs: 5_000, seed: 1 };
    const moved = await moveFleet(fleet);
    expect(await moveFleet(fleet)).toEqual(moved);
    const other = await moveFleet({ ...fleet, seed: 2 });
    expect(other.requestsPerSecond).not.toEqual(moved.requestsPerSecond);
  });

  // One host in ten of 8,000, with a tenth of the bucket. All of them: scripts/simulate.sh --hosts 8000
  it('is throttled by ECS where it is large and has no splay, and not with that of docs/scale.md', async () => {
    const sample = { hosts: 800, seed: 5, bucketPart: 1 / 10 };
    const none = await moveFleet({ ...sample, splayMs: 0 });
    expect(none.throttledHosts).toBeGreaterThan(sample.hosts / 10);
    expect(none.longestAwayMs).toBeGreaterThan(10_000);
    const spread = await moveFleet({ ...sample, splayMs: splayForMs(8_000) });
    expect(spread).toMatchObject({ throttledHosts: 0, longestAwayMs: 1_000, blockedHosts: 0 });
  });

  it.each([0, splayForMs(1_000)])('of 1,000 hosts is as docs/scale.md has it, splay %s', async (splayMs) => {
    const document = readFileSync(inCheckout('docs/scale.md'), 'utf8');
    const row = rowOf(await moveFleet({ hosts: 1_000, splayMs, seed: 1 }));
    expect(document).toContain(`| ${row.join(' | ')} |`);
  });
});
