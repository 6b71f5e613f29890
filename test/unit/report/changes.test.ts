import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/observe/observation.ts';
import { changesBetween as changesOnTop, problemsOf } from '../../../src/report/changes.ts';
import { createTold } from '../../../src/report/told.ts';
import {
  allPublic,
  endpoint,
  judgedByHost,
  type ObservationSketch,
  observe,
} from '../reconcile/observations.ts';

const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
const noImds: Problem = { code: 'imds-timeout', message: 'IMDS does not answer', advice: 'Look at it.' };
const diskFull: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };

/** As if `before` had been the first look. */
function changesBetween(before: Observation | undefined, after: Observation) {
  const told = createTold();
  if (before) changesOnTop(undefined, before, told);
  return changesOnTop(before, after, told);
}

function codes(before: ObservationSketch | undefined, after: ObservationSketch): string[] {
  return changesBetween(before && observe(before), observe(after)).map(({ code }) => code);
}

describe('what is new in a look', () => {
  it('is everything in the first', () => {
    expect(codes(undefined, {})).toEqual([
      'endpoint-changed',
      'endpoint-changed',
      'endpoint-changed',
      'agent-path-changed',
    ]);
  });

  it('is nothing in one that sees the same', () => {
    for (const sketch of [
      {},
      { classes: allPublic },
      { classes: ['failed', 'mixed', 'absent'] as const },
      { reachable: false },
      { instanceProblem: noImds, storageProblem: diskFull, agent: { engineProblem: refused } },
    ]) {
      expect(codes(sketch, sketch)).toEqual([]);
    }
  });

  it('is an endpoint of another class, host or set of addresses, with the rule', () => {
    const changes = changesBetween(
      observe({ classes: allPublic }),
      observe({ classes: ['private', 'public', 'public'] }),
    );
    expect(changes).toEqual([
      {
        code: 'endpoint-changed',
        fields: {
          service: 'ecs-agent',
          host: 'ecs-agent.us-east-1.amazonaws.com',
          class: 'private',
          addresses: ['10.0.1.10'],
          ttl: 60,
          rule: 'as told',
        },
      },
    ]);
    const seen = observe();
    const withAddresses = (...addresses: string[]) => ({
      ...seen,
      endpoints: {
        endpoints: [
          {
            ...endpoint('ecs', 'private', true),
            addresses: addresses.map((address) => ({ address, family: 4 as const, private: true, rule: '' })),
          },
        ],
        ages: {},
        judgedBy: judgedByHost,
      },
    });
    const changed = (...[before, after]: [string[], string[]]) =>
      changesBetween(withAddresses(...before), withAddresses(...after)).length;
    expect(changed(['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1'])).toBe(0);
    expect(changed(['10.0.0.1'], ['10.0.0.1', '10.0.0.2'])).toBe(1);
    expect(changed(['10.0.0.1'], ['10.0.0.3'])).toBe(1);
  });

  it('does not hold another TTL for a change', () => {
    const before = observe();
    const after = observe();
    const endpoints = after.endpoints?.endpoints.map((one) => ({ ...one, ttl: 3 })) ?? [];
    expect(
      changesBetween(before, { ...after, endpoints: { endpoints, ages: {}, judgedBy: judgedByHost } }),
    ).toEqual([]);
  });

  it("is the agent's path, also of a new process on the same path", () => {
    expect(codes({}, { agent: { path: 'private' } })).toEqual(['agent-path-changed']);
    expect(codes({}, { agent: { startedAt: 'again' } })).toEqual(['agent-path-changed']);
    expect(codes({}, { agent: { id: 'container-2' } })).toEqual(['agent-path-changed']);
    expect(codes({}, { agent: { exists: false } })).toEqual(['agent-path-changed']);
  });

  it('is each problem once, told with where and what to do, and that it has cleared', () => {
    const [problem] = changesBetween(observe(), observe({ instanceProblem: noImds }));
    expect(problem).toEqual({
      code: 'problem',
      fields: {
        problem: 'imds-timeout',
        where: 'instance',
        detail: 'IMDS does not answer',
        advice: 'Look at it.',
      },
    });
    const [cleared] = changesBetween(observe({ instanceProblem: noImds }), observe());
    expect(cleared).toEqual({
      code: 'problem-cleared',
      fields: { problem: 'imds-timeout', where: 'instance' },
    });
  });

  it('is another problem in the same place, but not the same one in other words', () => {
    const other: Problem = { ...noImds, code: 'imds-throttled' };
    expect(codes({ instanceProblem: noImds }, { instanceProblem: other })).toEqual(['problem']);
    const reworded = { ...noImds, message: 'IMDS did not answer within 1003 ms' };
    expect(codes({ instanceProblem: noImds }, { instanceProblem: reworded })).toEqual([]);
  });

  it('is each cause once while they alternate, and again once the trouble was over', () => {
    const other: Problem = { ...noImds, code: 'imds-throttled' };
    const seen = [noImds, other, noImds, other, undefined, noImds].map((instanceProblem) =>
      observe({ instanceProblem }),
    );
    const told = createTold();
    const changes = seen.map((after, index) =>
      changesOnTop(seen[index - 1], after, told)
        .filter(({ fields }) => fields['where'] === 'instance')
        .map(({ code, fields }) => `${code} ${fields['problem']}`),
    );
    expect(changes).toEqual([
      ['problem imds-timeout'],
      ['problem imds-throttled'],
      [],
      [],
      ['problem-cleared imds-throttled'],
      ['problem imds-timeout'],
    ]);
  });

  it('knows every place a problem can be in', () => {
    const seen = observe({
      classes: ['failed', 'private', 'private'],
      reachable: false,
      instanceProblem: noImds,
      storageProblem: diskFull,
      agent: { engineProblem: refused },
    });
    expect([...problemsOf(seen).keys()]).toEqual([
      'instance',
      'engine',
      'state',
      'ecs-agent',
      'ecs-telemetry 10.0.1.10',
      'ecs 10.0.1.10',
    ]);
  });
});
