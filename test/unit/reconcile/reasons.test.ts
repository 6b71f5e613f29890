import { describe, expect, it } from 'vitest';
import { reasons } from '../../../src/reconcile/reasons.ts';
import { rules } from '../../../src/reconcile/rules/order.ts';
import type { ReasonRow } from '../../../src/reconcile/rules/rule.ts';
import { words } from '../../../src/reconcile/rules/words.ts';
import { newAgent, restarted, told } from './story.ts';

/** Dashboards and scripts name them: never renamed, never reused. */
const published = [
  ['restart-abandoned', 'settling'],
  ['restart-no-effect', 'blocked'],
  ['restart-in-flight', 'restarting, verifying'],
  ['waiting-for-supervisor', 'restarting, verifying'],
  ['supervisor-did-not-recreate', 'restarting, verifying'],
  ['agent-found-stopped', 'restarting, verifying'],
  ['agent-absent', 'restarting, verifying, blocked'],
  ['verifying', 'verifying'],
  ['another-request', ''],
  ['on-private-path', 'settled, check'],
  ['tcs-on-public-path', 'settled, check'],
  ['starting', 'waiting'],
  ['names-not-known', 'waiting, check'],
  ['names-not-private', 'waiting, check'],
  ['endpoints-withdrawn', 'waiting'],
  ['endpoint-not-probed', 'blocked, check'],
  ['instance-terminating', 'blocked'],
  ['imds-contradicts-region', 'blocked'],
  ['agent-behind-proxy', 'blocked'],
  ['agent-region-differs', 'blocked'],
  ['agent-api-elsewhere', 'blocked'],
  ['agent-resolver-unknown', 'blocked'],
  ['agent-too-old', 'blocked'],
  ['agent-paused', 'blocked'],
  ['no-safe-restart', 'blocked'],
  ['agent-not-registered', 'settling, blocked, check'],
  ['agent-not-running', 'settling, blocked'],
  ['agent-keeps-ending', 'blocked'],
  ['agent-process-gone', 'settling, blocked'],
  ['agent-exit-5', 'blocked'],
  ['unit-stopped', 'blocked'],
  ['names-settling', 'settling'],
  ['restart-did-not-help', 'blocked'],
  ['path-unknown', 'settling, check'],
  ['path-unproven', 'blocked'],
  ['agent-disconnected', 'settling, blocked, check'],
  ['path-settling', 'settling'],
  ['agent-on-public-path', 'check'],
  ['agent-told-public-hosts', 'blocked'],
  ['restart-off', 'blocked'],
  ['attempts-used-up', 'blocked'],
  ['restart-budget-used', 'scheduled'],
  ['cool-down', 'scheduled'],
  ['splay', 'scheduled'],
  ['tasks-starting', 'scheduled'],
  ['preflight-asking', 'settling'],
  ['preflight-due', 'scheduled'],
  ['preflight-public-hosts', 'blocked'],
  ['preflight-refused', 'blocked'],
  ['restarting', 'restarting'],
  ['dry-run', 'blocked'],
] as const;

describe('the words of the rules', () => {
  it('are there for each, in the order in which they are asked, with its reasons if any', () => {
    expect(Object.keys(words)).toEqual(Object.keys(rules));
    for (const { rule, changes, reasons } of Object.values(words)) {
      expect({ rule, changes, reasons }).toEqual({
        rule: expect.stringMatching(/\.$/),
        changes: expect.stringMatching(/\.$/),
        reasons: expect.any(Object),
      });
    }
  });
});

describe('the reasons of the rules', () => {
  it('are published in the order of the rules, each with the phases in which it is given, and `check`', () => {
    const rows = Object.entries<ReasonRow>(reasons);
    const given = rows.map(([code, { phases, check }]) => [
      code,
      [...phases, ...(check === true ? ['check'] : [])].join(', '),
    ]);
    expect(given).toEqual(published);
  });

  it('of a restart that is not over are given while its agent is verified too', () => {
    const agent = { supervisor: 'none', id: 'container-1', startedAt: 'second start' } as const;
    const story = restarted({}, { agent });
    story.look({ agent: { ...agent, ...newAgent, path: 'none' } });
    const ended = { ...agent, ...newAgent, running: false, exitCode: 1 };
    expect(told(story.look({ agent: ended }))).toBe('verifying: restart-in-flight');
    expect(told(story.look({ agent: { ...ended, exists: false } }))).toBe('verifying: agent-absent');
  });
});
