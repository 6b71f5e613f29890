import { describe, expect, it } from 'vitest';
import { measureFleet } from '../../bench/measure-fleet.ts';
import { atThisPace } from '../../lab/pace.ts';

const hosts = 10_000;

describe(`fleet over ${hosts} hosts, under ECS's documented rates`, () => {
  it('takes 30 s and 150 MB at most, and no more calls than pages', async () => {
    const { code, stdout, seconds, mib, calls, throttled } = await measureFleet(hosts);
    expect(code).toBe(1);
    expect(stdout).toContain(`NO — 20 of ${hosts} container instances are not done.`);
    const { 'cloudtrail:LookupEvents': lookups = 0, ...others } = calls;
    const total = Object.values(others).reduce((sum, count) => sum + count, 0);
    // Clusters, two for each hundred container instances, one for each fifty records, the figures.
    expect(total).toBeLessThanOrEqual(1 + 2 * (hosts / 100) + Math.ceil(hosts / 50) + 1 + throttled);
    // CloudTrail is not waited for longer than it takes to see that it cannot make a yes: 20 s at two a second.
    expect(lookups).toBeLessThanOrEqual(2 * atThisPace(30));
    expect(seconds).toBeLessThan(atThisPace(30));
    // How much garbage there is at most depends on the machine's load: the least of three counts.
    const megabytes = [mib * 1.048576];
    while (Math.min(...megabytes) >= 150 && megabytes.length < 3) {
      megabytes.push((await measureFleet(hosts)).mib * 1.048576);
    }
    expect(Math.min(...megabytes)).toBeLessThan(150);
  });
});
