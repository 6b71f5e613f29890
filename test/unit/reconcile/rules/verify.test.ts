import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/kit/problem.ts';
import type { LastRestart, Verifying } from '../../../../src/reconcile/journal.ts';
import { verify } from '../../../../src/reconcile/rules/verify.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import { type AgentSketch, activeUnit } from '../observations.ts';

const at = now.monoMs;
const verifying: Verifying = {
  containerId: 'container-2',
  startedAt: 'second start',
  sinceMonoMs: at - 1_000,
  upMonoMs: at - 300,
  duty: { verb: 'kill', supervised: true, unit: 'ecs.service' },
};
const late = { ...verifying, sinceMonoMs: at - 300_000, upMonoMs: at - 299_000 };
const lastRestart: LastRestart = { atWallMs: 1, verb: 'kill', outcome: 'pending', requestId: 'r-1' };
const transition = { privateSinceMonoMs: 1, privateSinceWallMs: 2, attempts: 1 };
const endpoints = {
  readyRounds: 3,
  notPrivateRounds: 0,
  privateSince: now,
  lastRoundMonoMs: 4,
  withdrawn: true,
};
const saying: Problem = { code: 'agent-refused', message: 'refused ecs:Poll', advice: 'Allow it.' };
const down = { sinceMonoMs: at - 90_000, backSinceMonoMs: undefined, ends: 1, exitFive: false };

function contextFor(agent: AgentSketch, changed: Partial<Verifying> = {}, sketch: ContextSketch = {}) {
  return contextOf({
    journal: { transition, lastRestart, verifying: { ...verifying, ...changed } },
    ...sketch,
    state: { endpoints, ...sketch.state },
    sees: { ...sketch.sees, agent },
  });
}

/** What the journal comes to with the verification over. */
function over(changed: Partial<LastRestart>, cooled: boolean) {
  return {
    ...contextOf({}).state.journal,
    transition: cooled ? { ...transition, notBeforeMonoMs: at + 300_000 } : transition,
    lastRestart: { ...lastRestart, ...changed },
  };
}

describe('the verification of a new agent', () => {
  it('ends well on the private path, with the time from the call to the connection', () => {
    const context = contextFor({ path: 'private', connectedMonoMs: at - 400 });
    expect(verify(context)).toStrictEqual({
      result: 'went-on',
      found: 'ended: private',
      state: {
        ...context.state,
        endpoints: { ...endpoints, readyRounds: 0 },
        journal: over({ outcome: 'private', connectedMs: 600 }, false),
      },
      events: [{ code: 'restart-verified', fields: { connectedMs: 600, evidence: 'seen private' } }],
    });
  });

  it('takes the time of the look where that of the connection is not known, and never less than none', () => {
    const connectedMs = (connectedMonoMs?: number) => {
      const agent = { path: 'private', ...(connectedMonoMs !== undefined && { connectedMonoMs }) } as const;
      const finding = verify(contextFor(agent));
      return finding.result === 'went-on' ? finding.state.journal.lastRestart?.connectedMs : undefined;
    };
    expect(connectedMs()).toBe(1_000);
    expect(connectedMs(at - 1_000)).toBe(0);
    expect(connectedMs(at - 1_001)).toBe(0);
  });

  it('ends at its deadline, with what was seen or what the agent says, and a cool-down', () => {
    const context = contextFor({ path: 'public' }, late);
    expect(verify(context)).toStrictEqual({
      result: 'went-on',
      found: 'ended: public',
      state: {
        ...context.state,
        endpoints: { ...endpoints, readyRounds: 0 },
        journal: over({ outcome: 'public' }, true),
      },
      events: [{ code: 'restart-not-verified', fields: { outcome: 'public', evidence: 'seen public' } }],
    });
    expect(verify(contextFor({ path: 'public', saying }, late))).toMatchObject({
      events: [{ fields: { evidence: 'refused ecs:Poll' } }],
    });
    const early = verify(contextFor({ path: 'public', saying }, { ...late, sinceMonoMs: at - 299_999 }));
    expect(foundOf(early)).toBe('verifying: verifying');
    expect(early).toMatchObject({
      step: { reason: { message: expect.stringContaining('refused ecs:Poll') } },
    });
  });

  it('of a journal without the time of the new process ends as long after the call', () => {
    const { upMonoMs: _, ...since } = late;
    const of = (sinceMonoMs: number) => {
      const context = contextFor({ path: 'public' });
      const journal = { ...context.state.journal, verifying: { ...since, sinceMonoMs } };
      return foundOf(verify({ ...context, state: { ...context.state, journal } }));
    };
    expect(of(at - 299_999)).toBe('verifying: verifying');
    expect(of(at - 300_000)).toBe('went-on: ended: public');
  });

  it('asks for the unit before it decides on a supervised agent that stays down', () => {
    const state = { absence: { ...down, downSinceMonoMs: at - 60_000 } };
    const finding = verify(contextFor({ exists: false }, {}, { state, sees: { close: false } }));
    expect(foundOf(finding)).toBe('verifying: waiting-for-supervisor');
    expect(finding).toMatchObject({ step: { pace: 'bringing-back' } });
    const soon = { absence: { ...down, downSinceMonoMs: at - 59_999 } };
    const waits = verify(contextFor({ exists: false }, {}, { state: soon, sees: { close: false } }));
    expect(waits).not.toMatchObject({ step: { pace: 'bringing-back' } });
  });

  it('brings back an agent that ended in it, and notes each way that it used', () => {
    const state = { absence: { ...down, downSinceMonoMs: at - 60_000 } };
    const context = contextFor({ exists: false }, {}, { state });
    const finding = verify(context);
    expect(foundOf(finding)).toBe('verifying: supervisor-did-not-recreate (systemctl-start)');
    const duty = { ...verifying.duty, fallbackMonoMs: at, fallbacks: 1 };
    expect(finding).toMatchObject({
      step: { events: [{ code: 'restart-fallback', fields: { unit: 'ecs.service' } }] },
    });
    const journal = finding.result === 'spoke' ? finding.step.state.journal : undefined;
    expect(journal).toMatchObject({ lastRestart, verifying: { ...verifying, duty } });
  });

  it('is over for an agent that somebody else has stopped, with a cool-down', () => {
    const state = { absence: { ...down, downSinceMonoMs: at - 60_000 } };
    const unit = { ...activeUnit, activeState: 'inactive', subState: 'dead' };
    const stopped = verify(contextFor({ exists: false, unit }, {}, { state }));
    expect(stopped).toMatchObject({
      found: 'ended: taken-over',
      state: { journal: over({ outcome: 'taken-over' }, true) },
      events: [{ fields: { outcome: 'taken-over', evidence: expect.stringContaining('ecs.service') } }],
    });
    const duty = { verb: 'kill', supervised: false, unit: 'ecs.service' } as const;
    const byHand = verify(contextFor({ running: false, exitCode: 143 }, { duty }));
    expect(byHand).toMatchObject({
      found: 'ended: taken-over',
      events: [{ fields: { evidence: 'stopped by hand (exit code 143)' } }],
    });
    const bySelf = verify(contextFor({ running: false, exitCode: 1 }, { duty }));
    expect(foundOf(bySelf)).toBe('verifying: restart-in-flight');
  });
});
