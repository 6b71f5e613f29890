import { describe, expect, it } from 'vitest';
import type { PaceName } from '../../../src/observe/pace.ts';
import type { Phase, Reason } from '../../../src/reconcile/phase.ts';
import type { State } from '../../../src/reconcile/state.ts';
import {
  blocked,
  conclude,
  lookAtAllAtOnce,
  type Step,
  scheduled,
  settling,
} from '../../../src/reconcile/step.ts';
import { now, stateWith } from './contexts.ts';
import { limits } from './observations.ts';

const cooling: Reason = { code: 'cool-down', message: 'cooling down', advice: 'wait' };
const hot: Reason = { code: 'splay', message: 'waiting for its turn', advice: undefined };
const request = { id: 'r-1', ifNeeded: true };

/** What becomes of a step after one in that phase since 1 s. */
function afterStep(phase: Phase, step: Omit<Step, 'state'>, changed: Partial<State> = {}) {
  const before = stateWith({ phase, reason: cooling, phaseSinceMonoMs: now.monoMs - 1_000, ...changed });
  return conclude(before, { state: before, ...step }, now, limits);
}

describe('a step', () => {
  const state = stateWith();

  it('is said in few words', () => {
    const reason = { code: 'cool-down', message: 'wait', advice: undefined } as const;
    expect(settling(state, 'cool-down', 'wait')).toStrictEqual({ state, phase: 'settling', reason });
    expect(blocked(state, cooling)).toStrictEqual({ state, phase: 'blocked', reason: cooling });
    expect(scheduled(state, 77, 'cool-down', 'wait')).toStrictEqual({
      state: { ...state, scheduledMonoMs: 77 },
      phase: 'scheduled',
      reason,
    });
    expect(lookAtAllAtOnce(state)).toStrictEqual({
      state,
      phase: 'settling',
      reason: { code: 'names-settling', message: expect.any(String), advice: undefined },
      lookInMs: 0,
    });
  });
});

describe('what follows from a step', () => {
  it('into another phase: since now, and told with all that there is to tell', () => {
    const { state, events } = afterStep('waiting', { phase: 'settling', reason: hot });
    expect(state).toStrictEqual(stateWith({ phase: 'settling', reason: hot, phaseSinceMonoMs: now.monoMs }));
    expect(events).toStrictEqual([
      {
        code: 'phase-changed',
        fields: {
          from: 'waiting',
          phase: 'settling',
          reason: 'splay',
          detail: 'waiting for its turn',
          advice: undefined,
        },
      },
    ]);
    expect(afterStep('settling', { phase: 'waiting', reason: cooling }).events[0]?.fields).toMatchObject({
      from: 'settling',
      phase: 'waiting',
      advice: 'wait',
    });
  });

  it('in the same phase: since when it was, and told where the reason is another', () => {
    const other = afterStep('settling', { phase: 'settling', reason: hot });
    expect(other.state).toMatchObject({ reason: hot, phaseSinceMonoMs: now.monoMs - 1_000 });
    expect(other.events).toMatchObject([{ fields: { from: 'settling', phase: 'settling' } }]);
    const reworded = { ...cooling, message: 'still cooling down' };
    const same = afterStep('settling', { phase: 'settling', reason: reworded });
    expect(same.state).toMatchObject({ reason: reworded, phaseSinceMonoMs: now.monoMs - 1_000 });
    expect(same.events).toEqual([]);
  });

  it('keeps the time of a restart only while one is scheduled', () => {
    const scheduledMonoMs = now.monoMs + 9;
    const of = (phase: Phase) => afterStep('waiting', { phase, reason: hot }, { scheduledMonoMs }).state;
    expect(of('scheduled').scheduledMonoMs).toBe(scheduledMonoMs);
    expect(of('settling').scheduledMonoMs).toBeUndefined();
    expect(of('blocked').scheduledMonoMs).toBeUndefined();
  });
});

describe('a request', () => {
  const down: Reason = { code: 'engine-refused', message: 'nothing listens', advice: 'Start Docker.' };

  it.each(['waiting', 'blocked', 'settled'] as const)('ends in %s, with why', (phase) => {
    const { state } = afterStep('settling', { phase, reason: cooling }, { request });
    const requestAnswer = { id: 'r-1', phase, reason: cooling };
    expect(state).toStrictEqual(
      stateWith({ phase, reason: cooling, phaseSinceMonoMs: now.monoMs, requestAnswer }),
    );
  });

  it.each(['settling', 'scheduled', 'restarting', 'verifying'] as const)(
    'goes on in %s, as long as the Engine answers',
    (phase) => {
      const { state } = afterStep('settling', { phase, reason: cooling }, { request });
      expect(state.request).toEqual(request);
      expect(state.requestAnswer).toBeUndefined();
      const refused = afterStep('settling', { phase, reason: down }, { request }).state;
      expect(refused.request).toBeUndefined();
      expect(refused.requestAnswer).toStrictEqual({ id: 'r-1', phase, reason: down });
    },
  );

  it('that is not there is not answered, and an answer is kept until the next', () => {
    const requestAnswer = { id: 'r-0', phase: 'blocked' as const, reason: cooling };
    const { state } = afterStep('settling', { phase: 'blocked', reason: down }, { requestAnswer });
    expect(state.requestAnswer).toBe(requestAnswer);
  });
});

describe('the next look', () => {
  const { waitingIntervalMs: soon, settledIntervalMs: later } = limits;
  const minute = 60_000;

  /** Of a phase that has lasted so long. */
  function lookOf(phase: Phase, forMs: number, step: Partial<Step> = {}, changed: Partial<State> = {}) {
    const since = { phaseSinceMonoMs: now.monoMs - forMs, ...changed };
    return afterStep(phase, { phase, reason: hot, ...step }, since).look;
  }

  it.each<[Phase, number, PaceName, number]>([
    ['waiting', 864e5, 'waiting', soon],
    ['settled', 864e5, 'settled', later],
    ['settling', 864e5, 'close', soon],
    ['scheduled', 864e5, 'close', soon],
    // What is blocked is looked at less and less, a minute apart at most.
    ['blocked', 0, 'close', soon],
    ['blocked', 20_000, 'close', soon],
    ['blocked', 20_004, 'close', 5_001],
    ['blocked', 239_996, 'close', 59_999],
    ['blocked', 864e5, 'close', minute],
    // After a call in haste, for 15 s.
    ['restarting', 14_999, 'hasty', 200],
    ['restarting', 15_000, 'patient', 2_000],
    ['verifying', 14_999, 'hasty', 200],
    ['verifying', 15_000, 'patient', 2_000],
  ])('in %s since %i ms is at the pace %s', (phase, forMs, pace, inMs) => {
    expect(lookOf(phase, forMs)).toStrictEqual({ pace, inMs });
    // A step may say otherwise, and then that is so.
    expect(lookOf(phase, forMs, { pace: 'bringing-back' })).toMatchObject({ pace: 'bringing-back' });
    expect(lookOf(phase, forMs, { lookInMs: 7 })).toStrictEqual({ pace, inMs: 7 });
    expect(lookOf(phase, forMs, { lookInMs: 0 })).toStrictEqual({ pace, inMs: 0 });
  });

  it('comes when a scheduled restart is due, where that is sooner', () => {
    const dueIn = (ms: number) => lookOf('scheduled', 0, {}, { scheduledMonoMs: now.monoMs + ms }).inMs;
    expect(dueIn(864e5)).toBe(soon);
    expect(dueIn(soon - 1)).toBe(soon - 1);
    expect(dueIn(0)).toBe(0);
    expect(dueIn(-1_000)).toBe(0);
  });

  it('of another phase is that phase’s own, from its first moment', () => {
    const { look } = afterStep('blocked', { phase: 'restarting', reason: hot }, { phaseSinceMonoMs: 0 });
    expect(look).toStrictEqual({ pace: 'hasty', inMs: 200 });
  });
});
