import { describe, expect, it } from 'vitest';
import { tcsPublic } from '../../../../src/reconcile/rules/agent-private.ts';

describe('telemetry that is still on the public path', () => {
  it('is waited for, until 40 minutes in which it should have been replaced are over', () => {
    expect(tcsPublic(0).advice).toContain('follows at its next reconnect');
    expect(tcsPublic(40 * 60_000 - 1).advice).toContain('follows at its next reconnect');
    expect(tcsPublic(40 * 60_000).advice).toContain('should have been replaced by now');
  });
});
