import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { emptyJournal, type Journal, journalSchema, rebaseJournal } from '../../../src/reconcile/journal.ts';
import { readJournal } from '../../../src/reconcile/journal-reading.ts';
import { fullJournal as full } from './journals.ts';

describe('a journal', () => {
  it('comes back from disk with all that it may hold', () => {
    expect(v.parse(journalSchema, structuredClone(full))).toStrictEqual(full);
    expect(readJournal(structuredClone(full))).toStrictEqual({ journal: full });
  });

  it.each(['kill', 'restart', 'systemctl-restart'] as const)('knows the verb %s', (verb) => {
    const { intent } = full;
    const with_ = { ...full, intent: { ...intent, verb } };
    expect(v.parse(journalSchema, with_)).toStrictEqual(with_);
  });

  it('that is new holds nothing but whose boot it is', () => {
    expect(emptyJournal('boot-1', 70)).toStrictEqual({
      version: 1,
      bootId: 'boot-1',
      savedMonoMs: 70,
      restartsTotal: 0,
    });
  });
});

describe('a journal of another boot', () => {
  it('keeps how long ago everything was, and all else as it was', () => {
    // Saved at 10,000 of the last boot, read at 500 of this one.
    const expected: Journal = {
      ...full,
      bootId: 'boot-2',
      savedMonoMs: 500,
      transition: {
        privateSinceMonoMs: 1_000 - 9_500,
        privateSinceWallMs: 1_700_000_000_000,
        attempts: 2,
        notBeforeMonoMs: 12_000 - 9_500,
      },
      intent: { ...full.intent, atMonoMs: 9_000 - 9_500, fallbackMonoMs: 9_900 - 9_500 },
      verifying: {
        ...full.verifying,
        sinceMonoMs: 8_000 - 9_500,
        upMonoMs: 8_500 - 9_500,
        duty: { ...full.verifying.duty, fallbackMonoMs: 8_800 - 9_500 },
      },
      recentRestarts: [5_000 - 9_500, 9_000 - 9_500],
    };
    expect(rebaseJournal(full, 'boot-2', 500)).toStrictEqual(expected);
  });

  it('was private before this boot began, however late the daemon starts in it', () => {
    expect(rebaseJournal(full, 'boot-2', 60_000).transition?.privateSinceMonoMs).toBe(0);
    const later = { ...full, transition: { ...full.transition, privateSinceMonoMs: 9_999 } };
    expect(rebaseJournal(later, 'boot-2', 0).transition?.privateSinceMonoMs).toBe(-1);
  });

  it('has no time that it did not have', () => {
    const { notBeforeMonoMs: _, ...transition } = full.transition;
    const { fallbackMonoMs: __, ...intent } = full.intent;
    const { upMonoMs: ___, duty: ____, ...verifying } = full.verifying;
    const bare = { ...emptyJournal('boot-1', 10_000), transition, intent, verifying };
    expect(rebaseJournal(bare, 'boot-2', 10_000)).toStrictEqual({
      ...bare,
      bootId: 'boot-2',
      transition: { ...transition, privateSinceMonoMs: 0 },
    });
    expect(rebaseJournal(emptyJournal('boot-1', 9), 'boot-2', 5)).toStrictEqual(emptyJournal('boot-2', 5));
  });

  it('is the same within its boot', () => {
    expect(rebaseJournal(full, 'boot-1', 99_999)).toBe(full);
  });
});
