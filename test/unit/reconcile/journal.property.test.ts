import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { emptyJournal, type Journal, journalSchema, rebaseJournal } from '../../../src/reconcile/journal.ts';

const ms = fc.integer({ min: -1e12, max: 1e12 });
const count = fc.nat(1_000);
const text = fc.string();

const journals: fc.Arbitrary<Journal> = fc.record(
  {
    version: fc.constant(1 as const),
    bootId: text,
    savedMonoMs: ms,
    restartsTotal: count,
    transition: fc.record(
      { privateSinceMonoMs: ms, privateSinceWallMs: ms, attempts: count, notBeforeMonoMs: ms },
      { requiredKeys: ['privateSinceMonoMs', 'privateSinceWallMs', 'attempts'] },
    ),
    intent: fc.record(
      {
        verb: fc.constantFrom('kill' as const, 'restart' as const, 'systemctl-restart' as const),
        supervised: fc.boolean(),
        unit: text,
        containerId: text,
        startedAt: text,
        atMonoMs: ms,
        acted: fc.boolean(),
        fallbackMonoMs: ms,
        requestId: text,
      },
      {
        requiredKeys: ['verb', 'supervised', 'unit', 'containerId', 'startedAt', 'atMonoMs', 'acted'],
      },
    ),
    verifying: fc.record({ containerId: text, startedAt: text, sinceMonoMs: ms }),
    lastRestart: fc.record(
      {
        atWallMs: ms,
        verb: text,
        outcome: fc.constantFrom('pending' as const, 'private' as const, 'failed' as const),
        newProcessMs: count,
        connectedMs: count,
        requestId: text,
      },
      { requiredKeys: ['atWallMs', 'verb', 'outcome'] },
    ),
  },
  { requiredKeys: ['version', 'bootId', 'savedMonoMs', 'restartsTotal'] },
);

describe('the journal', () => {
  it('comes back from disk as it was', () => {
    void fc.assert(
      fc.property(journals, (journal) => {
        expect(v.parse(journalSchema, JSON.parse(JSON.stringify(journal)))).toEqual(journal);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['another version', { ...emptyJournal('b', 1), version: 2 }],
    ['no version', { ...emptyJournal('b', 1), version: undefined }],
    ['no boot', { ...emptyJournal('b', 1), bootId: undefined }],
    ['a time that is none', { ...emptyJournal('b', 1), savedMonoMs: null }],
    ['a verb that is none', { ...emptyJournal('b', 1), intent: { verb: 'stop' } }],
    ['half a transition', { ...emptyJournal('b', 1), transition: { attempts: 1 } }],
    ['a list', []],
    ['null', null],
    ['a text', 'state'],
  ])('with %s is not one', (_, value) => {
    expect(v.safeParse(journalSchema, value).success).toBe(false);
  });

  it('drops what a later version may have added', () => {
    const later = { ...emptyJournal('b', 1), added: true };
    expect(v.parse(journalSchema, later)).toEqual(emptyJournal('b', 1));
  });
});

describe('rebasing onto another boot', () => {
  it('is nothing within the same boot', () => {
    void fc.assert(
      fc.property(journals, ms, (journal, now) => {
        expect(rebaseJournal(journal, journal.bootId, now)).toBe(journal);
      }),
    );
  });

  it('keeps what was left of every time, and everything else as it was', () => {
    void fc.assert(
      fc.property(journals, ms, (journal, now) => {
        const shift = now - journal.savedMonoMs;
        const { transition, intent, verifying } = journal;
        const expected: Journal = structuredClone(journal);
        const rebased = rebaseJournal(journal, `${journal.bootId}+`, now);
        expect(rebased).toEqual({
          ...expected,
          bootId: `${journal.bootId}+`,
          savedMonoMs: now,
          ...(transition && {
            transition: {
              ...transition,
              privateSinceMonoMs: Math.min(transition.privateSinceMonoMs + shift, 0),
              ...('notBeforeMonoMs' in transition && {
                notBeforeMonoMs: (transition.notBeforeMonoMs ?? Number.NaN) + shift,
              }),
            },
          }),
          ...(intent && {
            intent: {
              ...intent,
              atMonoMs: intent.atMonoMs + shift,
              ...('fallbackMonoMs' in intent && {
                fallbackMonoMs: (intent.fallbackMonoMs ?? Number.NaN) + shift,
              }),
            },
          }),
          ...(verifying && { verifying: { ...verifying, sinceMonoMs: verifying.sinceMonoMs + shift } }),
        });
        expect(v.is(journalSchema, rebased)).toBe(true);
        // Whatever runs in this boot started after the endpoints were private.
        expect(rebased.transition?.privateSinceMonoMs ?? 0).toBeLessThanOrEqual(0);
        expect(rebaseJournal(rebased, rebased.bootId, now + 1)).toBe(rebased);
      }),
    );
  });
});
