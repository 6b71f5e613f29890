import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/observe/observation.ts';
import { summarizeEndpoints } from '../../../src/reconcile/endpoints-summary.ts';
import { closedSecurityGroup, observe } from './observations.ts';

/** One of the three names with that outcome on 443, the others well. */
function oneOf(place: number, reachable: boolean | undefined): Observation {
  const seen = observe();
  const closed = observe({ reachable });
  const endpoints = (seen.endpoints?.endpoints ?? []).map((endpoint, index) =>
    index === place ? (closed.endpoints?.endpoints[index] ?? endpoint) : endpoint,
  );
  return { ...seen, endpoints: { endpoints, ages: {} } };
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
    expect(summarizeEndpoints({ ...seen, endpoints: { endpoints, ages: {} } }).ready).toBe(true);
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
});
