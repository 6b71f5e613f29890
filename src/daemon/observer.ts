import type { AgentObservation } from '../agent/agent-observation.ts';
import type { AgentReader } from '../agent/agent-reader.ts';
import { endpointNames } from '../endpoints/endpoint-names.ts';
import type {
  EndpointObservation,
  EndpointService,
  EndpointsObservation,
} from '../endpoints/endpoint-observation.ts';
import type { EndpointsReader } from '../endpoints/endpoints-reader.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { InstanceReader } from '../instance/instance-reader.ts';
import type { LookPlan } from '../reconcile/decision.ts';
import type { Observation } from '../reconcile/observation.ts';
import type { Problem } from '../system/problem.ts';

/** Looks at everything that a decision depends on. */
export interface Observer {
  /** Rejects only with the signal's reason: whatever is wrong is part of what is observed. */
  look(
    plan: Pick<LookPlan, 'depth' | 'endpoints'>,
    storageProblem: Problem | undefined,
    signal: AbortSignal,
  ): Promise<Observation>;
}

export interface ObserverOptions {
  readonly instance: InstanceReader;
  readonly endpoints: EndpointsReader;
  readonly agent: AgentReader;
  readonly nameOverrides: Partial<Record<EndpointService, string>> | undefined;
  /** Told the VPC's CIDRs before the agent's connections are judged by them. */
  readonly onVpcCidrs: (cidrs: readonly string[]) => void;
  readonly bootId: string;
}

/** What is looked at depends on what was seen: the agent's settings name the hosts, whose addresses tell its path. */
export function createObserver({
  instance,
  endpoints,
  agent,
  nameOverrides,
  onVpcCidrs,
  bootId,
}: ObserverOptions): Observer {
  let lastAgent: AgentObservation | undefined;
  let lastEndpoints: EndpointsObservation | undefined;

  function namesFor(seen: InstanceObservation, agentSeen: AgentObservation | undefined) {
    if (!seen.facts) return [];
    return endpointNames({
      region: seen.facts.region,
      suffix: seen.facts.suffix,
      partition: seen.facts.partition,
      ipv6Only: seen.facts.ipv6Only,
      agentVersion: agentSeen?.registration.version,
      useFips: agentSeen?.settings?.useFips ?? false,
      backendHost: agentSeen?.settings?.backendHost,
      overrides: nameOverrides ?? {},
    });
  }

  return {
    async look(plan, storageProblem, signal) {
      const full = plan.depth === 'full';
      const instanceSeen = await instance.look({ lifecycle: full }, signal);
      onVpcCidrs(instanceSeen.facts?.vpcCidrs ?? []);
      const lookAtAgent = async (acs: readonly EndpointObservation[], depth: LookPlan['depth']) =>
        await agent.look(
          {
            acsAddresses: acs.find((endpoint) => endpoint.service === 'ecs-agent')?.addresses ?? [],
            controlPlaneHosts: namesFor(instanceSeen, lastAgent).map((name) => name.host),
            detail: depth,
          },
          signal,
        );
      // The very first look has no settings of the agent's to take the names from yet.
      lastAgent ??= await lookAtAgent([], 'light');
      const cached = plan.endpoints === 'cached' && lastEndpoints !== undefined;
      const names = namesFor(instanceSeen, lastAgent);
      if (!cached) {
        lastEndpoints =
          names.length === 0
            ? undefined
            : await endpoints.look(
                { names, vpcCidrs: instanceSeen.facts?.vpcCidrs ?? [], probe: full ? 'always' : 'never' },
                signal,
              );
      }
      lastAgent = await lookAtAgent(lastEndpoints?.endpoints ?? [], plan.depth);
      return {
        bootId,
        instance: instanceSeen,
        endpoints: lastEndpoints,
        endpointsFresh: !cached,
        agent: lastAgent,
        depth: plan.depth,
        storageProblem,
      };
    },
  };
}
