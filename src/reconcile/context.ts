import type { Instant } from '../kit/clock.ts';
import type { Observation } from '../observe/observation.ts';
import type { EndpointsSummary } from './endpoints-summary.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** All that a rule may look at. A rule that changes the state hands on a context with the new one. */
export interface Context {
  readonly state: State;
  readonly observation: Observation;
  readonly summary: EndpointsSummary;
  readonly now: Instant;
  readonly limits: Policy;
}
