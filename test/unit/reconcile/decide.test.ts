import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/reconcile/decide.ts';
import { emptyJournal } from '../../../src/reconcile/journal.ts';
import { contextOf, now } from './contexts.ts';
import { limits, observe } from './observations.ts';
import { Story } from './story.ts';

describe('a decision', () => {
  it('tells of each rule that was asked what it found, up to the one that spoke', () => {
    const decision = new Story().look({ agent: { path: 'private' } });
    expect(decision.trace).toStrictEqual([
      { rule: 'finish-restart', result: 'passed', found: 'none under way' },
      { rule: 'verify', result: 'passed', found: 'none to verify' },
      { rule: 'obey-operator', result: 'passed', found: 'no request' },
      { rule: 'follow-transition', result: 'went-on', found: 'begun' },
      { rule: 'agent-private', result: 'spoke', found: decision.state.reason.message },
    ]);
  });

  it('is made on the journal of this instance only', () => {
    const { instanceId } = observe().instance.facts ?? {};
    const journal = { ...emptyJournal('boot-1', 0), instanceId: 'i-builder', restartsTotal: 9 };
    const { state } = contextOf({ journal });
    expect(decide(state, observe(), now, limits).state.journal).toStrictEqual({
      ...emptyJournal('boot-1', now.monoMs),
      instanceId,
    });
  });

  it('is only told in a dry run, and otherwise made', () => {
    expect(new Story().untilAct().dryRun).toBe(false);
    expect(new Story({ dryRun: true }).untilAct().dryRun).toBe(true);
  });
});
