import type { Observation } from '../observe/observation.ts';
import type { Found, LookPlan } from '../reconcile/decision.ts';
import type { State } from '../reconcile/state.ts';
import type { LogFields } from './logger.ts';

/** What one look came to. */
export interface Look {
  readonly looks: number;
  readonly state: State;
  readonly observation: Observation;
  readonly look: LookPlan;
  readonly trace: readonly Found[];
}

/** The fields of `looked`: what each source gave, in a word or two, and what was made of it. */
export function lookedFields({ looks, state, observation, look, trace }: Look): LogFields {
  const { instance, endpoints, agent, storageProblem } = observation;
  const { container, registration } = agent;
  return {
    look: looks,
    phase: state.phase,
    reason: state.reason.code,
    instance: instance.problem?.code ?? instance.facts?.region ?? 'unknown',
    endpoints: Object.fromEntries(
      (endpoints?.endpoints ?? []).map(({ service, class: classified, reachable, problem }) => [
        service,
        [classified, problem?.code, reachable === undefined ? undefined : `443 ${reachable ? 'ok' : 'fails'}`]
          .filter(Boolean)
          .join(', '),
      ]),
    ),
    agent:
      agent.engineProblem?.code ??
      (container === undefined ? 'absent' : `${container.id.slice(0, 12)} since ${container.startedAt}`),
    running: container?.running ?? false,
    registered: registration.registered,
    path: agent.path.path,
    connections: agent.path.connections,
    ageMs: { ...instance.ages, ...endpoints?.ages, ...agent.ages },
    saying: agent.saying?.code,
    rule: trace.at(-1)?.rule,
    rules: trace.map(({ rule, result, found }) => `${rule} ${result}: ${found}`),
    readyRounds: state.endpoints.readyRounds,
    publicLooks: state.process?.publicLooks ?? 0,
    storage: storageProblem?.code,
    nextMs: look.inMs,
    nextPace: look.pace,
  };
}
