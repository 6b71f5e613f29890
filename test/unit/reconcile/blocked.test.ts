import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import { exitFive } from '../../../src/reconcile/rules/agent-registered.ts';
import { byVariable, toldHost, untold } from '../endpoints/api-settings.ts';
import { type AgentSketch, activeUnit, closedSecurityGroup, type ObservationSketch } from './observations.ts';
import { happened, Story, told } from './story.ts';

const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
const unwritable: Problem = { code: 'state-unwritable', message: 'disk full', advice: 'Free space.' };

const guards: readonly [string, string, ObservationSketch, Partial<Policy>?][] = [
  ['443 closed', closedSecurityGroup.code, { reachable: false }],
  ['443 not tried on every name', 'endpoint-not-probed', { reachable: undefined }],
  ['a state file that cannot be written', unwritable.code, { storageProblem: unwritable }],
  [
    'an instance that its group terminates',
    'instance-terminating',
    { lifecycle: { targetState: 'Terminated' } },
  ],
  [
    'a warm instance that is terminated',
    'instance-terminating',
    { lifecycle: { targetState: 'Warmed:Terminated' } },
  ],
  ['a spot notice', 'instance-terminating', { lifecycle: { spotAction: 'terminate' } }],
  [
    'a spot notice outside a group',
    'instance-terminating',
    { lifecycle: { targetState: undefined, spotAction: 'stop' } },
  ],
  ['an IMDS that contradicts itself', 'imds-contradicts-region', { doubt: 'domain evil.example' }],
  ['a proxy', 'agent-behind-proxy', { agent: { settings: { proxy: 'http://10.0.0.9:3128' } } }],
  [
    'another region',
    'agent-region-differs',
    { agent: { settings: { region: byVariable('eu-west-1', 'AWS_DEFAULT_REGION') } } },
  ],
  [
    'a region in quotes',
    'agent-region-differs',
    { agent: { settings: { region: byVariable('"us-east-1"', 'AWS_DEFAULT_REGION') } } },
  ],
  [
    'another host of the API',
    'agent-api-elsewhere',
    { agent: { settings: { api: toldHost('https://ecs.corp.example') } } },
  ],
  [
    'settings that a new agent would not start with',
    'agent-api-elsewhere',
    { agent: { settings: { api: { ...untold, refused: 'ecs.config.json is not JSON' } } } },
  ],
  ['another resolver than this host’s', 'agent-resolver-unknown', { resolverUnknown: true }],
  ['an agent that is too old', 'agent-too-old', { agent: { version: '1.25.0' } }],
  ['restart=off', 'restart-off', {}, { restart: 'off' }],
  ['a supervisor that cannot be determined', 'no-safe-restart', { agent: { supervisor: 'unknown' } }],
  [
    'a unit that is being stopped',
    'no-safe-restart',
    { agent: { unit: { ...activeUnit, activeState: 'deactivating' } } },
  ],
  [
    'a unit that is queued to start',
    'no-safe-restart',
    { agent: { unit: { ...activeUnit, activeState: 'inactive', jobQueued: true } } },
  ],
  ['an Engine that is down', refused.code, { agent: { engineProblem: refused } }],
];

describe('blocked', () => {
  it.each(guards)(
    'by %s, with what to do, and goes on by itself once it is gone',
    (_, code, sketch, changed) => {
      const story = new Story(changed);
      story.looks(3, { agent: { path: 'none' } });
      const decision = story.looks(20, sketch);
      expect(told(decision)).toBe(`blocked: ${code}`);
      expect(decision.act).toBeUndefined();
      if (code !== 'endpoint-not-probed') expect(decision.state.reason.advice).toMatch(/\w{3}/);
      expect(decision.look.pace).toBe('close');

      story.limits = { ...story.limits, restart: 'auto' };
      expect(story.untilAct({}, 5_000, 4).act?.verb).toBe('kill');
    },
  );

  it('looks seldom once it has lasted: at first every 5 s, after four minutes once a minute', () => {
    const story = new Story();
    const waits = Array.from({ length: 60 }, () => story.look({ reachable: false }).look.inMs);
    expect(waits.slice(0, 4)).toEqual([5_000, 5_000, 5_000, 5_000]);
    expect(waits[20]).toBe(25_000);
    expect(waits.slice(48)).toEqual(Array(12).fill(60_000));
  });

  it.each([
    ['InService', undefined],
    ['Standby', undefined],
    ['Warmed:Running', undefined],
    [undefined, undefined],
  ])('not by the lifecycle state %s', (targetState, spotAction) => {
    const story = new Story();
    story.sketch = { lifecycle: { targetState, spotAction } };
    expect(story.untilAct({}, 5_000, 3).act?.verb).toBe('kill');
  });

  it('not by the same region, a version not known, or an active unit', () => {
    const story = new Story();
    story.sketch = { agent: { settings: { region: byVariable('us-east-1') }, unit: activeUnit } };
    expect(story.untilAct({}, 5_000, 3).act?.verb).toBe('kill');
  });

  it('names the most telling reason when there are several', () => {
    const story = new Story();
    const decision = story.look({
      lifecycle: { targetState: 'Terminated' },
      agent: { version: '1.20.0', settings: { proxy: 'http://proxy:3128' } },
    });
    expect(told(decision)).toBe('blocked: instance-terminating');
  });

  it.each<[string, AgentSketch]>([
    ['blocked: agent-disconnected', { path: 'disconnected' }],
    ['blocked: agent-not-registered', { path: 'none' }],
    ['blocked: agent-not-running', { exists: false }],
    ['blocked: path-unproven', { path: 'unknown', startedMonoMs: Number.MAX_SAFE_INTEGER }],
    ['blocked: no-safe-restart', { supervisor: 'unknown' }],
    ['settling: path-settling', { path: 'public', startedAt: 'just now' }],
  ])('by restart=off only where it would be restarted: %s', (expected, agent) => {
    const story = new Story({ restart: 'off' });
    story.looks(40, { agent: { ...agent, path: 'none' } });
    story.looks(expected.startsWith('blocked') ? 40 : 1, { agent });
    expect(story.told).toBe(expected);
  });

  it('does not keep an agent on the private path from being settled', () => {
    for (const [, , sketch, changed] of guards) {
      if (sketch.agent?.engineProblem) continue;
      const story = new Story(changed);
      const decision = story.look({ ...sketch, agent: { ...sketch.agent, path: 'private' } });
      expect(told(decision)).toBe('settled: on-private-path');
    }
  });

  describe('by the agent', () => {
    it('ended with exit code 5: at once', () => {
      const decision = new Story().look({ agent: { running: false, exitCode: 5 } });
      expect(decision.state).toMatchObject({ phase: 'blocked', reason: exitFive });
    });

    it('that ended with exit code 5 and has been started again is told by that, and not in turn', () => {
      const story = new Story();
      const ended = { running: false, exitCode: 5, supervisor: 'unit' } as const;
      const events = Array.from({ length: 40 }, (_, count) => {
        const id = { id: `container-${count}`, supervisor: 'unit' } as const;
        if (count % 2 === 1) return story.look({ agent: { ...id, path: 'none' } }, 1_000).events.length;
        const told = story.look({ agent: { ...id, ...ended } }, 1_000).events.length;
        // Between one and the next there is none.
        return told + story.look({ agent: { exists: false, supervisor: 'unit' } }, 10_000).events.length;
      });
      expect(events.slice(1)).toEqual(Array(39).fill(0));
      story.look({ agent: { path: 'none', supervisor: 'unit' } });
      expect(story.told).toBe('blocked: agent-exit-5');
      expect(story.state.reason.message).toContain('has been started again; its unit restarts it');
    });

    it('that ends again and again is told by that, with what it says, and not in turn', () => {
      const saying: Problem = { code: 'agent-cannot-reach', message: 'no such host', advice: 'Look at DNS.' };
      const story = new Story();
      const codes = Array.from({ length: 60 }, (_, count) => {
        const id = `container-${count}`;
        const look = count % 2 === 0 ? { id, running: false, exitCode: 1 } : { id, path: 'none' as const };
        return told(story.look({ agent: { ...look, ...(count % 3 === 0 && { saying }) } }, 11_000));
      });
      expect(new Set(codes.slice(10))).toEqual(new Set(['blocked: agent-keeps-ending']));
      expect(story.look({ agent: { path: 'none', saying } }).state.reason).toMatchObject({
        message: expect.stringContaining('It says: no such host'),
        advice: 'Look at DNS.',
      });
    });

    it('stopped with its unit: at once', () => {
      const unit = { ...activeUnit, activeState: 'inactive', subState: 'dead' };
      for (const exists of [true, false]) {
        const decision = new Story().look({ agent: { exists, running: false, unit } });
        expect(told(decision)).toBe('blocked: unit-stopped');
        expect(decision.state.reason.advice).toMatch(/systemctl start ecs\.service/);
      }
    });

    it('its process gone: says how to get rid of the container', () => {
      const advised = (unit?: typeof activeUnit) => {
        const story = new Story();
        story.looks(14, { agent: { running: false, processGone: true, ...(unit && { unit }) } });
        return story.state.reason.advice;
      };
      expect(advised(activeUnit)).toContain(
        '`docker rm -f ecs-agent`, then `systemctl restart --no-block ecs.service`',
      );
      expect(advised()).toContain('create it again');
    });

    it.each([
      ['queued to start', { ...activeUnit, activeState: 'inactive', jobQueued: true }],
      ['not loaded', { ...activeUnit, loaded: false, activeState: 'inactive' }],
      ['failed', { ...activeUnit, activeState: 'failed' }],
    ])('not as stopped on purpose when its unit is %s', (_, unit) => {
      expect(told(new Story().look({ agent: { exists: false, unit } }))).toBe('settling: agent-not-running');
    });

    it.each([
      [
        'absent',
        { exists: false },
        'agent-not-running',
        'There is no agent container; ecs-init restarts it.',
      ],
      [
        'down',
        { running: false, exitCode: 1 },
        'agent-not-running',
        "The agent's container is not running; ecs-init restarts it.",
      ],
      [
        'down, without a supervisor',
        { running: false, supervisor: 'none' as const },
        'agent-not-running',
        'nothing restarts it',
      ],
      [
        'not registered',
        { path: 'none' as const },
        'agent-not-registered',
        'has not registered yet; when it exits, ecs-init restarts it.',
      ],
      ['gone', { running: false, processGone: true }, 'agent-process-gone', 'thinks that ecs-agent runs'],
    ])('%s for a minute', (_, agent, code, words) => {
      const story = new Story();
      const looks = Array.from({ length: 14 }, () => told(story.look({ agent })));
      expect(looks.slice(0, 12)).toEqual(Array(12).fill(`settling: ${code}`));
      expect(looks.slice(12)).toEqual(Array(2).fill(`blocked: ${code}`));
      expect(story.state.reason.message).toContain(words);
      expect(told(story.look({ agent: { path: 'private', id: 'container-9' } }))).toBe(
        'settled: on-private-path',
      );
    });
  });

  it('is told once', () => {
    const story = new Story();
    expect(happened(story.look({ reachable: false }))).toEqual(['phase-changed']);
    expect(happened(story.looks(9, { reachable: false }))).toEqual([]);
    expect(happened(story.look({ lifecycle: { spotAction: 'stop' } }))).toEqual(['phase-changed']);
  });

  it('by an Engine that is down keeps what was counted of the agent', () => {
    const story = new Story();
    story.looks(2);
    expect(told(story.look({ agent: { engineProblem: refused } }))).toBe('blocked: engine-refused');
    expect(story.look().act?.verb).toBe('kill');
  });
});
