import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/kit/problem.ts';
import { activeUnit, allPublic } from './observations.ts';
import { happened, newAgent, restarted, type Story, told } from './story.ts';

/** A new agent is up, 700 ms after the call. */
function verifying(): Story {
  const story = restarted();
  story.look({ agent: { ...newAgent, path: 'none' } }, 700);
  story.sketch = { agent: newAgent };
  return story;
}

function outcome(story: Story): string | undefined {
  return story.state.journal.lastRestart?.outcome;
}

describe('verifying', () => {
  it('ends settled when the new agent is on the private path, with the time since the call', () => {
    const story = verifying();
    expect(told(story.look({ agent: { path: 'none' } }, 100))).toBe('verifying: verifying');
    const decision = story.look({ agent: { path: 'private' }, ages: { answers: 200 } }, 200);
    expect(told(decision)).toBe('settled: on-private-path');
    expect(happened(decision)).toEqual(['restart-verified', 'phase-changed']);
    expect(decision.events[0]?.fields).toEqual({ connectedMs: 1_000, evidence: 'seen private' });
    expect(decision.state.journal.lastRestart).toMatchObject({
      outcome: 'private',
      newProcessMs: 700,
      connectedMs: 1_000,
    });
    expect(decision.state.journal).not.toHaveProperty('verifying');
    expect(decision.state.journal.transition).not.toHaveProperty('notBeforeMonoMs');
    expect(decision.look).toEqual({ inMs: 60_000, pace: 'settled' });
  });

  it('waits for registration and path until the deadline, without a call', () => {
    for (const path of ['none', 'public'] as const) {
      const story = verifying();
      story.sketch = { agent: { ...newAgent, path } };
      const decision = story.look({}, 300_000 - 700 - 1);
      expect(told(decision)).toBe('verifying: verifying');
      expect(decision.act).toBeUndefined();
      expect(decision.state.reason.message).toContain(`seen ${path}`);
    }
  });

  it.each([
    ['public', 'public'],
    ['none', 'not-registered'],
  ] as const)('at the deadline an agent that is seen %s leads to a cool-down', (path, expected) => {
    const story = verifying();
    story.sketch = { agent: { ...newAgent, path } };
    const decision = story.look({}, 299_300);
    expect(outcome(story)).toBe(expected);
    expect(happened(decision)).toContain('restart-not-verified');
    // The rounds are counted anew.
    expect(told(decision)).toBe(
      path === 'public' ? 'settling: names-settling' : 'blocked: agent-not-registered',
    );
    expect(decision.state.journal.transition?.notBeforeMonoMs).toBe(story.monoMs + 300_000);
    const changed = { address: '10.0.1.11' };
    expect(story.looks(59, changed).act).toBeUndefined();
    expect(story.look(changed).act?.verb).toBe(path === 'public' ? 'kill' : undefined);
  });

  it('a path that cannot be determined for two minutes is unproven, and is left alone', () => {
    const story = verifying();
    story.sketch = { agent: { ...newAgent, path: 'unknown' } };
    expect(told(story.look({}, 10_000))).toBe('verifying: verifying');
    expect(told(story.look({}, 119_999))).toBe('verifying: verifying');
    const decision = story.look({}, 1);
    expect(outcome(story)).toBe('unproven');
    expect(happened(decision)).toContain('restart-not-verified');
    for (let count = 0; count < 500; count += 1) expect(story.look().act).toBeUndefined();
    expect(story.told).toBe('blocked: path-unproven');
    expect(story.state.reason.message).toContain('one restart has been made');
  });

  it('a look at the path in between begins the two minutes anew', () => {
    const story = verifying();
    story.look({ agent: { path: 'unknown' } }, 100_000);
    story.look({ agent: { path: 'none' } }, 10_000);
    story.look({ agent: { path: 'unknown' } }, 10_000);
    expect(told(story.look({ agent: { path: 'unknown' } }, 119_999))).toBe('verifying: verifying');
  });

  it('a path still unknown at the deadline is unproven', () => {
    const story = verifying();
    story.look({ agent: { path: 'none' } }, 250_000);
    story.look({ agent: { path: 'unknown' } }, 49_299);
    expect(outcome(story)).toBe('pending');
    story.look({ agent: { path: 'unknown' } }, 1);
    expect(outcome(story)).toBe('unproven');
  });

  it.each([0, 1, 10, 60])(
    'an agent that ends by itself %i s after the restart is brought back',
    (seconds) => {
      const unsupervised = { supervisor: 'none', id: 'container-1', startedAt: 'second start' } as const;
      const story = restarted({}, { agent: { supervisor: 'none' } });
      story.look({ agent: { ...unsupervised, path: 'none' } }, 700);
      if (seconds > 0) story.look({ agent: { ...unsupervised, path: 'none' } }, seconds * 1_000);
      const ended = { ...unsupervised, running: false, exitCode: 1 };
      expect(story.untilAct({ agent: ended }, 1_000, 10).act).toEqual({
        verb: 'start',
        containerId: 'container-1',
      });
      expect(story.state.phase).toBe('verifying');
      const told = story.look({ agent: { ...unsupervised, startedAt: 'third start', path: 'private' } });
      expect(told.state.phase).toBe('settled');
    },
  );

  it('an agent that the kernel kills for want of memory is brought back; one that somebody kills is not', () => {
    const unsupervised = { supervisor: 'none', startedAt: 'second start' } as const;
    for (const outOfMemory of [true, false]) {
      const story = restarted({}, { agent: { supervisor: 'none' } });
      story.look({ agent: { ...unsupervised, path: 'none' } }, 700);
      story.sketch = { agent: { ...unsupervised, running: false, exitCode: 137, outOfMemory } };
      const acts = Array.from({ length: 10 }, () => story.look({}, 1_000).act?.verb);
      expect(acts.includes('start')).toBe(outOfMemory);
      expect(outcome(story)).toBe(outOfMemory ? 'pending' : 'taken-over');
    }
  });

  it('an agent that took long to come back has a minute from then on', () => {
    const story = restarted();
    story.look({ agent: { exists: false } }, 280_000);
    story.look({ agent: { ...newAgent, path: 'none' } }, 15_000);
    story.look({ agent: { ...newAgent, path: 'none' } }, 59_999);
    expect(outcome(story)).toBe('pending');
    story.look({ agent: { ...newAgent, path: 'none' } }, 1);
    expect(outcome(story)).toBe('not-registered');
  });

  it('connections that can be read and still prove nothing at the deadline are none', () => {
    const story = verifying();
    story.look({ agent: { path: 'unknown', publicSeen: false } }, 299_300);
    expect(outcome(story)).toBe('disconnected');
  });

  it('endpoints that are withdrawn end it', () => {
    const story = verifying();
    expect(told(story.looks(2, { classes: allPublic }))).toBe('verifying: verifying');
    const decision = story.look({ classes: allPublic });
    expect(outcome(story)).toBe('withdrawn');
    expect(happened(decision)).toEqual(['restart-not-verified', 'endpoints-withdrawn', 'phase-changed']);
    expect(told(decision)).toBe('waiting: endpoints-withdrawn');
    expect(decision.state.journal).not.toHaveProperty('transition');
  });

  it('an agent that ends with exit code 5 ends it', () => {
    const story = verifying();
    const decision = story.look({ agent: { running: false, exitCode: 5 } });
    expect(outcome(story)).toBe('not-registered');
    expect(decision.events[0]?.fields['evidence']).toMatch(/exit code 5/);
    expect(story.look({ agent: { running: false, exitCode: 5 } }).act).toBeUndefined();
    expect(story.told).toBe('blocked: agent-exit-5');
  });

  it('an Engine that is down is waited for', () => {
    const story = verifying();
    const problem: Problem = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };
    expect(told(story.looks(100, { agent: { engineProblem: problem } }))).toBe('verifying: engine-refused');
    expect(told(story.look({ agent: { path: 'private' } }))).toBe('settled: on-private-path');
  });

  it('goes on after a crash, with the time since the call', () => {
    const story = verifying();
    story.daemonDies();
    expect(told(story.look({ agent: { path: 'none' }, close: false }, 300))).toBe('verifying: verifying');
    const decision = story.look({ agent: { path: 'private' }, close: false }, 1_000);
    expect(told(decision)).toBe('settled: on-private-path');
    expect(story.state.journal.lastRestart).toMatchObject({ outcome: 'private', connectedMs: 2_000 });
    expect(story.state.journal.restartsTotal).toBe(1);
  });

  it('an agent that its supervisor starts once more is the one that counts', () => {
    const story = verifying();
    story.look({ agent: { running: false, exitCode: 1 } });
    const decision = story.look({ agent: { id: 'container-3', startedAt: 'third', path: 'private' } });
    expect(told(decision)).toBe('settled: on-private-path');
    expect(outcome(story)).toBe('private');
  });

  it.each([
    ['its unit is inactive, and it ended by itself', { name: 'ecs.service', exitCode: 1 }, 'systemctl-start'],
    [
      'another unit is inactive, whatever it ended with',
      { name: 'other.service', exitCode: 0 },
      'systemctl-start',
    ],
    ['its unit is inactive, and it was told to end', { name: 'ecs.service', exitCode: 0 }, undefined],
  ])('an agent that ends: %s', (_, { name, exitCode }, verb) => {
    const story = verifying();
    const atRest = { activeState: 'inactive', subState: 'dead', jobQueued: false, mainExitStatus: 0 };
    story.sketch = { agent: { running: false, exitCode, unit: { name, loaded: true, ...atRest } } };
    const acts = Array.from({ length: 60 }, () => story.look({}, 2_000).act?.verb);
    expect(acts.find((act) => act !== undefined)).toBe(verb);
    expect(outcome(story)).toBe(verb === undefined ? 'taken-over' : 'pending');
  });

  const failed = { ...activeUnit, activeState: 'failed', subState: 'failed' };

  it.each([
    ['somebody stopped it', true, 'taken-over'],
    ['its process ended by itself', false, 'pending'],
    ['systemd does not tell', undefined, 'pending'],
  ])('an agent that is killed (137), its unit failed: %s', (_, asked, expected) => {
    const story = verifying();
    const end = asked === undefined ? {} : { end: { asked, beganMonoMs: story.monoMs } };
    story.sketch = { agent: { running: false, exitCode: 137, unit: { ...failed, ...end } } };
    const acts = Array.from({ length: 60 }, () => story.look({}, 2_000).act?.verb);
    expect(acts.find((act) => act !== undefined)).toBe(asked ? undefined : 'systemctl-start');
    expect(outcome(story)).toBe(expected);
    if (asked) expect(story.told).toBe('blocked: unit-stopped');
  });

  it('an agent that ended by itself, and whose unit was stopped before it was started again, is left so', () => {
    const story = verifying();
    const end = { asked: true, beganMonoMs: story.monoMs };
    story.sketch = {
      agent: { running: false, exitCode: 1, unit: { ...failed, activeState: 'inactive', end } },
    };
    for (let count = 0; count < 60; count += 1) expect(story.look({}, 2_000).act).toBeUndefined();
    expect(outcome(story)).toBe('taken-over');
  });
});
