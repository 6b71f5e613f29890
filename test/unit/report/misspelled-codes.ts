// Read by the compiler alone: a misspelled code must not compile, so each of these lines has to be an error.
import type { FindingCode } from '../../../src/doctor/checks.ts';
import type { Problem } from '../../../src/kit/problem.ts';
import type { DecisionEvent } from '../../../src/reconcile/decision.ts';
import type { Reason } from '../../../src/reconcile/phase.ts';
import type { Log } from '../../../src/report/logger.ts';

// @ts-expect-error
export const problem: Problem = { code: 'imds-time-out', message: '', advice: '' };
// @ts-expect-error
export const reason: Reason = { code: 'unit-stoped', message: '', advice: '' };
// @ts-expect-error
export const decisionEvent: DecisionEvent = { code: 'restart-isued', fields: {} };
// @ts-expect-error
export const fields: DecisionEvent['fields'] = { reason: 'unit-stoped' };
// @ts-expect-error
export const finding: FindingCode = 'imds-time-out';

export function tell(log: Log, told: Reason): boolean {
  // @ts-expect-error
  log('look-failled');
  // @ts-expect-error
  log('problem', { problem: 'imds-time-out' });
  // @ts-expect-error
  return told.code === 'attempts-usedup';
}
