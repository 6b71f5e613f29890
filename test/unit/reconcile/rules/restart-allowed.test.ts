import { describe, expect, it } from 'vitest';
import { restartAllowed } from '../../../../src/reconcile/rules/restart-allowed.ts';
import { contextOf, foundOf } from '../contexts.ts';

describe('restarts that are switched off', () => {
  it('are told of, with what to do', () => {
    const finding = restartAllowed(contextOf({ limits: { restart: 'off' } }));
    expect(finding).toMatchObject({
      result: 'spoke',
      step: { phase: 'blocked', reason: { code: 'restart-off' } },
    });
    expect(JSON.stringify(finding)).toContain('restart --if-needed');
  });

  it.each(['auto', 'systemd'] as const)('are not, with restart=%s', (restart) => {
    expect(foundOf(restartAllowed(contextOf({ limits: { restart } })))).toBe('passed: switched on');
  });

  it('are made by hand all the same', () => {
    const request = { id: 'r-1', ifNeeded: true };
    const context = contextOf({ limits: { restart: 'off' }, state: { request } });
    expect(foundOf(restartAllowed(context))).toBe('passed: overridden by hand');
  });
});
