import { describe, expect, it } from 'vitest';
import { explainStatus } from '../../../src/doctor/explanation.ts';
import { keysOf } from '../../../src/kit/keys-of.ts';
import { type ReasonCode, reasons } from '../../../src/reconcile/reasons.ts';
import { initialState, type State } from '../../../src/reconcile/state.ts';
import { allProblems } from '../../../src/report/problems.ts';
import { buildStatus } from '../../../src/report/status.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { limits, observe } from '../reconcile/observations.ts';

const now = { wallMs: Date.UTC(2026, 0, 2, 3, 4, 5), monoMs: 100_000 };

function statusWith(code: ReasonCode, state: Partial<State> = {}): Status {
  return buildStatus({
    state: {
      ...initialState(undefined, 'boot', 0),
      phase: 'blocked',
      reason: { code, message: 'It is so.', advice: undefined },
      readyRounds: 2,
      ...state,
    },
    observation: observe({}),
    look: { inMs: 5_000, pace: 'patient' },
    now,
    limits,
    daemon: { pid: 1, version: '0.1.0', startedWallMs: 0, looks: 1 },
  });
}

describe('the explanation of a decision', () => {
  it('tells what was seen, how far it has counted, and the decision', () => {
    const { decision, observations } = explainStatus(statusWith('names-settling'));
    expect(decision).toMatch(/^blocked, since 2026-01-02 03:0\d:\d\d UTC: It is so\.$/);
    const text = observations.join('\n');
    expect(text).toMatch(/ecs-agent\.us-east-1\.amazonaws\.com is (private|public)/);
    expect(text).toContain('rounds with all names private and reachable: 2 of 3');
    expect(text).toMatch(/path: \w+ \(/);
  });

  it('tells when a scheduled restart is due', () => {
    const status = statusWith('splay', { phase: 'scheduled', scheduledMonoMs: now.monoMs + 60_000 });
    expect(explainStatus(status).changes).toContain('The restart is due at 2026-01-02 03:05:05 UTC.');
  });

  it.each(keysOf(reasons))('has a rule for %s, and what would change it', (code) => {
    const { rule, changes } = explainStatus(statusWith(code));
    expect(rule).toMatch(/\.$/);
    expect(changes).toMatch(/\.$/);
    expect(rule).not.toContain('Something that a restart depends on');
  });

  const blocking = /^(imds|dns|endpoint|engine|state)-/;
  it.each(allProblems.filter((code) => blocking.test(code)))(
    'knows the rule behind the problem %s',
    (code) => {
      expect(explainStatus(statusWith(code)).rule).not.toContain('Something that a restart depends on');
    },
  );
});
