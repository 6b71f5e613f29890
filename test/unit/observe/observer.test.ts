import { describe, expect, it } from 'vitest';
import type { AgentLook } from '../../../src/agent/agent-reader.ts';
import type { EndpointsRequest } from '../../../src/endpoints/endpoints-reader.ts';
import type { InstanceLook } from '../../../src/instance/instance-reader.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import { agentIsNew, type Observation } from '../../../src/observe/observation.ts';
import { createObserver, type RememberingObserver } from '../../../src/observe/observer.ts';
import { type PaceName, paces } from '../../../src/observe/pace.ts';
import { toldHost, untold } from '../endpoints/api-settings.ts';
import { allPublic, type ObservationSketch, observe } from '../reconcile/observations.ts';

const { signal } = new AbortController();

/** An observer whose three readers see what the sketch says, and note what they were asked. */
function staged(sketch: ObservationSketch = {}) {
  const seen: { now: Observation; monoMs: number; atEndpoints: () => void; atAgent: () => void } = {
    now: observe(sketch),
    monoMs: 0,
    atEndpoints: () => {},
    atAgent: () => {},
  };
  const asked = {
    instance: [] as InstanceLook[],
    endpoints: [] as EndpointsRequest[],
    agent: [] as AgentLook[],
    cidrs: [] as unknown[],
    forgotten: 0,
  };
  const observer: RememberingObserver = createObserver({
    instance: {
      look: (request, given) => {
        expect(given).toBe(signal);
        asked.instance.push(request);
        return Promise.resolve(seen.now.instance);
      },
    },
    endpoints: {
      look: (request, given) => {
        expect(given).toBe(signal);
        asked.endpoints.push(request);
        seen.atEndpoints();
        if (!seen.now.endpoints) return Promise.reject(new Error('not told any endpoints'));
        return Promise.resolve(seen.now.endpoints);
      },
    },
    agent: {
      look: (request, given) => {
        expect(given).toBe(signal);
        asked.agent.push(request);
        seen.atAgent();
        return Promise.resolve(seen.now.agent);
      },
      forget: () => {
        asked.forgotten += 1;
      },
    },
    nameOverrides: undefined,
    agentRoot: () => undefined,
    onInstance: ({ facts }) => asked.cidrs.push(facts?.vpcCidrs ?? []),
    bootId: 'boot-7',
    monotonicMs: () => seen.monoMs,
  });
  /** A look of a waiting daemon, five seconds after the last: whether it was at the agent too. */
  async function looksAtAgent(): Promise<boolean> {
    seen.monoMs += 5_000;
    return agentIsNew(await observer.look('waiting', undefined, signal));
  }
  return { observer, asked, seen, looksAtAgent };
}

const problem: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };

describe('one look at everything', () => {
  it('asks each part closely, and puts together what they saw', async () => {
    const { observer, asked, seen } = staged();
    const observation = await observer.look('close', problem, signal);
    expect(observation).toEqual({
      ...seen.now,
      bootId: 'boot-7',
      storageProblem: problem,
    });
    expect(asked.instance).toEqual([{ maxAgeMs: paces.close.maxAgeMs }]);
    expect(asked.cidrs).toEqual([['10.0.0.0/16']]);
    expect(asked.endpoints).toMatchObject([
      { vpcCidrs: ['10.0.0.0/16'], maxAgeMs: paces.close.maxAgeMs, oneQuestionLooks: 0 },
    ]);
    expect(asked.endpoints[0]?.names.map(({ host }) => host)).toEqual([
      'ecs-a.us-east-1.amazonaws.com',
      'ecs-t.us-east-1.amazonaws.com',
      'ecs.us-east-1.amazonaws.com',
    ]);
    expect(asked.agent.at(-1)).toEqual({
      addresses: {
        acs: observation.endpoints?.endpoints[0]?.addresses,
        tcs: observation.endpoints?.endpoints[1]?.addresses,
        api: observation.endpoints?.endpoints[2]?.addresses,
      },
      controlPlaneHosts: asked.endpoints[0]?.names.map(({ host }) => host),
      maxAgeMs: paces.close.maxAgeMs,
    });
  });

  it('asks each part at the pace that it is told', async () => {
    const { observer, asked } = staged();
    for (const pace of ['hasty', 'close', 'settled'] as const) {
      await observer.look(pace, undefined, signal);
      const { maxAgeMs } = paces[pace];
      expect(asked.instance.at(-1)?.maxAgeMs).toBe(maxAgeMs);
      expect(asked.endpoints.at(-1)?.maxAgeMs).toBe(maxAgeMs);
      expect(asked.agent.at(-1)?.maxAgeMs).toBe(maxAgeMs);
    }
  });

  it('lets one question do for all names while waiting, unless woken', async () => {
    const { observer, asked } = staged({ classes: allPublic, close: false });
    const allowed = async (pace: PaceName) => {
      await observer.look(pace, undefined, signal);
      return asked.endpoints.at(-1)?.oneQuestionLooks;
    };
    expect(await allowed('waiting')).toBe(5);
    observer.forget();
    expect(await allowed('waiting')).toBe(0);
    expect(await allowed('waiting')).toBe(5);
    expect(await allowed('close')).toBe(0);
    expect(await allowed('settled')).toBe(0);
  });

  it("takes the names from the agent's own settings, in the first look too", async () => {
    const { observer, asked } = staged({
      agent: { settings: { api: toldHost('ecs-fips.us-east-1.amazonaws.com') } },
    });
    await observer.look('patient', undefined, signal);
    expect(asked.endpoints[0]?.names.map(({ host }) => host)).toContain('ecs-fips.us-east-1.amazonaws.com');
  });

  it.each<[string, ObservationSketch['agent']]>([
    ['the Engine does not answer', { engineProblem: problem }],
    ['there is no container for a moment', { exists: false }],
  ])('keeps to the names of the last settings while %s', async (_, agent) => {
    const { observer, asked, seen } = staged({
      agent: { settings: { api: { ...untold, useFips: true } } },
    });
    await observer.look('patient', undefined, signal);
    const without = observe({ agent: { ...agent } });
    seen.now = { ...without, agent: { ...without.agent, settings: undefined } };
    for (let look = 0; look < 3; look += 1) await observer.look('patient', undefined, signal);
    expect(asked.endpoints.at(-1)?.names.map(({ host }) => host)).toContain(
      'ecs-fips.us-east-1.amazonaws.com',
    );
    expect(asked.agent.at(-1)?.controlPlaneHosts).toContain('ecs-fips.us-east-1.amazonaws.com');
    seen.now = observe({});
    await observer.look('patient', undefined, signal);
    await observer.look('patient', undefined, signal);
    expect(asked.endpoints.at(-1)?.names.map(({ host }) => host)).toContain('ecs.us-east-1.amazonaws.com');
  });

  it('has no endpoints while the region is not known, and none of an earlier look', async () => {
    const { observer, asked, seen } = staged();
    await observer.look('patient', undefined, signal);
    seen.now = { ...seen.now, instance: { ...seen.now.instance, facts: undefined } };
    const observation = await observer.look('patient', undefined, signal);
    expect(observation.endpoints).toBeUndefined();
    expect(asked.endpoints).toHaveLength(1);
    expect(asked.cidrs.at(-1)).toEqual([]);
    expect(asked.agent.at(-1)).toMatchObject({
      addresses: { acs: [], tcs: [], api: [] },
      controlPlaneHosts: [],
    });
  });
});

describe('an agent that nothing hangs on', () => {
  const waiting: ObservationSketch = { classes: allPublic, close: false };

  it('is looked at once a minute while all names are public', async () => {
    const { observer, asked, seen } = staged(waiting);
    const fresh: boolean[] = [];
    for (let look = 0; look < 25; look += 1) {
      fresh.push(agentIsNew(await observer.look('waiting', undefined, signal)));
      seen.monoMs += 5_000;
    }
    expect(fresh.flatMap((is, index) => (is ? [index] : []))).toEqual([0, 12, 24]);
    // The first look asks twice: before it, the agent's settings were not known.
    expect(asked.agent).toHaveLength(4);
    expect(asked.endpoints).toHaveLength(25);
  });

  it('is looked at as soon as one name has a private address', async () => {
    const { observer, seen, looksAtAgent } = staged(waiting);
    await observer.look('waiting', undefined, signal);
    expect(await looksAtAgent()).toBe(false);
    for (const classes of [
      ['private', 'public', 'public'],
      ['public', 'public', 'private'],
    ] as const) {
      seen.now = observe({ ...waiting, classes });
      expect(await looksAtAgent()).toBe(true);
    }
  });

  it('is looked at when it may have changed, in the course of a look too', async () => {
    const { observer, seen, looksAtAgent } = staged(waiting);
    await observer.look('waiting', undefined, signal);
    observer.forget();
    expect(await looksAtAgent()).toBe(true);
    expect(await looksAtAgent()).toBe(false);
    seen.monoMs += 60_000;
    seen.atAgent = () => observer.forget();
    await observer.look('waiting', undefined, signal);
    expect(await looksAtAgent()).toBe(true);
  });

  it('all names are asked in the look after one in the course of which the daemon was woken', async () => {
    const { observer, asked, seen } = staged(waiting);
    await observer.look('waiting', undefined, signal);
    seen.atEndpoints = () => observer.forget();
    await observer.look('waiting', undefined, signal);
    seen.atEndpoints = () => undefined;
    await observer.look('waiting', undefined, signal);
    await observer.look('waiting', undefined, signal);
    const { oneQuestionLooks } = paces.waiting;
    expect(asked.endpoints.map((request) => request.oneQuestionLooks)).toEqual([
      oneQuestionLooks,
      oneQuestionLooks,
      0,
      oneQuestionLooks,
    ]);
  });

  it.each<[string, ObservationSketch['agent']]>([
    ['has not registered', { path: 'none' }],
    ['cannot be asked for', { engineProblem: problem }],
  ])('is looked at every time while it %s', async (_, agent) => {
    const { looksAtAgent } = staged({ ...waiting, agent: { ...agent } });
    for (let look = 0; look < 3; look += 1) {
      expect(await looksAtAgent()).toBe(true);
    }
  });

  it('is looked at every time at any other pace', async () => {
    const { observer } = staged(waiting);
    for (const pace of ['hasty', 'close', 'patient'] as const) {
      expect(agentIsNew(await observer.look(pace, undefined, signal))).toBe(true);
    }
  });
});
