import type { AgentContainer, AgentObservation } from '../agent/agent-observation.ts';
import type { AgentReader } from '../agent/agent-reader.ts';
import type { EndpointsObservation } from '../endpoints/endpoint-observation.ts';
import type { EndpointsReader } from '../endpoints/endpoints-reader.ts';
import type { NextAgent } from '../endpoints/next-agent.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { InstanceReader } from '../instance/instance-reader.ts';
import { createMemory } from '../kit/age.ts';
import type { Problem } from '../kit/problem.ts';
import type { EndpointService } from '../settings/endpoint-services.ts';
import { type NameOverrides, type NamingAgent, namesOf } from './names.ts';
import type { Observation } from './observation.ts';
import { type Pace, type PaceName, paces } from './pace.ts';

/** Looks at everything that a decision depends on. */
export interface Observer {
  /** Rejects only with the signal's reason: whatever is wrong is part of what is observed. */
  look(pace: PaceName, storageProblem: Problem | undefined, signal: AbortSignal): Promise<Observation>;
}

/** An observer that remembers the agent while nothing hangs on it. */
export interface RememberingObserver extends Observer {
  /** The agent may be another than a moment ago: whatever is remembered of it is too old for the next look. */
  forget(): void;
}

export interface ObserverOptions {
  readonly instance: InstanceReader;
  readonly endpoints: EndpointsReader;
  readonly agent: AgentReader;
  readonly nameOverrides: NameOverrides;
  /** Where the root directory of a container that runs can be read; undefined where it cannot. */
  readonly agentRoot: (container: AgentContainer | undefined) => string | undefined;
  /** Told of the instance as soon as it was seen: before the agent's connections are judged by the VPC's ranges. */
  readonly onInstance: (seen: InstanceObservation) => void;
  readonly bootId: string;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonicMs: () => number;
}

/** What is looked at depends on what was seen: the agent's settings name the hosts, whose addresses tell its path. */
export function createObserver({
  instance,
  endpoints,
  agent,
  nameOverrides,
  agentRoot,
  onInstance,
  bootId,
  monotonicMs,
}: ObserverOptions): RememberingObserver {
  const lastAgent = createMemory<AgentObservation>(monotonicMs);
  /** Kept while the Engine does not answer, or there is no agent for a moment: the names are still its. */
  let named: NamingAgent | undefined;
  let doubted = false;
  // Apart: what wakes the daemon while the names are being asked wants them asked again, though the agent is looked at later.
  let namesDoubted = false;

  return {
    forget() {
      doubted = true;
      namesDoubted = true;
    },

    async look(name, storageProblem, signal) {
      const { maxAgeMs, oneQuestionLooks }: Pace = paces[name];
      const lookMs = monotonicMs();
      const instanceSeen = await instance.look({ maxAgeMs }, signal);
      const vpcCidrs = instanceSeen.facts?.vpcCidrs ?? [];
      onInstance(instanceSeen);

      async function lookAtAgent(seen: EndpointsObservation | undefined, ages: Pace['maxAgeMs']) {
        if (doubted) agent.forget();
        // What changes while it is being looked at counts for the next look.
        doubted = false;
        const now = await agent.look(
          {
            addresses: {
              acs: addressesOf(seen, 'ecs-agent'),
              tcs: addressesOf(seen, 'ecs-telemetry'),
              api: addressesOf(seen, 'ecs'),
            },
            controlPlaneHosts: namesOf(instanceSeen, named, nameOverrides).map(({ host }) => host),
            maxAgeMs: ages,
          },
          signal,
        );
        lastAgent.keep(now);
        named = naming(now, named);
        return now;
      }

      const before = lastAgent.recall(Number.POSITIVE_INFINITY);
      // The very first look has no settings of the agent's to take the names from yet.
      if (before === undefined) await lookAtAgent(undefined, paces.waiting.maxAgeMs);
      const names = namesOf(instanceSeen, named, nameOverrides);
      const allNames = namesDoubted;
      namesDoubted = false;
      const endpointsSeen =
        names.length === 0
          ? undefined
          : await endpoints.look(
              // What wakes the daemon wants all names to be seen as they are now.
              {
                names,
                agent: nextAgent(before ?? lastAgent.recall(Number.POSITIVE_INFINITY), named, agentRoot),
                vpcCidrs,
                maxAgeMs,
                oneQuestionLooks: allNames ? 0 : oneQuestionLooks,
              },
              signal,
            );
      const reuse =
        before !== undefined &&
        !doubted &&
        nothingHangsOn(before, endpointsSeen) &&
        lastAgent.recall(maxAgeMs.agent ?? 0) !== undefined;
      return {
        bootId,
        instance: instanceSeen,
        endpoints: endpointsSeen,
        agent: reuse
          ? { ...before, ages: { agent: lastAgent.ageAt(lookMs) } }
          : await lookAtAgent(endpointsSeen, maxAgeMs),
        storageProblem,
      };
    },
  };
}

/** The container that was last seen, and its root directory while it runs. */
function nextAgent(
  seen: AgentObservation | undefined,
  named: NamingAgent | undefined,
  agentRoot: ObserverOptions['agentRoot'],
): NextAgent | undefined {
  if (named?.dns === undefined) return undefined;
  const { file, directories } = named.settings?.trust ?? {};
  return { dns: named.dns, trust: { file, directories }, root: agentRoot(seen?.container) };
}

function naming(
  { settings, container, registration }: AgentObservation,
  before: NamingAgent | undefined,
): NamingAgent {
  return {
    settings: settings ?? before?.settings,
    dns: container?.dns ?? before?.dns,
    registration: { version: registration.version ?? before?.registration.version },
  };
}

function addressesOf(seen: EndpointsObservation | undefined, service: EndpointService) {
  return seen?.endpoints.find((endpoint) => endpoint.service === service)?.addresses ?? [];
}

/** It is registered, and no name leads anywhere but where it did. */
function nothingHangsOn(
  { engineProblem, registration }: AgentObservation,
  endpoints: EndpointsObservation | undefined,
): boolean {
  const allPublic = endpoints?.endpoints.every((one) => one.addresses.every((each) => !each.private));
  return engineProblem === undefined && registration.registered && allPublic === true;
}
