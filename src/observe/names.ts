import type { AgentObservation } from '../agent/agent-observation.ts';
import {
  type ApiHost,
  apiHost,
  type EndpointName,
  type EndpointNamesInput,
  endpointNames,
} from '../endpoints/endpoint-names.ts';
import type { ContainerDns } from '../endpoints/next-resolver.ts';
import type { InstanceObservation } from '../instance/instance-observation.ts';
import type { EndpointService } from '../settings/endpoint-services.ts';

export type NameOverrides = Partial<Record<EndpointService, string>> | undefined;

/** What the names, and what they are judged by, depend on. */
export interface NamingAgent {
  readonly settings: AgentObservation['settings'];
  readonly dns?: ContainerDns | undefined;
  readonly registration: Pick<AgentObservation['registration'], 'version'>;
}

/** The endpoints' names, by what is known of the instance and of the agent; none while the region is not. */
export function namesOf(
  instance: InstanceObservation,
  agent: NamingAgent | undefined,
  overrides: NameOverrides,
): readonly EndpointName[] {
  const input = inputOf(instance, agent, overrides);
  return input === undefined ? [] : endpointNames(input);
}

/** Where the agent asks the ECS API, and what decides that; undefined while the region is not known. */
export function apiHostOf(
  instance: InstanceObservation,
  agent: NamingAgent | undefined,
  overrides: NameOverrides,
): ApiHost | undefined {
  const input = inputOf(instance, agent, overrides);
  return input && apiHost(input);
}

function inputOf(
  { facts }: InstanceObservation,
  agent: NamingAgent | undefined,
  overrides: NameOverrides,
): EndpointNamesInput | undefined {
  return (
    facts && {
      ...facts,
      agentVersion: agent?.registration.version,
      api: agent?.settings?.api,
      overrides: overrides ?? {},
    }
  );
}
