import { describe, expect, it } from 'vitest';
import type { AgentLook } from '../../../src/agent/agent-reader.ts';
import { createObserver, type SparingObserver } from '../../../src/daemon/observer.ts';
import type { EndpointsRequest } from '../../../src/endpoints/endpoints-reader.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Observation } from '../../../src/reconcile/observation.ts';
import { allPublic, type ObservationSketch, observe } from '../reconcile/observations.ts';

const { signal } = new AbortController();
const full = { depth: 'full', endpoints: 'fresh' } as const;
const light = { depth: 'light', endpoints: 'fresh' } as const;
const sparing = { ...light, agent: 'recent' } as const;

/** An observer whose three readers see what the sketch says, and note what they were asked. */
function staged(sketch: ObservationSketch = {}) {
  const seen: { now: Observation; monoMs: number; atAgent: () => void } = {
    now: observe(sketch),
    monoMs: 0,
    atAgent: () => {},
  };
  const asked: { instance: unknown[]; endpoints: EndpointsRequest[]; agent: AgentLook[]; cidrs: unknown[] } =
    {
      instance: [],
      endpoints: [],
      agent: [],
      cidrs: [],
    };
  const observer: SparingObserver = createObserver({
    instance: {
      look: async (request, given) => {
        expect(given).toBe(signal);
        asked.instance.push(request);
        return seen.now.instance;
      },
    },
    endpoints: {
      look: async (request, given) => {
        expect(given).toBe(signal);
        asked.endpoints.push(request);
        if (!seen.now.endpoints) throw new Error('not told any endpoints');
        return seen.now.endpoints;
      },
    },
    agent: {
      look: async (request, given) => {
        expect(given).toBe(signal);
        asked.agent.push(request);
        seen.atAgent();
        return seen.now.agent;
      },
    },
    nameOverrides: undefined,
    onVpcCidrs: (cidrs) => asked.cidrs.push(cidrs),
    bootId: 'boot-7',
    monotonicMs: () => seen.monoMs,
  });
  return { observer, asked, seen };
}

const problem: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };

describe('one look at everything', () => {
  it('asks each part closely, and puts together what they saw', async () => {
    const { observer, asked, seen } = staged();
    const observation = await observer.look(full, problem, signal);
    expect(observation).toEqual({
      ...seen.now,
      bootId: 'boot-7',
      depth: 'full',
      endpointsFresh: true,
      storageProblem: problem,
    });
    expect(asked.instance).toEqual([{ lifecycle: true }]);
    expect(asked.cidrs).toEqual([['10.0.0.0/16']]);
    expect(asked.endpoints).toMatchObject([{ vpcCidrs: ['10.0.0.0/16'], probe: 'always' }]);
    expect(asked.endpoints[0]?.names.map(({ host }) => host)).toEqual([
      'ecs-a.us-east-1.amazonaws.com',
      'ecs-t.us-east-1.amazonaws.com',
      'ecs.us-east-1.amazonaws.com',
    ]);
    expect(asked.agent.at(-1)).toEqual({
      acsAddresses: observation.endpoints?.endpoints[0]?.addresses,
      controlPlaneHosts: asked.endpoints[0]?.names.map(({ host }) => host),
      detail: 'full',
    });
  });

  it('asks for little in a light one', async () => {
    const { observer, asked } = staged();
    await observer.look(light, undefined, signal);
    expect(asked.instance).toEqual([{ lifecycle: false }]);
    expect(asked.endpoints[0]?.probe).toBe('never');
    expect(asked.agent.at(-1)?.detail).toBe('light');
  });

  it('asks DNS again only when told to, and says so', async () => {
    const { observer, asked } = staged();
    const cached = { depth: 'light', endpoints: 'cached' } as const;
    expect((await observer.look(cached, undefined, signal)).endpointsFresh).toBe(true);
    const second = await observer.look(cached, undefined, signal);
    expect(second.endpointsFresh).toBe(false);
    expect(second.endpoints?.endpoints).toHaveLength(3);
    expect(asked.endpoints).toHaveLength(1);
    expect((await observer.look(light, undefined, signal)).endpointsFresh).toBe(true);
    expect(asked.endpoints).toHaveLength(2);
  });

  it('asks briefly when told to, unless woken or told to look closely', async () => {
    const { observer, asked } = staged({ classes: allPublic, depth: 'light' });
    const brief = { ...sparing, endpoints: 'brief' } as const;
    const wasBrief = async (plan: Parameters<typeof observer.look>[0]) => {
      expect((await observer.look(plan, undefined, signal)).endpointsFresh).toBe(true);
      return asked.endpoints.at(-1)?.brief === true;
    };
    await observer.look(light, undefined, signal);
    expect(await wasBrief(brief)).toBe(true);
    observer.agentMayHaveChanged();
    expect(await wasBrief(brief)).toBe(false);
    expect(await wasBrief(brief)).toBe(true);
    expect(await wasBrief({ ...brief, depth: 'full' })).toBe(false);
    expect(await wasBrief(light)).toBe(false);
  });

  it("takes the names from the agent's own settings, in the first look too", async () => {
    const { observer, asked } = staged({
      agent: { settings: { backendHost: 'ecs-fips.us-east-1.amazonaws.com' } },
    });
    await observer.look(light, undefined, signal);
    expect(asked.endpoints[0]?.names.map(({ host }) => host)).toContain('ecs-fips.us-east-1.amazonaws.com');
  });

  it('has no endpoints while the region is not known, and none of an earlier look', async () => {
    const { observer, asked, seen } = staged();
    await observer.look(light, undefined, signal);
    seen.now = { ...seen.now, instance: { ...seen.now.instance, facts: undefined } };
    const observation = await observer.look(light, undefined, signal);
    expect(observation.endpoints).toBeUndefined();
    expect(asked.endpoints).toHaveLength(1);
    expect(asked.cidrs.at(-1)).toEqual([]);
    expect(asked.agent.at(-1)).toMatchObject({ acsAddresses: [], controlPlaneHosts: [] });
  });
});

describe('an agent that nothing hangs on', () => {
  const waiting: ObservationSketch = { classes: allPublic, depth: 'light' };

  it('is looked at once a minute while all names are public', async () => {
    const { observer, asked, seen } = staged(waiting);
    const fresh: boolean[] = [];
    for (let look = 0; look < 25; look += 1) {
      fresh.push((await observer.look(sparing, undefined, signal)).agentFresh);
      seen.monoMs += 5_000;
    }
    expect(fresh.flatMap((is, index) => (is ? [index] : []))).toEqual([0, 12, 24]);
    // The first look asks twice: before it, the agent's settings were not known.
    expect(asked.agent).toHaveLength(4);
    expect(asked.endpoints).toHaveLength(25);
  });

  it('is looked at as soon as one name has a private address', async () => {
    const { observer, seen } = staged(waiting);
    await observer.look(sparing, undefined, signal);
    expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(false);
    for (const classes of [
      ['private', 'public', 'public'],
      ['public', 'public', 'private'],
    ] as const) {
      seen.now = observe({ ...waiting, classes });
      expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(true);
    }
  });

  it('is looked at when it may have changed, in the course of a look too', async () => {
    const { observer, seen } = staged(waiting);
    await observer.look(sparing, undefined, signal);
    observer.agentMayHaveChanged();
    expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(true);
    expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(false);
    seen.monoMs += 60_000;
    seen.atAgent = () => observer.agentMayHaveChanged();
    await observer.look(sparing, undefined, signal);
    expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(true);
  });

  it.each<[string, ObservationSketch['agent']]>([
    ['has not registered', { path: 'none' }],
    ['cannot be asked for', { engineProblem: problem }],
  ])('is looked at every time while it %s', async (_, agent) => {
    const { observer } = staged({ ...waiting, agent: { ...agent } });
    for (let look = 0; look < 3; look += 1) {
      expect((await observer.look(sparing, undefined, signal)).agentFresh).toBe(true);
    }
  });

  it('is looked at every time unless the plan says that it need not', async () => {
    const { observer } = staged(waiting);
    for (const plan of [light, full, light]) {
      expect((await observer.look(plan, undefined, signal)).agentFresh).toBe(true);
    }
  });
});
