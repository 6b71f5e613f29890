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
  /** False when the answers are those of an earlier look. */
  readonly endpointsFresh: boolean;
  readonly agent: AgentObservation;
  /** False when the agent is the one of an earlier look. */
  readonly agentFresh: boolean;
  /**
   * `full`: also everything that is asked only before a restart (probes of 443, lifecycle, unit, tasks), all
   * of it in this look.
   */
  readonly depth: 'light' | 'full';
  /** Set while the journal cannot be written; nothing is touched then. */
  readonly storageProblem: Problem | undefined;
}
