import type { Observation } from '../../reconcile/observation.ts';
import type { DoctorHost } from '../doctor-host.ts';

/** What guards are judged by; none of them depends on the endpoints. */
export async function beforeEndpoints(host: DoctorHost): Promise<Observation> {
  const [instance, agent] = await Promise.all([host.instance(), host.agent()]);
  return {
    bootId: '',
    instance,
    endpoints: undefined,
    endpointsFresh: false,
    agent,
    depth: 'full',
    agentFresh: true,
    storageProblem: undefined,
  };
}
