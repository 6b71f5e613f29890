import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { decide } from '../../../src/reconcile/decide.ts';
import type { AgentSketch } from './observations.ts';
import { activeUnit, observe } from './observations.ts';
import { happened, newAgent, restarted, Story, told } from './story.ts';

const down = { exists: false };
const unsupervised: AgentSketch = { supervisor: 'none' };
const oldUnsupervised: AgentSketch = { ...unsupervised, version: '1.44.3' };
const masked: Problem = {
  code: 'systemctl-failed',
  message: 'Unit ecs.service is masked.',
  advice: 'Look at the unit.',
};
const refused: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };

describe('restarting', () => {
  it('writes the intent together with the one call that is right', () => {
    const story = new Story();
    const decision = story.untilAct();
    expect(decision.act).toMatchObject({ verb: 'kill', containerId: 'container-1' });
    expect(decision.dryRun).toBe(false);
    expect(decision.state.journal).toMatchObject({
      restartsTotal: 1,
      transition: { attempts: 1 },
      lastRestart: { atWallMs: story.wallMs, verb: 'kill', outcome: 'pending' },
    });
    expect(decision.state.journal.intent).toEqual({
      verb: 'kill',
      supervised: true,
      unit: 'ecs.service',
      containerId: 'container-1',
      startedAt: 'first start',
      atMonoMs: story.monoMs,
      acted: false,
    });
    expect(decision.events).toMatchObject([
      {
        code: 'restart-issued',
        fields: { verb: 'kill', container: 'container-1', cause: 'seen public', attempt: 1 },
      },
      { code: 'phase-changed', fields: { from: 'settling', phase: 'restarting' } },
    ]);
    expect(decision.look).toEqual({ inMs: 200, pace: 'hasty' });
  });

  it.each<[string, AgentSketch, 'auto' | 'systemd', { verb: string; supervised: boolean }]>([
    ['ecs-init', {}, 'auto', { verb: 'kill', supervised: true }],
    ['ecs-init, set so', {}, 'systemd', { verb: 'systemctl-restart', supervised: true }],
    ['ecs-init, old agent', { version: '1.44.3' }, 'auto', { verb: 'systemctl-restart', supervised: true }],
    ['another unit', { supervisor: 'unit' }, 'auto', { verb: 'systemctl-restart', supervised: true }],
    ['restart policy', { supervisor: 'restart-policy' }, 'auto', { verb: 'kill', supervised: false }],
    [
      'restart policy, old agent',
      { supervisor: 'restart-policy', version: '1.44.3' },
      'auto',
      { verb: 'restart', supervised: false },
    ],
    [
      'restart policy, set so',
      { supervisor: 'restart-policy' },
      'systemd',
      { verb: 'systemctl-restart', supervised: true },
    ],
    ['nobody', unsupervised, 'auto', { verb: 'kill', supervised: false }],
    ['nobody, old agent', oldUnsupervised, 'auto', { verb: 'restart', supervised: false }],
  ])('under %s by the verb for it', (_, agent, restart, how) => {
    const story = new Story({ restart });
    const decision = story.untilAct({ agent });
    expect(decision.act?.verb).toBe(how.verb);
    expect(decision.state.journal.intent).toMatchObject(how);
  });

  it('calls once, whatever is seen next', () => {
    for (const agent of [{}, down, { running: false, exitCode: 137 }, { engineProblem: refused }]) {
      const story = restarted();
      for (let count = 0; count < 20; count += 1) expect(story.look({ agent }, 200).act).toBeUndefined();
    }
  });

  it('goes on whatever the endpoints and the guards do', () => {
    const story = restarted();
    const decision = story.look({
      classes: ['public', 'failed', 'absent'],
      lifecycle: { spotAction: 'terminate' },
      agent: newAgent,
    });
    expect(told(decision)).toBe('verifying: verifying');
  });

  it('a new process is another container, or the same one started anew', () => {
    for (const agent of [
      { id: 'container-2', startedAt: 'first start' },
      { id: 'container-1', startedAt: 'second start' },
    ]) {
      const story = restarted();
      const calledAt = story.monoMs;
      story.look({ agent: down }, 300);
      const decision = story.look({ agent }, 400);
      expect(told(decision)).toBe('verifying: verifying');
      expect(happened(decision)).toEqual(['restart-new-process', 'phase-changed']);
      expect(decision.events[0]?.fields).toEqual({ container: agent.id, newProcessMs: 700 });
      expect(decision.state.journal.intent).toBeUndefined();
      expect(decision.state.journal.verifying).toEqual({
        containerId: agent.id,
        startedAt: agent.startedAt,
        sinceMonoMs: calledAt,
        upMonoMs: calledAt + 700,
        duty: { verb: 'kill', supervised: true, unit: 'ecs.service' },
      });
      expect(decision.state.journal.lastRestart).toMatchObject({ outcome: 'pending', newProcessMs: 700 });
    }
  });

  it('looks in haste for 15 s, then less often', () => {
    const story = restarted();
    expect(story.look({ agent: down }, 14_900).look).toEqual({
      inMs: 200,
      pace: 'hasty',
    });
    expect(story.look({ agent: down }, 200).look).toEqual({
      inMs: 2_000,
      pace: 'patient',
    });
  });

  it('an Engine that is down is waited for, however long', () => {
    const story = restarted();
    const decision = story.looks(400, { agent: { engineProblem: refused } });
    expect(told(decision)).toBe('restarting: engine-refused');
    expect(told(story.look({ agent: newAgent }))).toBe('verifying: verifying');
  });

  describe('while the old process is still there', () => {
    it.each<[string, AgentSketch, 'auto' | 'systemd', number]>([
      ['kill', {}, 'auto', 5_000],
      ['restart', oldUnsupervised, 'auto', 40_000],
      ['systemctl-restart', {}, 'systemd', 120_000],
    ])('waits as long as a %s may take, then gives up', (_, agent, restart, inFlightMs) => {
      const story = restarted({ restart }, { agent });
      expect(told(story.look({}, inFlightMs - 1))).toBe('restarting: restart-in-flight');
      const decision = story.look({}, 1);
      expect(told(decision)).toBe('blocked: restart-no-effect');
      expect(happened(decision)).toEqual(['restart-failed', 'phase-changed']);
      expect(decision.state.journal.intent).toBeUndefined();
      expect(decision.state.journal).toMatchObject({
        restartsTotal: 1,
        lastRestart: { outcome: 'failed' },
        transition: { attempts: 1, notBeforeMonoMs: story.monoMs + 300_000 },
      });
    });

    it('a call that was not answered counts, if this daemon made it', () => {
      const story = new Story();
      story.untilAct();
      story.did('maybe');
      expect(told(story.look({}, 5_000))).toBe('blocked: restart-no-effect');
      expect(story.state.journal.transition?.attempts).toBe(1);
    });

    it('a call that was answered counts, though another daemon made it', () => {
      const story = restarted();
      story.daemonDies();
      expect(told(story.look({}, 5_000))).toBe('blocked: restart-no-effect');
      expect(story.state.journal.transition?.attempts).toBe(1);
    });

    it('a call that an earlier daemon may never have made is abandoned and does not count', () => {
      const story = new Story();
      story.untilAct();
      story.daemonDies();
      expect(told(story.look({ close: false }, 4_999))).toBe('restarting: restart-in-flight');
      const decision = story.look({ close: false }, 1);
      expect(told(decision)).toBe('settling: restart-abandoned');
      expect(happened(decision)).toEqual(['restart-abandoned', 'phase-changed']);
      expect(decision.look.inMs).toBe(0);
      expect(decision.state.journal).toMatchObject({ restartsTotal: 0, transition: { attempts: 0 } });
      expect(decision.state.journal).not.toHaveProperty('intent');
      expect(decision.state.journal).not.toHaveProperty('lastRestart');

      // All is checked anew, and no cool-down blocks.
      expect(story.looks(2).act).toBeUndefined();
      expect(story.look().act?.verb).toBe('kill');
      expect(story.state.journal.transition?.attempts).toBe(1);
    });
  });

  describe('while a supervised agent is down', () => {
    it('waits 60 s for ecs-init, then starts the unit, and from then on restarts it every 60 s', () => {
      const story = restarted();
      expect(told(story.look({ agent: down }, 59_999))).toBe('restarting: waiting-for-supervisor');
      const first = story.look({ agent: down }, 1);
      expect(first.act).toEqual({ verb: 'systemctl-start', unit: 'ecs.service' });
      expect(told(first)).toBe('restarting: supervisor-did-not-recreate');
      expect(happened(first)).toEqual(['restart-fallback', 'phase-changed']);
      story.did('yes');
      expect(story.look({ agent: down }, 59_999).act).toBeUndefined();
      const second = story.look({ agent: down }, 1);
      expect(second.act).toEqual({ verb: 'systemctl-restart', unit: 'ecs.service' });
      expect(told(story.look({ agent: newAgent }))).toBe('verifying: verifying');
      expect(story.state.journal).toMatchObject({ restartsTotal: 1, transition: { attempts: 1 } });
    });

    it('takes each way back in turn, until the agent stands', () => {
      const story = restarted();
      const ended = { running: false, exitCode: 137 };
      const verbs: (string | undefined)[] = [];
      for (let count = 0; count < 7; count += 1) {
        verbs.push(story.untilAct({ agent: ended }).act?.verb);
        story.did('yes');
      }
      expect(verbs).toEqual([
        'systemctl-start',
        'systemctl-restart',
        'start',
        'systemctl-start',
        'systemctl-restart',
        'start',
        'systemctl-start',
      ]);
      expect(told(story.look({ agent: newAgent }))).toBe('verifying: verifying');
      expect(story.state.journal.restartsTotal).toBe(1);
    });

    it('goes to the next way at once when one fails outright, and says with what', () => {
      const story = restarted();
      const ended = { running: false, exitCode: 137 };
      const begun = story.monoMs;
      story.untilAct({ agent: ended }, 1_000, 61);
      story.did('maybe', masked);
      expect(story.untilAct({ agent: ended }, 1_000).act?.verb).toBe('systemctl-restart');
      story.did('maybe', masked);
      const third = story.untilAct({ agent: ended }, 1_000);
      expect(third.act).toEqual({ verb: 'start', containerId: 'container-1' });
      expect(third.state.reason.message).toContain('before that: Unit ecs.service is masked.');
      expect(story.monoMs - begun).toBeLessThan(66_000);
      // Not one after the other without end: the round is over.
      story.did('maybe', refused);
      expect(story.look({ agent: ended }, 59_999).act).toBeUndefined();
      expect(story.look({ agent: ended }, 1).act?.verb).toBe('systemctl-start');
    });

    it('starts the unit also when another daemon made the call', () => {
      const story = restarted();
      story.daemonDies();
      expect(story.untilAct({ agent: down }, 1_000).act).toEqual({
        verb: 'systemctl-start',
        unit: 'ecs.service',
      });
      story.did('yes');
      story.daemonDies();
      expect(story.look({ agent: down }, 30_000).act).toBeUndefined();
      expect(story.look({ agent: down }, 30_000).act?.verb).toBe('systemctl-restart');
    });

    it('starts the unit that supervises the agent, by its name', () => {
      const unit = { ...activeUnit, name: 'my-ecs.service' };
      const story = restarted({}, { agent: { unit } });
      expect(story.untilAct({ agent: down }).act).toEqual({
        verb: 'systemctl-start',
        unit: 'my-ecs.service',
      });
    });

    it('waits as long when the old container is still there, ended', () => {
      const story = restarted();
      const agent = { running: false, exitCode: 137 };
      expect(told(story.look({ agent }, 59_999))).toBe('restarting: waiting-for-supervisor');
      expect(story.look({ agent }, 1).act?.verb).toBe('systemctl-start');
    });
  });

  describe('while its unit is down', () => {
    const atRest = { ...activeUnit, activeState: 'inactive', subState: 'dead' };
    const bySystemd = { restart: 'systemd' } as const;
    const ended = { running: false, exitCode: 0 };

    it.each<[string, Parameters<typeof restarted>[0], (story: Story) => AgentSketch]>([
      ['stopped under ecs-init', {}, endedAs(true, 'before')],
      ['stopped after our restart of it', bySystemd, endedAs(true, 'after')],
      ['inactive under ecs-init, and systemd does not tell how', {}, () => ({ ...ended, unit: atRest })],
      ['ended well, its agent stopped by `docker stop` before our kill', {}, endedAs(false, 'before')],
      [
        'ended well, with a new agent that was told to end',
        bySystemd,
        (story) => ({
          ...endedAs(false, 'after')(story),
          startedAt: 'second start',
        }),
      ],
    ])('%s: an operator did that, and is obeyed', (_, changed, sketch) => {
      const story = restarted(changed);
      story.sketch = { agent: sketch(story) };
      for (let count = 0; count < 100; count += 1) expect(story.look().act).toBeUndefined();
      expect(story.told).toBe('blocked: unit-stopped');
      expect(story.state.journal.lastRestart?.outcome).toBe('taken-over');
    });

    it.each<[string, Parameters<typeof restarted>[0], (story: Story) => AgentSketch]>([
      [
        'ecs-init ended as if it were',
        {},
        (story) => ({ ...endedAs(false, 'before')(story), exitCode: 137 }),
      ],
      ['our restart stopped it, and its start failed', bySystemd, endedAs(true, 'before')],
      ['the same, and systemd does not tell', bySystemd, () => ({ ...ended, unit: atRest })],
      ['the same, with the old container gone', bySystemd, () => ({ ...down, unit: atRest })],
      ['its new run ended well without an agent', bySystemd, endedAs(false, 'after')],
    ])('%s: nobody has stopped it, so it is started', (_, changed, sketch) => {
      const story = restarted(changed);
      story.sketch = { agent: sketch(story) };
      expect(story.untilAct().act?.verb).toBe('systemctl-start');
    });

    it.each([
      ['its agent was told to end', {}, false],
      ['it was stopped', bySystemd, true],
    ])('%s before our call, which was perhaps never made: an operator is obeyed', (_, changed, asked) => {
      const story = new Story(changed);
      story.untilAct();
      story.daemonDies();
      story.sketch = { agent: endedAs(asked, 'before')(story) };
      for (let count = 0; count < 100; count += 1) expect(story.look().act).toBeUndefined();
      expect(story.told).toBe('blocked: unit-stopped');
    });

    /** A unit whose run ended so, begun before or after our call. */
    function endedAs(asked: boolean, begun: 'before' | 'after') {
      return ({ monoMs }: Story): AgentSketch => {
        const beganMonoMs = monoMs + (begun === 'before' ? -100_000 : 1_000);
        return { ...ended, unit: { ...atRest, end: { asked, beganMonoMs } } };
      };
    }
  });

  describe('while an unsupervised agent is down', () => {
    it('starts it two seconds after the kill', () => {
      const story = restarted({}, { agent: unsupervised });
      const stopped = { running: false, exitCode: 137 };
      expect(told(story.look({ agent: stopped }, 100))).toBe('restarting: restart-in-flight');
      expect(story.look({ agent: stopped }, 1_999).act).toBeUndefined();
      expect(story.look({ agent: stopped }, 1).act).toEqual({ verb: 'start', containerId: 'container-1' });
    });

    it('does not start one that was killed and that somebody unseen has started', () => {
      const story = restarted({}, { agent: unsupervised });
      story.look({ agent: { running: false, exitCode: 137 } }, 100);
      story.look({ agent: down }, 700);
      const decision = story.look({ agent: newAgent }, 100);
      expect(told(decision)).toBe('verifying: verifying');
      expect(decision.act).toBeUndefined();
    });

    it('starts it when it has been down for 5 s, and again every 5 s', () => {
      const story = restarted({}, { agent: oldUnsupervised });
      const stopped = { running: false, exitCode: 0 };
      expect(told(story.look({ agent: stopped }, 30_000))).toBe('restarting: restart-in-flight');
      expect(told(story.look({ agent: stopped }, 4_999))).toBe('restarting: restart-in-flight');
      const first = story.look({ agent: stopped }, 1);
      expect(first.act).toEqual({ verb: 'start', containerId: 'container-1' });
      expect(told(first)).toBe('restarting: agent-found-stopped');
      expect(happened(first)).toEqual(['restart-fallback', 'phase-changed']);
      story.did('yes');
      expect(story.look({ agent: stopped }, 4_999).act).toBeUndefined();
      expect(story.look({ agent: stopped }, 1).act?.verb).toBe('start');
      story.did('yes');
      const up = story.look({ agent: { startedAt: 'second start' } });
      expect(told(up)).toBe('verifying: verifying');
      expect(story.state.journal.restartsTotal).toBe(1);
    });

    it('counts the time down from when it is first seen down after the call', () => {
      const story = new Story();
      story.sketch = { agent: unsupervised };
      story.looks(20, { agent: { running: false, exitCode: 1 } });
      story.untilAct();
      story.did('yes');
      expect(story.look({ agent: { running: false } }, 1_000).act).toBeUndefined();
    });

    it('does not start one that is between two runs of its own restart policy', () => {
      const story = restarted({}, { agent: { supervisor: 'restart-policy' } });
      const seen = observe({ agent: { supervisor: 'restart-policy' } });
      const container = seen.agent.container && { ...seen.agent.container, restarting: true };
      for (let count = 0; count < 30; count += 1) {
        story.monoMs += 2_000;
        const observation = { ...seen, agent: { ...seen.agent, container } };
        const decision = decide(story.state, observation, story, story.limits);
        story.state = decision.state;
        expect(decision.act).toBeUndefined();
      }
      expect(story.state.phase).toBe('restarting');
    });

    it('gives up when somebody removed the container, after a minute', () => {
      const story = restarted({}, { agent: unsupervised });
      story.look({ agent: down }, 1_000);
      expect(told(story.look({ agent: down }, 59_999))).toBe('restarting: agent-absent');
      const decision = story.look({ agent: down }, 1);
      expect(told(decision)).toBe('blocked: agent-absent');
      expect(happened(decision)).toEqual(['restart-failed', 'phase-changed']);
      expect(decision.state.journal.intent).toBeUndefined();
      expect(decision.act).toBeUndefined();
    });
  });

  it.each([
    ['supervised', {}],
    ['unsupervised', unsupervised],
  ])('never starts a %s agent that ended with exit code 5', (_, agent) => {
    const story = restarted({}, { agent });
    const decision = story.look({ agent: { running: false, exitCode: 5 } });
    expect(told(decision)).toBe('blocked: agent-exit-5');
    expect(happened(decision)).toEqual(['agent-stopped-for-good', 'phase-changed']);
    expect(decision.state.journal.lastRestart?.outcome).toBe('failed');
    for (let count = 0; count < 200; count += 1) {
      expect(story.look({ agent: { running: false, exitCode: 5 } }).act).toBeUndefined();
    }
    expect(story.told).toBe('blocked: agent-exit-5');
  });
});
