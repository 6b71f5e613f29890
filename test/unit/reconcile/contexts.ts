import type { Context } from '../../../src/reconcile/context.ts';
import { summarizeEndpoints } from '../../../src/reconcile/endpoints-summary.ts';
import type { Journal } from '../../../src/reconcile/journal.ts';
import type { Policy } from '../../../src/reconcile/policy.ts';
import type { Finding } from '../../../src/reconcile/rules/rule.ts';
import { initialState, type State } from '../../../src/reconcile/state.ts';
import { limits, type ObservationSketch, observe } from './observations.ts';

/** What one rule or one count is given: for tests of them by themselves. */
export interface ContextSketch {
  /** What differs from the state at the start. */
  readonly state?: Partial<State>;
  readonly journal?: Partial<Journal>;
  readonly sees?: ObservationSketch;
  readonly limits?: Partial<Policy>;
}

/** The time of `contextOf`. */
export const now = { monoMs: 1_000_000, wallMs: 1_700_000_000_000 } as const;

export function stateWith(state: Partial<State> = {}, journal: Partial<Journal> = {}): State {
  const start = initialState(undefined, 'boot-1', 0);
  return { ...start, ...state, journal: { ...start.journal, ...state.journal, ...journal } };
}

export function contextOf({ state, journal, sees, limits: changed }: ContextSketch): Context {
  const observation = observe(sees);
  return {
    state: stateWith(state, journal),
    observation,
    summary: summarizeEndpoints(observation),
    now,
    limits: { ...limits, ...changed },
  };
}

/** A finding in few words: `passed: what was found`, or as which phase and reason the rule spoke. */
export function foundOf(finding: Finding): string {
  if (finding.result !== 'spoke') return `${finding.result}: ${finding.found}`;
  const { phase, reason, act } = finding.step;
  return `${phase}: ${reason.code}${act === undefined ? '' : ` (${act.verb})`}`;
}
