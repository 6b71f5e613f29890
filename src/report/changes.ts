import type { Problem } from '../kit/problem.ts';
import type { Observation } from '../observe/observation.ts';
import type { EventCode } from './events.ts';
import type { LogFields } from './logger.ts';
import type { Told } from './told.ts';

export interface Change {
  readonly code: EventCode;
  readonly fields: LogFields;
}

/**
 * What is new in this look against the one before, so that each thing is said once and not every five seconds. `told`
 * is what the looks before have told of their problems.
 */
export function changesBetween(
  before: Observation | undefined,
  after: Observation,
  told: Told,
): readonly Change[] {
  return [
    ...endpointChanges(before, after),
    ...pathChanges(before, after),
    ...problemChanges(before, after, told),
  ];
}

function endpointChanges(before: Observation | undefined, after: Observation): Change[] {
  const known = new Map(before?.endpoints?.endpoints.map((endpoint) => [endpoint.service, endpoint]));
  return (after.endpoints?.endpoints ?? []).flatMap((endpoint) => {
    const addresses = endpoint.addresses.map((answer) => answer.address).sort();
    const previous = known.get(endpoint.service);
    const previousAddresses = previous?.addresses.map((answer) => answer.address).sort();
    const { service, host, class: classified, rule, ttl } = endpoint;
    if (
      previous?.host === host &&
      previous.class === classified &&
      previousAddresses?.join() === addresses.join()
    ) {
      return [];
    }
    return [{ code: 'endpoint-changed', fields: { service, host, class: classified, addresses, ttl, rule } }];
  });
}

function pathChanges(before: Observation | undefined, after: Observation): Change[] {
  const { path, evidence } = after.agent.path;
  const container = after.agent.container;
  const previous = before?.agent.container;
  const sameProcess = previous?.id === container?.id && previous?.startedAt === container?.startedAt;
  if (before && before.agent.path.path === path && sameProcess) return [];
  return [{ code: 'agent-path-changed', fields: { path, evidence, container: container?.id.slice(0, 12) } }];
}

function problemChanges(before: Observation | undefined, after: Observation, told: Told): Change[] {
  const earlier = before ? problemsOf(before) : new Map<string, Problem>();
  const present = problemsOf(after);
  const changes: Change[] = [];
  for (const [where, problem] of present) {
    if (!told.isNews(where, problem.code)) continue;
    changes.push({
      code: 'problem',
      fields: { problem: problem.code, where, detail: problem.message, advice: problem.advice },
    });
  }
  for (const [where, problem] of earlier) {
    if (present.has(where)) continue;
    told.forget(where);
    changes.push({ code: 'problem-cleared', fields: { problem: problem.code, where } });
  }
  return changes;
}

/** Every problem seen in a look, by the part of the host it is about. */
export function problemsOf(observation: Observation): Map<string, Problem> {
  const problems = new Map<string, Problem>();
  const { instance, agent, endpoints, storageProblem } = observation;
  if (instance.problem) problems.set('instance', instance.problem);
  if (agent.engineProblem) problems.set('engine', agent.engineProblem);
  if (storageProblem) problems.set('state', storageProblem);
  for (const endpoint of endpoints?.endpoints ?? []) {
    if (endpoint.problem) problems.set(endpoint.service, endpoint.problem);
    for (const probe of endpoint.probes) {
      if (probe.problem) problems.set(`${endpoint.service} ${probe.address}`, probe.problem);
    }
  }
  return problems;
}
