import { describe, expect, it } from 'vitest';
import { dockerDefaults, hostResolver } from '../../../src/endpoints/next-resolver.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { summarizeEndpoints } from '../../../src/reconcile/endpoints-summary.ts';
import { allPublic, closedSecurityGroup, judgedByHost, observe } from './observations.ts';

/** One of the three names with that outcome on 443, the others well. */
function oneOf(place: number, reachable: boolean | undefined): Observation {
  const seen = observe();
  const closed = observe({ reachable });
  const endpoints = (seen.endpoints?.endpoints ?? []).map((endpoint, index) =>
    index === place ? (closed.endpoints?.endpoints[index] ?? endpoint) : endpoint,
  );
  return { ...seen, endpoints: { endpoints, ages: {}, judgedBy: judgedByHost } };
}

describe('what the three endpoints come to', () => {
  it('is ready when all are private and 443 works on each', () => {
    expect(summarizeEndpoints(observe())).toEqual({
      allPrivate: true,
      notPrivate: false,
      ready: true,
      reason: undefined,
    });
  });

  it.each([0, 1, 2])('is not ready when 443 fails on name %i, with the reason', (place) => {
    expect(summarizeEndpoints(oneOf(place, false))).toEqual({
      allPrivate: true,
      notPrivate: false,
      ready: false,
      reason: closedSecurityGroup,
    });
    expect(summarizeEndpoints(oneOf(place, undefined)).reason?.code).toBe('endpoint-not-probed');
  });

  it('one address that works is enough for a name', () => {
    const seen = observe();
    const endpoints = (seen.endpoints?.endpoints ?? []).map((endpoint) => ({
      ...endpoint,
      reachable: true,
      probes: [
        {
          address: '10.0.9.9',
          ok: false,
          durationMs: 3_000,
          issuer: undefined,
          problem: closedSecurityGroup,
        },
      ],
    }));
    expect(
      summarizeEndpoints({ ...seen, endpoints: { endpoints, ages: {}, judgedBy: judgedByHost } }).ready,
    ).toBe(true);
  });

  it('names no endpoint at all as private or not', () => {
    expect(summarizeEndpoints({ ...observe(), endpoints: undefined })).toMatchObject({
      allPrivate: false,
      notPrivate: false,
      ready: false,
    });
  });

  it.each(['public', 'mixed', 'absent', 'failed'] as const)(
    'a name that is %s is not private',
    (classified) => {
      const summary = summarizeEndpoints(observe({ classes: ['private', classified, 'private'] }));
      expect(summary).toMatchObject({ allPrivate: false, ready: false, notPrivate: classified !== 'failed' });
      expect(summary.reason).toBeDefined();
    },
  );

  it('is of as many names as are looked at', () => {
    const [first] = observe().endpoints?.endpoints ?? [];
    const endpoints = { endpoints: first === undefined ? [] : [first], ages: {}, judgedBy: judgedByHost };
    expect(summarizeEndpoints({ ...observe(), endpoints })).toMatchObject({ allPrivate: true, ready: true });
  });

  it('is not public as long as the ranges of the VPC are not known, for a public address may be one of its own', () => {
    const problem: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };
    const seen = (facts: boolean, ranges: readonly string[], instanceProblem?: Problem) => {
      const observation = observe({ classes: allPublic, instanceProblem, vpcCidrs: ranges });
      const { instance } = observation;
      return { ...observation, instance: { ...instance, facts: facts ? instance.facts : undefined } };
    };
    expect(summarizeEndpoints(seen(false, [], problem)).notPrivate).toBe(false);
    expect(summarizeEndpoints(seen(true, [], problem)).notPrivate).toBe(false);
    expect(summarizeEndpoints(seen(true, ['10.0.0.0/16'], problem)).notPrivate).toBe(true);
    expect(summarizeEndpoints(seen(true, [])).notPrivate).toBe(true);
    expect(summarizeEndpoints(seen(false, [])).notPrivate).toBe(true);
  });
});

describe('the advice where names are not private', () => {
  /** All public, each answered by that nameserver; the VPC's resolver is 10.0.0.2. */
  function advice(
    nameservers: readonly (string | undefined)[],
    { instanceKnown = true, source = hostResolver } = {},
  ): string {
    const seen = observe({ classes: allPublic });
    const endpoints = (seen.endpoints?.endpoints ?? []).map((endpoint, index) => ({
      ...endpoint,
      nameserver: nameservers[index],
    }));
    const instance = { ...seen.instance, facts: instanceKnown ? seen.instance.facts : undefined };
    const judgedBy = { ...judgedByHost, resolver: { ...judgedByHost.resolver, source } };
    const { reason } = summarizeEndpoints({
      ...seen,
      instance,
      endpoints: { endpoints, ages: {}, judgedBy },
    });
    return reason?.advice ?? '';
  }
  const create = /^Create the interface endpoints that are missing/;
  const own = '10.9.9.9';

  it('is to create them', () => {
    expect(advice(['10.0.0.2', '10.0.0.2', '10.0.0.2'])).toMatch(create);
    expect(advice(['169.254.169.253'])).toMatch(create);
    expect(advice([])).toMatch(create);
  });

  it('is to forward them where a nameserver of one’s own was asked', () => {
    expect(advice([own, own, own])).toMatch(
      /^This host asks 10\.9\.9\.9, which is not the VPC resolver.*forward us-east-1\.amazonaws\.com to.* Otherwise: Create/s,
    );
    expect(advice([undefined, own])).toContain(`This host asks ${own}`);
    expect(advice([undefined, own])).toContain('dig +short ecs-telemetry.us-east-1.amazonaws.com');
  });

  it('does not say that of a host of which the VPC is not known', () => {
    expect(advice([own, own, own], { instanceKnown: false })).toMatch(create);
  });

  it('is another network for a container that Docker gave nameservers of everybody', () => {
    const given = advice(['8.8.8.8'], { source: dockerDefaults });
    expect(given).toMatch(/^Run the agent with `--network host`.*`--dns 10\.0\.0\.2`.*: Create/s);
    expect(given).not.toContain('let it forward');
  });
});
