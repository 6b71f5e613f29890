import type { AgentObservation } from '../agent/agent-observation.ts';
import type { AgentReader } from '../agent/agent-reader.ts';
import { endpointNames } from '../endpoints/endpoint-names.ts';
import type { EndpointObservation, EndpointsObservation } from '../endpoints/endpoint-observation.ts';
import type { EndpointsReader, EndpointsRequest } from '../endpoints/endpoints-reader.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { InstanceReader } from '../instance/instance-reader.ts';
import type { Problem } from '../kit/problem.ts';
import type { LookPlan } from '../reconcile/decision.ts';
import type { Observation } from '../reconcile/observation.ts';
import type { EndpointService } from '../settings/endpoint-services.ts';

/** Looks at everything that a decision depends on. */
export interface Observer {
  /** Rejects only with the signal's reason: whatever is wrong is part of what is observed. */
  look(
    plan: Omit<LookPlan, 'inMs'>,
    storageProblem: Problem | undefined,
    signal: AbortSignal,
  ): Promise<Observation>;
}

/** An observer that looks at the agent seldom while nothing hangs on it. */
export interface SparingObserver extends Observer {
  /** The agent may be another than a moment ago: the next look is at the agent too. */
  agentMayHaveChanged(): void;
}

export interface ObserverOptions {
  readonly instance: InstanceReader;
  readonly endpoints: EndpointsReader;
  readonly agent: AgentReader;
  readonly nameOverrides: Partial<Record<EndpointService, string>> | undefined;
  /** Told the VPC's CIDRs before the agent's connections are judged by them. */
  readonly onVpcCidrs: (cidrs: readonly string[]) => void;
  readonly bootId: string;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: () => number;
}

/** The Engine's events tell of every other process of the agent's; its connections are looked at this often. */
const recentMs = 60_000;

/** What is looked at depends on what was seen: the agent's settings name the hosts, whose addresses tell its path. */
export function createObserver({
  instance,
  endpoints,
  agent,
  nameOverrides,
  onVpcCidrs,
  bootId,
  monotonicMs,
}: ObserverOptions): SparingObserver {
  let lastAgent: AgentObservation | undefined;
  let lastAgentMs = 0;
  let agentDoubted = true;
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

  /** Whether the last look at the agent will do: it was registered, and no name leads anywhere but where it did. */
  function agentIsRecent(): boolean {
    const unchanged =
      !agentDoubted && !lastAgent?.engineProblem && lastAgent?.registration.registered === true;
    const allPublic = lastEndpoints?.endpoints.every((one) => one.addresses.every((each) => !each.private));
    return unchanged && allPublic === true && monotonicMs() - lastAgentMs < recentMs;
  }

  /** Undefined while no name is known. */
  async function lookAtEndpoints(request: EndpointsRequest, signal: AbortSignal) {
    return request.names.length === 0 ? undefined : await endpoints.look(request, signal);
  }

  return {
    agentMayHaveChanged() {
      agentDoubted = true;
    },

    async look(plan, storageProblem, signal) {
      const full = plan.depth === 'full';
      const instanceSeen = await instance.look({ lifecycle: full }, signal);
      onVpcCidrs(instanceSeen.facts?.vpcCidrs ?? []);
      const lookAtAgent = async (acs: readonly EndpointObservation[], depth: LookPlan['depth']) => {
        const sameAgent = plan.agent === 'recent' && !agentDoubted;
        // What changes while it is being looked at counts for the next look.
        agentDoubted = false;
        lastAgentMs = monotonicMs();
        return await agent.look(
          {
            acsAddresses: acs.find((endpoint) => endpoint.service === 'ecs-agent')?.addresses ?? [],
            controlPlaneHosts: namesFor(instanceSeen, lastAgent).map((name) => name.host),
            detail: depth,
            ...(sameAgent && { recall: true }),
          },
          signal,
        );
      };
      const first = lastAgent === undefined;
      // The very first look has no settings of the agent's to take the names from yet.
      lastAgent ??= await lookAtAgent([], 'light');
      const cached = plan.endpoints === 'cached' && lastEndpoints !== undefined;
      // Whoever wakes the daemon wants everything to be seen as it is now.
      const brief = plan.endpoints === 'brief' && !full && !agentDoubted;
      const names = namesFor(instanceSeen, lastAgent);
      const vpcCidrs = instanceSeen.facts?.vpcCidrs ?? [];
      const probe = full ? 'always' : 'never';
      if (!cached)
        lastEndpoints = await lookAtEndpoints({ names, vpcCidrs, probe, ...(brief && { brief }) }, signal);
      const agentFresh = first || !(plan.agent === 'recent' && agentIsRecent());
      if (agentFresh) lastAgent = await lookAtAgent(lastEndpoints?.endpoints ?? [], plan.depth);
      return {
        bootId,
        instance: instanceSeen,
        endpoints: lastEndpoints,
        endpointsFresh: !cached,
        agent: lastAgent,
        agentFresh,
        depth: plan.depth,
        storageProblem,
      };
    },
  };
}
