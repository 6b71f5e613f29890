import type { Instant } from '../kit/clock.ts';
import type { Observation } from '../observe/observation.ts';
import type { EndpointsSummary } from './endpoints-summary.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** All that a rule may look at. */
export interface Context {
  readonly state: State;
  readonly observation: Observation;
  readonly summary: EndpointsSummary;
  readonly now: Instant;
  readonly limits: Policy;
}

/** How long it has been so, in milliseconds; 0 when it is not. */
export function sinceMs({ now }: Context, sinceMonoMs: number | undefined): number {
  return sinceMonoMs === undefined ? 0 : Math.max(0, now.monoMs - sinceMonoMs);
}

/** What the names answer, as one text: it differs once any of them answers otherwise. */
export function answersOf({ endpoints }: Observation): string {
  return (endpoints?.endpoints ?? [])
    .map(({ host, addresses }) => [host, ...addresses.map(({ address }) => address).sort()].join())
    .join(' ');
}

/** An operator has asked for a restart if one is needed: nothing that only postpones or counts stands in its way. */
export function isByHand({ state }: Context): boolean {
  return state.request !== undefined;
}
