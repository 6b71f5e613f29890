import { describe, expect, it } from 'vitest';
import { keysOf } from '../../../src/kit/keys-of.ts';
import { decide } from '../../../src/reconcile/decide.ts';
import type { Found } from '../../../src/reconcile/decision.ts';
import { type ReasonCode, reasons } from '../../../src/reconcile/reasons.ts';
import { rules as order } from '../../../src/reconcile/rules/order.ts';
import { initialState, type State } from '../../../src/reconcile/state.ts';
import { explainStatus } from '../../../src/report/explanation.ts';
import { buildStatus } from '../../../src/report/status.ts';
import type { Status } from '../../../src/report/status-schema.ts';
import { statusRows } from '../../../src/report/table.ts';
import { limits, observe } from '../reconcile/observations.ts';

const now = { wallMs: Date.UTC(2026, 0, 2, 3, 4, 5), monoMs: 100_000 };

function statusWith(code: ReasonCode, state: Partial<State> = {}, trace: readonly Found[] = []): Status {
  return buildStatus({
    state: {
      ...initialState(undefined, 'boot', 0),
      phase: 'blocked',
      reason: { code, message: 'It is so.', advice: undefined },
      ...state,
    },
    observation: observe({}),
    look: { inMs: 5_000, pace: 'patient' },
    trace,
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
    expect(text).toMatch(/path: \w+ \(/);
  });

  it('tells what ECS answered before a restart', () => {
    const status = statusWith('dry-run', {
      preflight: {
        question: {
          region: 'us-east-1',
          host: 'ecs.us-east-1.amazonaws.com',
          address: '10.0.1.10',
          trust: { words: 'as told', by: {} },
          cluster: undefined,
          containerInstanceArn: undefined,
        },
        evidence: 'e',
        answer: { outcome: 'unanswered', why: 'throttled' },
        askedMonoMs: now.monoMs - 60_000,
        forbade: 0,
        requestId: undefined,
      },
    });
    expect(explainStatus(status).observations).toContain(
      'asked ECS at 10.0.1.10 2026-01-02 03:03:05 UTC: not answered, which is no obstacle: throttled',
    );
    expect(statusRows(status, now.wallMs)).toContainEqual({
      label: 'preflight',
      text: '60 s ago: not answered, which is no obstacle: throttled',
    });
  });

  it('tells when a scheduled restart is due', () => {
    const status = statusWith('splay', { phase: 'scheduled', scheduledMonoMs: now.monoMs + 60_000 });
    expect(explainStatus(status).changes).toContain('The restart is due at 2026-01-02 03:05:05 UTC.');
  });

  it.each(keysOf(reasons))('has a rule for %s, and what would change it', (code) => {
    const { rule, changes } = explainStatus(statusWith(code));
    expect(rule).toMatch(/\.$/);
    expect(changes).toMatch(/\.$/);
    expect(rule).not.toContain('Nothing is decided while');
  });

  it('lists the rules in their order, with what each found, and ends with the one that spoke', () => {
    const decision = decide(initialState(undefined, 'boot', 0), observe({}), now, limits);
    const status = statusWith('names-settling', decision.state, decision.trace);
    const { rules, rule, changes } = explainStatus(status);
    expect(rules.map((one) => one.rule)).toEqual(keysOf(order));
    expect(rules.find((one) => one.rule === 'hold')).toMatchObject({
      result: 'passed',
      found: 'this process was not seen on the private path',
    });
    const spoke = rules.findIndex(({ result }) => result === 'spoke');
    expect(rules[spoke]?.rule).toBe('settle-rounds');
    expect(new Set(rules.slice(spoke + 1).map(({ result }) => result))).toEqual(new Set(['not-reached']));
    expect(rule).toContain('`settle-rounds` consecutive rounds');
    expect(changes).toMatch(/^Enough rounds/);
  });
});
