import { isIPv6 } from 'node:net';
import { isVersionAtLeast } from '../kit/versions.ts';
import { type EndpointService, endpointServiceTable } from '../settings/endpoint-services.ts';

/** One interface endpoint and the name under which the agent looks for it. */
export interface EndpointName {
  readonly service: EndpointService;
  /** Private DNS name, lower case, without a trailing dot, e.g. `ecs-a.us-east-1.amazonaws.com`. */
  readonly host: string;
  /** Name of the endpoint service, e.g. `com.amazonaws.us-east-1.ecs-agent`. */
  readonly serviceName: string;
}

export interface EndpointNamesInput {
  readonly region: string;
  readonly suffix: string;
  readonly partition: string;
  /** No network interface of the instance has IPv4. */
  readonly ipv6Only: boolean;
  /** Undefined while the agent has not told: taken as current, since older ones cannot run without IPv4. */
  readonly agentVersion: string | undefined;
  /** `AWS_USE_FIPS_ENDPOINT` of the agent. */
  readonly useFips: boolean;
  /** `ECS_BACKEND_HOST` of the agent: a URL or `host[:port]`. Replaces the API host only. */
  readonly backendHost: string | undefined;
  /** Hosts that the operator set by hand. */
  readonly overrides: Partial<Record<EndpointService, string>>;
}

// The AWS SDKs' partitions.json, `dualStackDnsSuffix`.
const dualStackSuffixes: Readonly<Record<string, string>> = {
  aws: 'api.aws',
  'aws-cn': 'api.amazonwebservices.com.cn',
  'aws-us-gov': 'api.aws',
  'aws-eusc': 'api.amazonwebservices.eu',
  'aws-iso': 'api.aws.ic.gov',
  'aws-iso-b': 'api.aws.scloud',
  'aws-iso-e': 'api.cloud-aws.adc-e.uk',
  'aws-iso-f': 'api.aws.hci.ic.gov',
};

const firstDualStackVersion = '1.98.0';

/**
 * The names of the interface endpoints, in the order of `endpointServices`.
 *
 * Not known, because no such instance was at hand: the private DNS names that endpoints have for FIPS,
 * dual-stack and China callers, and what DiscoverPollEndpoint answers to them. The hosts here are those that
 * the agent dials; `overrides` is the way out where an endpoint has others. In the iso and eusc partitions a
 * few services have reversed names (`gov.ic.c2s…`, `eu.amazonaws…`); the ECS ones are not known to.
 */
export function endpointNames(input: EndpointNamesInput): EndpointName[] {
  const prefix = input.partition === 'aws-cn' ? 'cn.com.amazonaws' : 'com.amazonaws';
  return endpointServiceTable.map(({ name, label }) => ({
    service: name,
    host:
      bareHost(input.overrides[name]) ??
      (name === 'ecs' ? apiHost(input) : `${label}.${input.region}.${input.suffix}`).toLowerCase(),
    serviceName: `${prefix}.${input.region}.${name}`,
  }));
}

/** The one host of which the agent can be told another. */
function apiHost(input: EndpointNamesInput): string {
  const told = bareHost(input.backendHost);
  if (told !== undefined) return told;
  const service = input.useFips ? 'ecs-fips' : 'ecs';
  return `${service}.${input.region}.${usesDualStack(input) ? dualStackSuffix(input) : input.suffix}`;
}

function usesDualStack({ ipv6Only, agentVersion }: EndpointNamesInput): boolean {
  return (
    ipv6Only &&
    (agentVersion === undefined || isVersionAtLeast(agentVersion, firstDualStackVersion) !== false)
  );
}

function dualStackSuffix({ partition, suffix }: EndpointNamesInput): string {
  return dualStackSuffixes[partition] ?? suffix;
}

/** The host in a URL, `host[:port]`, `[address]:port` or address; undefined when there is none. */
function bareHost(text: string | undefined): string | undefined {
  const authority = (text ?? '')
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/, '')
    .replace(/^.*@/, '');
  const host = isIPv6(authority) ? authority : authority.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return host.replace(/\.$/, '').toLowerCase() || undefined;
}
