import { describe, expect, it } from 'vitest';
import type { AgentContainer, SupervisorUnit, UnitEnd } from '../../../src/agent/agent-observation.ts';
import type { Duty, Intent, Journal } from '../../../src/reconcile/journal.ts';
import { isStoppedByHand, type WayBack, wayBack } from '../../../src/reconcile/ways-back.ts';
import { type ContextSketch, contextOf, now } from './contexts.ts';
import { type AgentSketch, activeUnit, observe } from './observations.ts';

const at = now.monoMs;
const supervised: Duty = { verb: 'kill', supervised: true, unit: 'ecs.service' };
const byEngine: Duty = { verb: 'kill', supervised: false, unit: 'ecs.service' };
/** The old agent is there no more. */
const gone: AgentSketch = { exists: false };
const ended = (exitCode: number): AgentSketch => ({ running: false, exitCode });

interface Down {
  readonly duty?: Duty;
  readonly agent?: AgentSketch;
  readonly forMs?: number;
  readonly journal?: Partial<Journal>;
  readonly sketch?: ContextSketch;
}

/** What is done about an agent that is down, for a minute unless told otherwise. */
function way({ duty = supervised, agent = gone, forMs = 60_000, journal = {}, sketch }: Down): WayBack {
  return wayBack(contextOf({ ...sketch, journal, sees: { ...sketch?.sees, agent } }), duty, forMs);
}

/** In few words. */
function told(down: Down): string {
  const found = way(down);
  return found.kind === 'act' ? found.act.verb : `${found.kind}: ${found.reason.code}`;
}

const waits = 'wait: waiting-for-supervisor';
const theirs = 'taken-over: unit-stopped';

describe('an agent that a unit runs', () => {
  it('is given its time, from when it is missed or from the last way back', () => {
    expect(told({ forMs: 59_999 })).toBe(waits);
    expect(told({ forMs: 60_000 })).toBe('systemctl-start');
    const since = (agoMs: number) => ({ ...supervised, fallbacks: 1, fallbackMonoMs: at - agoMs });
    expect(told({ duty: since(59_999), forMs: 864e5 })).toBe(waits);
    expect(told({ duty: since(60_000), forMs: 0 })).toBe('systemctl-restart');
    const limits = { recreateTimeoutMs: 90_000 };
    expect(told({ forMs: 89_999, sketch: { limits } })).toBe(waits);
    expect(told({ forMs: 90_000, sketch: { limits } })).toBe('systemctl-start');
  });

  it('is brought back by each way in turn, the Engine last and only with a container', () => {
    const turns = (agent: AgentSketch) =>
      [undefined, 1, 2, 3, 4].map((fallbacks) =>
        told({
          agent,
          duty: { ...supervised, ...(fallbacks !== undefined && { fallbacks, fallbackMonoMs: at - 60_000 }) },
        }),
      );
    const [start, restart] = ['systemctl-start', 'systemctl-restart'];
    expect(turns(ended(1))).toEqual([start, restart, 'start', start, restart]);
    expect(turns(gone)).toEqual([start, restart, start, restart, start]);
  });

  it('is brought back by the next way two seconds after one that failed, until all have been tried', () => {
    const failed = (fallbacks: number, agoMs: number): Duty => ({
      ...supervised,
      fallbacks,
      fallbackMonoMs: at - agoMs,
      fallbackCameTo: 'masked',
    });
    expect(told({ duty: failed(1, 1_999) })).toBe(waits);
    expect(told({ duty: failed(1, 2_000) })).toBe('systemctl-restart');
    // Two without a container, three with one.
    expect(told({ duty: failed(2, 59_999) })).toBe(waits);
    expect(told({ duty: failed(2, 60_000) })).toBe('systemctl-start');
    expect(told({ duty: failed(2, 2_000), agent: ended(1) })).toBe('start');
    expect(told({ duty: failed(3, 59_999), agent: ended(1) })).toBe(waits);
    const sketch = { limits: { recreateTimeoutMs: 500 } };
    expect(told({ duty: failed(1, 499), sketch })).toBe(waits);
    expect(told({ duty: failed(1, 500), sketch })).toBe('systemctl-restart');
  });

  it('is not decided on before its unit was asked in this look', () => {
    const sketch = { sees: { close: false } };
    expect(told({ forMs: 59_999, sketch })).toBe(waits);
    expect(told({ forMs: 60_000, sketch })).toBe('ask: waiting-for-supervisor');
  });

  it('is left to a unit that is about to start it, for two minutes or its time, whichever is longer', () => {
    const agent = { exists: false, unit: { ...activeUnit, activeState: 'activating' } };
    expect(told({ agent, forMs: 119_999 })).toBe(waits);
    expect(told({ agent, forMs: 120_000 })).toBe('systemctl-start');
    const sketch = { limits: { recreateTimeoutMs: 130_000 } };
    expect(told({ agent, forMs: 129_999, sketch })).toBe(waits);
    expect(told({ agent, forMs: 130_000, sketch })).toBe('systemctl-start');
    const another = { exists: false, unit: { ...agent.unit, name: 'other.service' } };
    expect(told({ agent: another })).toBe('systemctl-start');
  });

  it('is brought back with all that there is to tell', () => {
    expect(way({})).toStrictEqual({
      kind: 'act',
      act: { verb: 'systemctl-start', unit: 'ecs.service' },
      duty: { ...supervised, fallbacks: 1, fallbackMonoMs: at },
      reason: {
        code: 'supervisor-did-not-recreate',
        message: 'The agent was not re-created within 60 s; ecs.service is being started',
        advice: expect.stringContaining('systemctl status ecs.service'),
      },
      event: { code: 'restart-fallback', fields: { unit: 'ecs.service' } },
    });
    const failed = { ...supervised, fallbackMonoMs: at - 60_000, fallbackCameTo: 'masked' };
    expect(way({ duty: { ...failed, fallbacks: 3 } })).toMatchObject({
      act: { verb: 'systemctl-restart', unit: 'ecs.service' },
      reason: {
        message: expect.stringMatching(/; ecs\.service is being restarted \(before that: masked\)$/),
      },
      event: { fields: { unit: 'ecs.service' } },
    });
    expect(way({ duty: { ...failed, fallbacks: 2 }, agent: ended(1) })).toStrictEqual({
      kind: 'act',
      act: { verb: 'start', containerId: 'container-1' },
      // What the last way came to is over.
      duty: { ...supervised, fallbacks: 3, fallbackMonoMs: at },
      reason: {
        code: 'supervisor-did-not-recreate',
        message: expect.stringContaining('; its container is being started (before that: masked)'),
        advice: expect.any(String),
      },
      event: { code: 'restart-fallback', fields: { container: 'container-1' } },
    });
  });
});

describe('an agent whose unit is stopped', () => {
  const callAt = at - 60_000;
  const intent: Intent = {
    ...supervised,
    containerId: 'container-1',
    startedAt: 'first start',
    atMonoMs: callAt,
    acted: true,
  };
  const verifying = { containerId: 'container-2', startedAt: 'second start', sinceMonoMs: callAt };
  const bySystemd: Duty = { ...supervised, verb: 'systemctl-restart' };
  const brought = 'systemctl-start';

  function stopped(end?: UnitEnd): SupervisorUnit {
    const unit = { ...activeUnit, activeState: 'inactive', subState: 'dead' };
    return end === undefined ? unit : { ...unit, end };
  }

  function whose(agent: AgentSketch, down: Down & { readonly end?: UnitEnd } = {}): string {
    return told({ ...down, agent: { ...agent, unit: stopped(down.end) } });
  }

  it('is its operator’s, and is told so by the unit', () => {
    const found = way({ agent: { ...gone, unit: stopped() } });
    expect(found).toMatchObject({
      kind: 'taken-over',
      reason: { message: expect.stringContaining('ecs.service') },
    });
    const another = { ...gone, unit: { ...stopped(), name: 'other.service' } };
    expect(told({ agent: another })).toBe(brought);
    expect(told({ agent: { ...gone, unit: activeUnit } })).toBe(brought);
  });

  describe('as systemd tells that it was asked to', () => {
    const asked = (beganMonoMs: number): UnitEnd => ({ asked: true, beganMonoMs });

    it('is its operator’s, whatever the agent ended with', () => {
      for (const agent of [gone, ended(1), ended(137)]) {
        expect(whose(agent, { end: asked(1), journal: { intent } })).toBe(theirs);
      }
    });

    it('is not where what was stopped is a run from before our own restart of the unit', () => {
      const of = (beganMonoMs: number, journal: Partial<Journal>, duty = bySystemd) =>
        whose(gone, { end: asked(beganMonoMs), journal, duty });
      expect(of(callAt - 1, { intent })).toBe(brought);
      expect(of(callAt, { intent })).toBe(theirs);
      expect(of(callAt - 1, { verifying })).toBe(brought);
      expect(of(callAt, { verifying })).toBe(theirs);
      // Neither is known: nobody here has restarted it.
      expect(of(0, {})).toBe(theirs);
    });

    it('is where our restart may never have been made', () => {
      const open = { intent: { ...intent, acted: false } };
      expect(whose(gone, { end: asked(0), journal: open, duty: bySystemd })).toBe(theirs);
      const sketch = { state: { intentOwned: true } };
      expect(whose(gone, { end: asked(0), journal: open, duty: bySystemd, sketch })).toBe(brought);
    });

    it('is not where it was our second way back, a restart, that stopped it', () => {
      const lastAt = at - 60_000;
      const of = (fallbacks: number, beganMonoMs: number) =>
        whose(gone, {
          end: asked(beganMonoMs),
          journal: { verifying },
          duty: { ...supervised, fallbacks, fallbackMonoMs: lastAt },
        });
      expect(of(1, lastAt - 1)).toBe(theirs);
      expect(of(2, lastAt - 1)).toBe(brought);
      expect(of(2, lastAt)).toBe(theirs);
    });
  });

  describe('by itself, as systemd tells', () => {
    const end: UnitEnd = { asked: false, beganMonoMs: at - 30_000 };

    it('is brought back where we have ended its agent', () => {
      expect(whose(gone, { end, journal: { intent } })).toBe(brought);
      expect(whose(ended(137), { end, journal: { intent } })).toBe(brought);
    });

    it('is its operator’s where another agent was told to end', () => {
      expect(whose(gone, { end, journal: { verifying } })).toBe(theirs);
      expect(whose(ended(143), { end, journal: { verifying } })).toBe(theirs);
      expect(whose(ended(1), { end, journal: { verifying } })).toBe(brought);
    });
  });

  describe('and systemd tells no more', () => {
    it('is its operator’s where nothing but our kill has happened: a kill stops no unit', () => {
      expect(whose(gone, { journal: { intent } })).toBe(theirs);
      expect(whose(ended(137), { journal: { intent } })).toBe(theirs);
    });

    it('is brought back where we had the unit restarted, which stops it first', () => {
      expect(whose(gone, { journal: { intent }, duty: bySystemd })).toBe(brought);
      for (const exitCode of [0, 1, 143]) {
        expect(whose(ended(exitCode), { journal: { intent }, duty: bySystemd })).toBe(brought);
      }
    });

    it('is judged by the agent’s end where that was not ours', () => {
      const cases: readonly (readonly [AgentSketch, Down])[] = [
        // Killed is what it would be by us.
        [ended(0), { journal: { intent } }],
        // Another process than the one that was to go.
        [
          { ...ended(0), id: 'container-2' },
          { journal: { intent }, duty: bySystemd },
        ],
        [
          { ...ended(0), startedAt: 'second start' },
          { journal: { intent }, duty: bySystemd },
        ],
        // A call that may never have been made has ended nothing, as far as is known.
        [ended(137), { journal: { intent: { ...intent, acted: false } }, duty: bySystemd }],
        [gone, { journal: { intent: { ...intent, acted: false } }, duty: bySystemd }],
        [ended(130), { journal: { verifying } }],
        [ended(0), {}],
        [gone, {}],
      ];
      for (const [agent, down] of cases) expect(whose(agent, down)).toBe(theirs);
      expect(whose(ended(1), { journal: { intent } })).toBe(brought);
      expect(whose({ ...ended(1), id: 'container-2' }, { journal: { intent } })).toBe(brought);
      expect(whose(ended(1))).toBe(brought);
    });
  });
});

describe('an agent that was told to end', () => {
  const { container } = observe({ agent: ended(0) }).agent;

  it.each([
    [0, true],
    [130, true],
    [137, true],
    [143, true],
    [1, false],
    [2, false],
    [5, false],
    [139, false],
    [undefined, false],
  ])('has the exit code %s: %s', (exitCode, expected) => {
    expect(isStoppedByHand({ ...container, exitCode } as AgentContainer)).toBe(expected);
    expect(isStoppedByHand({ ...container, exitCode, outOfMemory: true } as AgentContainer)).toBe(false);
  });
});

describe('an agent that no unit runs', () => {
  const again = (fallbacks: number | undefined, agoMs: number): Duty => ({
    ...byEngine,
    ...(fallbacks !== undefined && { fallbacks }),
    fallbackMonoMs: at - agoMs,
  });

  it.each([
    ['kill', 2_000],
    ['restart', 5_000],
    ['systemctl-restart', 5_000],
  ] as const)('is started by the Engine a moment after the %s: %i ms', (verb, ms) => {
    const duty = { ...byEngine, verb };
    expect(told({ duty, agent: ended(1), forMs: ms - 1 })).toBe('wait: restart-in-flight');
    expect(told({ duty, agent: ended(1), forMs: ms })).toBe('start');
    expect(way({ duty, agent: ended(1), forMs: 0 }).reason.message).toContain(
      verb === 'kill' ? 'a supervisor that was not seen' : 'the Engine is about to start it',
    );
  });

  it.each([
    [undefined, 5_000],
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [4, 40_000],
    [5, 60_000],
    [99, 60_000],
  ])('is started again after %s starts when %i ms have gone by', (fallbacks, ms) => {
    expect(told({ duty: again(fallbacks, ms - 1), agent: ended(1) })).toBe('wait: restart-in-flight');
    expect(told({ duty: again(fallbacks, ms), agent: ended(1) })).toBe('start');
  });

  it('is started with all that there is to tell', () => {
    expect(way({ duty: { ...again(1, 5_000), fallbackCameTo: 'refused' }, agent: ended(1) })).toStrictEqual({
      kind: 'act',
      act: { verb: 'start', containerId: 'container-1' },
      duty: { ...byEngine, fallbacks: 2, fallbackMonoMs: at },
      reason: { code: 'agent-found-stopped', message: expect.any(String), advice: expect.any(String) },
      event: { code: 'restart-fallback', fields: { container: 'container-1' } },
    });
  });

  it('and was removed is given its time, and is then somebody else’s', () => {
    expect(told({ duty: byEngine, forMs: 59_999 })).toBe('wait: agent-absent');
    expect(told({ duty: byEngine, forMs: 60_000 })).toBe('taken-over: agent-absent');
  });
});
