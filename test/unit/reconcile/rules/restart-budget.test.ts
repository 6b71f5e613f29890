import { describe, expect, it } from 'vitest';
import { restartBudget } from '../../../../src/reconcile/rules/restart-budget.ts';
import { type ContextSketch, contextOf, foundOf, now } from '../contexts.ts';

const dayMs = 24 * 3_600_000;
const found = (sketch: ContextSketch) => foundOf(restartBudget(contextOf(sketch)));
const transition = (attempts: number) => ({ privateSinceMonoMs: 1, privateSinceWallMs: 2, attempts });

describe('the budget of restarts', () => {
  it('tells which restart of how many the next one is', () => {
    expect(found({})).toBe('passed: restart 1 of 3');
    expect(found({ journal: { transition: transition(2) } })).toBe('passed: restart 3 of 3');
    expect(found({ journal: { transition: transition(3) } })).toBe('blocked: attempts-used-up');
  });

  it('allows a seventh once the first of the last six is 24 hours old', () => {
    const since = (agoMs: number) => ({
      journal: {
        recentRestarts: [now.monoMs - agoMs, 1, 2, 3, 4, 5].map((ms, index) =>
          index > 0 ? now.monoMs - ms : ms,
        ),
      },
    });
    expect(found(since(dayMs - 1))).toBe('scheduled: restart-budget-used');
    expect(found(since(dayMs))).toBe('passed: restart 1 of 3');
    const finding = restartBudget(contextOf(since(dayMs - 1)));
    expect(finding).toMatchObject({
      step: { state: { scheduledMonoMs: now.monoMs + 1 }, lookInMs: 60_000 },
    });
    const five = { journal: { recentRestarts: [1, 2, 3, 4, 5].map((ms) => now.monoMs - ms) } };
    expect(found(five)).toBe('passed: restart 1 of 3');
  });
});
