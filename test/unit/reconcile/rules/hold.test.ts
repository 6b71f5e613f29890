import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../../src/reconcile/phase.ts';
import { hold } from '../../../../src/reconcile/rules/hold.ts';
import { newProcess, noRounds } from '../../../../src/reconcile/state.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';
import { limits } from '../observations.ts';

const seen: Reason = { code: 'on-private-path', message: 'seen just now', advice: undefined };

/** Settled, with a process that was seen on the private path so long ago. */
function settled(agoMs: number, sketch: ContextSketch = {}) {
  const process = { ...newProcess('container-1'), privateMonoMs: now.monoMs - agoMs };
  const state = { phase: 'settled', reason: seen, process, ...sketch.state } as const;
  return contextOf({ sees: { agent: { path: 'unknown' } }, ...sketch, state });
}

describe('the hold', () => {
  it('lasts for five minutes, with what was said before, and looks soon again', () => {
    const context = settled(299_999);
    expect(hold(context)).toStrictEqual({
      result: 'spoke',
      step: { state: context.state, phase: 'settled', reason: seen, lookInMs: limits.waitingIntervalMs },
    });
    expect(foundOf(hold(settled(300_000)))).toBe('passed: last seen on the private path 300 s ago');
  });

  it('does not go on telling of a public connection that is not seen now', () => {
    const reason: Reason = { ...seen, code: 'tcs-on-public-path', advice: 'wait' };
    const finding = hold(settled(0, { state: { reason } }));
    expect(finding).toMatchObject({
      step: { phase: 'settled', reason: { code: 'on-private-path', advice: undefined } },
    });
  });

  it.each<[string, ContextSketch]>([
    ['of a process that was never seen there', { state: { process: newProcess('container-1') } }],
    ['of none', { state: { process: undefined } }],
    ['of an agent that is paused', { sees: { agent: { path: 'unknown', paused: true } } }],
    ['where the names are private no more', { state: { endpoints: { ...noRounds, notPrivateRounds: 3 } } }],
    ['where it was not settled before', { state: { phase: 'settling' } }],
    [
      'of an agent seen on the public path often enough',
      {
        sees: { agent: { path: 'public' } },
        state: { process: { ...newProcess('container-1'), privateMonoMs: now.monoMs, publicLooks: 3 } },
      },
    ],
  ])('is not %s', (_, sketch) => {
    expect(hold(settled(0, sketch)).result).toBe('passed');
  });
});
