import { describe, expect, it } from 'vitest';
import { emptyJournal, type Journal, ownJournal } from '../../../src/reconcile/journal.ts';

const used: Journal = {
  ...emptyJournal('boot-1', 5_000),
  instanceId: 'i-builder',
  restartsTotal: 2,
  transition: { privateSinceMonoMs: 1_000, privateSinceWallMs: 0, attempts: 2 },
};

describe('a journal that came with the image', () => {
  it('is forgotten on another instance', () => {
    expect(ownJournal(used, 'i-made-from-it', 'boot-9', 20_000)).toEqual({
      ...emptyJournal('boot-9', 20_000),
      instanceId: 'i-made-from-it',
    });
  });

  it('is kept on its own instance, and while the instance is not known', () => {
    expect(ownJournal(used, 'i-builder', 'boot-1', 6_000)).toBe(used);
    expect(ownJournal(used, undefined, 'boot-1', 6_000)).toBe(used);
  });

  it('is claimed where nothing says whose it is', () => {
    const { instanceId: _, ...nobodys } = used;
    expect(ownJournal(nobodys, 'i-here', 'boot-1', 6_000)).toEqual({ ...nobodys, instanceId: 'i-here' });
  });
});
