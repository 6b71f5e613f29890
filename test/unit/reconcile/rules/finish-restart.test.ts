import { describe, expect, it } from 'vitest';
import { processOf } from '../../../../src/agent/agent-container.ts';
import type { Intent, LastRestart } from '../../../../src/reconcile/journal.ts';
import { finishRestart } from '../../../../src/reconcile/rules/finish-restart.ts';
import type { Step } from '../../../../src/reconcile/step.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import { type AgentSketch, activeUnit, agent } from '../observations.ts';

const at = now.monoMs;
const intent: Intent = {
  verb: 'kill',
  supervised: true,
  unit: 'ecs.service',
  containerId: 'container-1',
  startedAt: 'first start',
  atMonoMs: at - 700,
  acted: true,
  requestId: 'r-1',
};
const lastRestart: LastRestart = { atWallMs: 1, verb: 'kill', outcome: 'pending', requestId: 'r-1' };
const transition = { privateSinceMonoMs: 1, privateSinceWallMs: 2, attempts: 1 };
const endpoints = {
  readyRounds: 3,
  notPrivateRounds: 1,
  privateSince: now,
  lastRoundMonoMs: 4,
  withdrawn: true,
};
const journal = { restartsTotal: 1, transition, lastRestart };

/** What is made of an agent while the restart is under way. */
function finish(sees: AgentSketch, changed: Partial<Intent> = {}, sketch: ContextSketch = {}) {
  const context = contextOf({
    state: { intentOwned: true, endpoints },
    journal: { ...journal, intent: { ...intent, ...changed } },
    ...sketch,
    sees: { ...sketch.sees, agent: sees },
  });
  const finding = finishRestart(context);
  if (finding.result !== 'spoke') throw new Error('it has to speak');
  return { step: finding.step, context };
}

/** Of a restart that ended without a new agent. */
function givenUp({ state, events }: Step, outcome: string) {
  expect(state.journal).toStrictEqual({
    ...contextOf({ journal }).state.journal,
    lastRestart: { ...lastRestart, outcome },
    transition: { ...transition, notBeforeMonoMs: at + 300_000 },
  });
  expect(state.endpoints).toStrictEqual({ ...endpoints, readyRounds: 0 });
  expect(state.intentOwned).toBe(false);
  return events;
}

describe('a restart under way', () => {
  it('is looked for in the journal only', () => {
    expect(foundOf(finishRestart(contextOf({})))).toBe('passed: none under way');
  });

  it('that led to a new process goes over into its verification', () => {
    const next = { id: 'container-2', startedAt: 'second start' };
    const { step, context } = finish(next);
    const { container } = agent(next);
    expect(step.state).toStrictEqual({
      ...context.state,
      intentOwned: false,
      journal: {
        ...contextOf({ journal }).state.journal,
        lastRestart: {
          ...lastRestart,
          newProcessMs: 700,
          process: container && processOf(container),
        },
        verifying: {
          containerId: 'container-2',
          startedAt: 'second start',
          sinceMonoMs: at - 700,
          upMonoMs: at,
          duty: { verb: 'kill', supervised: true, unit: 'ecs.service' },
        },
      },
    });
    expect(`${step.phase}: ${step.reason.code}`).toBe('verifying: verifying');
    expect(step.events).toStrictEqual([
      { code: 'restart-new-process', fields: { container: 'container-2', newProcessMs: 700 } },
    ]);
  });

  it('never took less than no time, and is told where nothing is noted of the last one', () => {
    const next = { id: 'container-2' };
    const { step } = finish(next, { atMonoMs: at });
    expect(step.state.journal.lastRestart?.newProcessMs).toBe(0);
    const early = finish(
      next,
      { atMonoMs: at + 5 },
      { journal: { intent: { ...intent, atMonoMs: at + 5 } } },
    );
    expect(early.step.events?.[0]?.fields['newProcessMs']).toBe(0);
    expect(early.step.state.journal.lastRestart).toBeUndefined();
  });

  it('whose call had no effect counts, and says so', () => {
    const { step } = finish({}, { atMonoMs: at - 5_000 });
    expect(foundOf({ result: 'spoke', step })).toBe('blocked: restart-no-effect');
    expect(givenUp(step, 'failed')).toStrictEqual([
      {
        code: 'restart-failed',
        fields: { container: 'container-1', reason: 'restart-no-effect', detail: step.reason.message },
      },
    ]);
  });

  it('whose call was never made is abandoned, told with its container', () => {
    const abandoned = { state: { intentOwned: false } };
    const { step } = finish({}, { atMonoMs: at - 5_000, acted: false }, abandoned);
    expect(foundOf({ result: 'spoke', step })).toBe('settling: restart-abandoned');
    expect(step.lookInMs).toBe(0);
    expect(step.events).toStrictEqual([{ code: 'restart-abandoned', fields: { container: 'container-1' } }]);
    expect(step.state.requestAnswer).toStrictEqual({ id: 'r-1', phase: 'blocked', reason: step.reason });
  });

  it('asks for the unit before it decides on a supervised agent that stays down', () => {
    const late = { atMonoMs: at - 60_000 };
    const { step } = finish({ exists: false }, late, { sees: { close: false } });
    expect(step).toMatchObject({ phase: 'restarting', pace: 'bringing-back' });
    expect(step.reason.code).toBe('waiting-for-supervisor');
    expect(step.act).toBeUndefined();
    expect(finish({ exists: false }, { atMonoMs: at - 59_999 }).step.pace).toBeUndefined();
  });

  it('is over when an operator has stopped the unit: theirs from then on', () => {
    const unit = { ...activeUnit, activeState: 'inactive', subState: 'dead' };
    const { step } = finish({ exists: false, unit }, { atMonoMs: at - 60_000 });
    expect(foundOf({ result: 'spoke', step })).toBe('blocked: unit-stopped');
    expect(givenUp(step, 'taken-over')).toMatchObject([
      { code: 'restart-failed', fields: { reason: 'unit-stopped' } },
    ]);
  });

  it('is over when the agent says that it must not be started again', () => {
    const { step } = finish({ running: false, exitCode: 5 });
    expect(givenUp(step, 'failed')).toMatchObject([
      { code: 'agent-stopped-for-good', fields: { reason: 'agent-exit-5' } },
    ]);
  });

  it('uses a way back, and notes that it did in place of what the last one came to', () => {
    const { step, context } = finish(
      { exists: false },
      { atMonoMs: at - 90_000, fallbackMonoMs: at - 60_000, fallbacks: 2, fallbackCameTo: 'masked' },
    );
    expect(foundOf({ result: 'spoke', step })).toBe(
      'restarting: supervisor-did-not-recreate (systemctl-start)',
    );
    expect(step.state).toStrictEqual({
      ...context.state,
      journal: {
        ...context.state.journal,
        intent: { ...intent, atMonoMs: at - 90_000, fallbackMonoMs: at, fallbacks: 3 },
      },
    });
    expect(step.events).toStrictEqual([{ code: 'restart-fallback', fields: { unit: 'ecs.service' } }]);
  });
});
