import type { EndpointObservation } from '../endpoints/endpoint-observation.ts';
import { dockerDefaults, hostResolver } from '../endpoints/next-resolver.ts';
import { routedVpcResolver, vpcResolverAddresses } from '../instance/vpc-resolver.ts';
import type { Observation } from '../observe/observation.ts';
import { isRequired, requiredServices } from '../settings/endpoint-services.ts';
import type { Reason } from './phase.ts';

/** What the answers of the endpoints that are required come to, all together. */
export type EndpointsSummary = {
  /** A name was answered, and its answer is not private. Failures to get an answer do not count. */
  readonly notPrivate: boolean;
} & (
  | {
      readonly allPrivate: true;
      /** All names private, and 443 with TLS works on at least one address of each. */
      readonly ready: true;
      readonly reason?: never;
    }
  | {
      readonly allPrivate: boolean;
      readonly ready: false;
      /** Why not. */
      readonly reason: Reason;
    }
);

export function summarizeEndpoints(observation: Observation): EndpointsSummary {
  const endpoints = (observation.endpoints?.endpoints ?? []).filter(({ service }) => isRequired(service));
  const allPrivate = endpoints.length > 0 && endpoints.every((endpoint) => endpoint.class === 'private');
  const notPrivate =
    !rangesUnknown(observation) &&
    endpoints.some((endpoint) => ['public', 'mixed', 'absent'].includes(endpoint.class));
  if (!allPrivate) {
    return { notPrivate, allPrivate, ready: false, reason: notPrivateReason(observation, endpoints) };
  }
  const unreachable = endpoints.find((endpoint) => endpoint.reachable !== true);
  return unreachable === undefined
    ? { notPrivate, allPrivate, ready: true }
    : { notPrivate, allPrivate, ready: false, reason: unreachableReason(unreachable) };
}

/** As long as the VPC's ranges are not known, an address that looks public may well be one of its own. */
function rangesUnknown({ instance }: Observation): boolean {
  return instance.problem !== undefined && (instance.facts?.vpcCidrs.length ?? 0) === 0;
}

function unreachableReason(endpoint: EndpointObservation): Reason {
  const problem = endpoint.probes.find((probe) => probe.problem)?.problem;
  if (problem) return problem;
  return {
    code: 'endpoint-not-probed',
    message: `${endpoint.host} is private; port 443 has not been tried yet`,
    advice: undefined,
  };
}

function notPrivateReason(observation: Observation, endpoints: readonly EndpointObservation[]): Reason {
  if (endpoints.length === 0) {
    return (
      observation.instance.problem ?? {
        code: 'names-not-known',
        message: 'The names of the endpoints are not known yet',
        advice: undefined,
      }
    );
  }
  const privateCount = endpoints.filter((endpoint) => endpoint.class === 'private').length;
  const worst = endpoints.find((endpoint) => endpoint.problem !== undefined && endpoint.class !== 'absent');
  if (worst?.problem) return worst.problem;
  const missing = endpoints.filter((endpoint) => endpoint.class !== 'private');
  const list = missing.map((endpoint) => `${endpoint.service} (${endpoint.class})`).join(', ');
  return {
    code: 'names-not-private',
    message: `${privateCount} of ${endpoints.length} names are private; not yet: ${list}${elsewhere(observation)}`,
    advice: `${forwardingAdvice(observation, missing)}${createAdvice}`,
  };
}

/** Where the agent asks others than this host does, what this host sees is no help. */
function elsewhere({ endpoints }: Observation): string {
  const resolver = endpoints?.judgedBy.resolver;
  if (resolver === undefined || resolver.source === hostResolver) return '';
  return ` (as the agent will look them up: ${resolver.source}: ${resolver.nameservers.join(', ')})`;
}

const createAdvice =
  `Create the interface endpoints that are missing in this VPC, in the order ${requiredServices.join(', ')}, ` +
  'with private DNS names enabled. Nothing is done until all of them answer privately.';

/** AWS: with DNS servers of one's own the names must be forwarded to the VPC resolver, or they stay public. */
function forwardingAdvice(observation: Observation, missing: readonly EndpointObservation[]): string {
  const asked = missing.find((endpoint) => endpoint.nameserver !== undefined);
  const { facts } = observation.instance;
  if (!facts || asked?.nameserver === undefined) return '';
  if (vpcResolverAddresses(facts).includes(asked.nameserver)) return '';
  if (observation.endpoints?.judgedBy.resolver.source === dockerDefaults)
    return `Run the agent with \`--network host\`, as ecs-init does, or with \`--dns ${routedVpcResolver(facts)}\`. If that is so already: `;
  return (
    `${elsewhere(observation) === '' ? 'This host' : 'The agent'} asks ${asked.nameserver}, which is not the VPC resolver. If the endpoints exist ` +
    `(\`dig +short ${asked.host} @169.254.169.253\` answers privately), let it forward ` +
    `${facts.region}.${facts.suffix} to the VPC resolver. Otherwise: `
  );
}
