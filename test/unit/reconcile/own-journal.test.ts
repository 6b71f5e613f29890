import { describe, expect, it } from 'vitest';
import {
  type Duty,
  emptyJournal,
  type Journal,
  ownJournal,
  unitOfRestart,
} from '../../../src/reconcile/journal.ts';

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

describe('the unit that ran the agent', () => {
  const duty: Duty = { verb: 'systemctl-restart', supervised: true, unit: 'my-agent.service' };
  const process = { containerId: 'container-1', startedAt: 'first start' };
  const restarting = (of: Duty): Journal => ({
    ...used,
    intent: { ...of, ...process, atMonoMs: 1_000, acted: true },
  });
  const verifying = (of: Duty): Journal => ({
    ...used,
    verifying: { ...process, sinceMonoMs: 1_000, duty: of },
  });

  it.each([
    ['restarted', restarting],
    ['verified', verifying],
  ])('is known while a restart is being %s', (_, journal) => {
    expect(unitOfRestart(journal(duty))).toBe('my-agent.service');
    expect(unitOfRestart(journal({ ...duty, supervised: false }))).toBeUndefined();
  });

  it('is not known otherwise', () => {
    expect(unitOfRestart(used)).toBeUndefined();
  });
});
