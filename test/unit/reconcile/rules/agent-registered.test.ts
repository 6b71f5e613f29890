import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/kit/problem.ts';
import { agentRegistered } from '../../../../src/reconcile/rules/agent-registered.ts';
import type { AbsenceCount } from '../../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import type { AgentSketch } from '../observations.ts';

const saying: Problem = { code: 'agent-cannot-reach', message: 'no such host', advice: 'Look at DNS.' };
const absent = { agent: { path: 'none' } } as const;

/** An agent that has been absent for so long. */
function absence(forMs: number, changed: Partial<AbsenceCount> = {}): AbsenceCount {
  return {
    sinceMonoMs: now.monoMs - forMs,
    downSinceMonoMs: undefined,
    backSinceMonoMs: undefined,
    ends: 0,
    exitFive: false,
    ...changed,
  };
}

function reasonOf(sketch: ContextSketch) {
  const finding = agentRegistered(contextOf(sketch));
  return finding.result === 'spoke' ? finding.step.reason : undefined;
}

describe('an agent that has not registered', () => {
  it('is given a minute, and an operator who asks is told at once', () => {
    const of = (sketch: ContextSketch) => foundOf(agentRegistered(contextOf({ sees: absent, ...sketch })));
    expect(of({})).toBe('settling: agent-not-registered');
    expect(of({ state: { absence: absence(59_999) } })).toBe('settling: agent-not-registered');
    expect(of({ state: { absence: absence(60_000) } })).toBe('blocked: agent-not-registered');
    const request = { id: 'r-1', ifNeeded: true };
    expect(of({ state: { request } })).toBe('blocked: agent-not-registered');
    expect(of({ state: { request, absence: absence(0) } })).toBe('blocked: agent-not-registered');
  });

  it('is said to end again and again from the second end on, with what it says or where to look', () => {
    const of = (ends: number, agent: AgentSketch = {}) =>
      reasonOf({
        sees: { agent: { ...absent.agent, ...agent } },
        state: { absence: absence(60_000, { ends }) },
      });
    expect(of(1)?.code).toBe('agent-not-registered');
    expect(of(2)?.code).toBe('agent-keeps-ending');
    expect(of(2)?.message).not.toContain('It says');
    expect(of(2)?.advice).toContain('systemctl status ecs');
    expect(of(2, { saying })).toMatchObject({
      message: expect.stringContaining('. It says: no such host'),
      advice: 'Look at DNS.',
    });
    expect(of(1, { saying })).toBe(saying);
  });
});

describe('an agent that ended with exit code 5', () => {
  const five = (agent: AgentSketch) =>
    reasonOf({ sees: { agent }, state: { absence: absence(0, { exitFive: true }) } });

  it('must not be restarted, and where it runs again it is told who did so, if that is known', () => {
    expect(five({ running: false, exitCode: 5 })?.message).toContain('must not be restarted');
    expect(five({ path: 'none' })?.message).toMatch(/has been started again; ecs-init restarts it$/);
    for (const supervisor of ['none', 'unknown'] as const) {
      expect(five({ path: 'none', supervisor })?.message).toMatch(/has been started again$/);
    }
  });
});
