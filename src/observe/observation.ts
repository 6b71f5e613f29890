import type { AgentObservation } from '../agent/agent-observation.ts';
import type { EndpointsObservation } from '../endpoints/endpoint-observation.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { Problem } from '../kit/problem.ts';

/** Everything one look saw. The only thing, beside the state and the time, that a decision depends on. */
export interface Observation {
  /** /proc/sys/kernel/random/boot_id: tells one boot from the next. */
  readonly bootId: string;
  readonly instance: InstanceObservation;
  /** Undefined while the names are not known (no region yet). */
  readonly endpoints: EndpointsObservation | undefined;
  readonly agent: AgentObservation;
  /** Set while the journal cannot be written; nothing is touched then. */
  readonly storageProblem: Problem | undefined;
}

/** Whether the names were asked in this look, or shown to answer as before. */
export function answersAreNew({ endpoints }: Observation): boolean {
  return endpoints === undefined || endpoints.ages.answers === 0;
}

/** Whether the agent was looked at in this look. */
export function agentIsNew({ agent }: Observation): boolean {
  return agent.ages.agent === 0;
}

/** Whether systemd was asked about the agent's unit in this look. */
export function unitIsNew({ agent }: Observation): boolean {
  return agent.ages.unit === 0;
}

/** Whether everything that is asked only before a restart was asked in this look. */
export function isClose(observation: Observation): boolean {
  return unitIsNew(observation) && observation.agent.ages.log === 0;
}
