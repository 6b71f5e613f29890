import { isIP, isIPv6 } from 'node:net';
import { isVersionAtLeast } from '../kit/versions.ts';
import { type EndpointService, endpointServiceTable } from '../settings/endpoint-services.ts';

/** One interface endpoint and the name under which the agent looks for it. */
export interface EndpointName {
  readonly service: EndpointService;
  /** Private DNS name, lower case, without a trailing dot, e.g. `ecs-a.us-east-1.amazonaws.com`. */
  readonly host: string;
  /** What decides the host, in words: of `ecs`, of which the agent can be told another. */
  readonly source?: string;
  /** Name of the endpoint service, e.g. `com.amazonaws.us-east-1.ecs-agent`. */
  readonly serviceName: string;
}

/** A text that somebody set, and where it stands, in words. */
export interface SetText {
  readonly text: string;
  readonly source: string;
}

/** What the agent's own settings say of the ECS API's host, as the AWS SDK for Go v2 in it understands them. */
export interface ApiSettings {
  /** A URL or `host[:port]` in place of what the rules give, as set. */
  readonly endpoint: SetText | undefined;
  /** `AWS_USE_FIPS_ENDPOINT` */
  readonly useFips: boolean;
  /** `AWS_USE_DUALSTACK_ENDPOINT` */
  readonly useDualStack: boolean;
  /** `ECS_INSTANCE_IP_COMPATIBILITY`: what the agent takes for granted in place of looking at its routes. */
  readonly ipCompatibility: 'ipv4' | 'ipv6' | undefined;
  /** Why the SDK takes them for wrong, in words: an agent that starts with them does not get to ECS at all. */
  readonly refused: string | undefined;
}

/** The host at which the agent asks the ECS API. */
export interface ApiHost {
  /** Lower case, without a trailing dot. */
  readonly host: string;
  /** What decides it, in words. */
  readonly source: string;
  /** Why no answer for this host shows where a new agent would ask, in words; undefined where one does. */
  readonly elsewhere: string | undefined;
  /** It is the dual-stack name, by the rules. */
  readonly dualStack: boolean;
}

export interface EndpointNamesInput {
  readonly region: string;
  readonly suffix: string;
  readonly partition: string;
  /** No network interface of the instance has IPv4. */
  readonly ipv6Only: boolean;
  /** Undefined while the agent has not told: taken as current, since older ones cannot run without IPv4. */
  readonly agentVersion: string | undefined;
  /** What the agent's own settings say of the API's host; undefined while they are not known. */
  readonly api: ApiSettings | undefined;
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
  return endpointServiceTable.map(({ name, label }) => {
    const serviceName = `${prefix}.${input.region}.${name}`;
    if (name === 'ecs') {
      const { host, source } = apiHost(input);
      return { service: name, host, source, serviceName };
    }
    const host = bareHost(input.overrides[name]) ?? `${label}.${input.region}.${input.suffix}`.toLowerCase();
    return { service: name, host, serviceName };
  });
}

/**
 * The one host of which the agent can be told another. Once the operator has said which it is, that holds, unless the agent
 * would not start with its settings at all.
 *
 * What may stand in place of the regional name: its FIPS and dual-stack variants, the names that each interface endpoint
 * has of its own (`vpce-….ecs.REGION.vpce.SUFFIX`), and an address. Every other host may be anything.
 */
export function apiHost(input: EndpointNamesInput): ApiHost {
  const { api } = input;
  const override = bareHost(input.overrides.ecs);
  if (override !== undefined)
    return {
      host: override,
      source: 'endpoint-names of ecs-privatelinkd',
      elsewhere: api?.refused,
      dualStack: false,
    };
  const told = bareHost(api?.endpoint?.text);
  if (api?.endpoint === undefined || told === undefined)
    return { ...ruledHost(input), elsewhere: api?.refused };
  return {
    host: told,
    source: api.endpoint.source,
    elsewhere: whyElsewhere(api.endpoint, input) ?? api.refused,
    dualStack: false,
  };
}

function ruledHost(input: EndpointNamesInput): Omit<ApiHost, 'elsewhere'> {
  const { region, suffix, api } = input;
  const dualStack = dualStackBy(input);
  const service = api?.useFips ? 'ecs-fips' : 'ecs';
  const sources = [api?.useFips ? 'AWS_USE_FIPS_ENDPOINT of the agent' : undefined, dualStack];
  return {
    host: `${service}.${region}.${dualStack === undefined ? suffix : dualStackSuffix(input)}`.toLowerCase(),
    source: sources.filter((source) => source !== undefined).join(' and ') || `region ${region}`,
    dualStack: dualStack !== undefined,
  };
}

/** What makes the agent use the dual-stack name, in words; undefined when nothing does. */
function dualStackBy({ api, ipv6Only, agentVersion }: EndpointNamesInput): string | undefined {
  if (api?.useDualStack) return 'AWS_USE_DUALSTACK_ENDPOINT of the agent';
  if (agentVersion !== undefined && isVersionAtLeast(agentVersion, firstDualStackVersion) === false)
    return undefined;
  if (api?.ipCompatibility === 'ipv6') return 'ECS_INSTANCE_IP_COMPATIBILITY of the agent';
  return ipv6Only && api?.ipCompatibility !== 'ipv4' ? 'an instance without IPv4' : undefined;
}

function dualStackSuffix({ partition, suffix }: EndpointNamesInput): string {
  return dualStackSuffixes[partition] ?? suffix;
}

function whyElsewhere({ text, source }: SetText, input: EndpointNamesInput): string | undefined {
  const { scheme, host, port } = partsOf(text);
  if (/["']/.test(text)) return `${source} is in quotes, which the agent takes for part of it`;
  if (scheme !== undefined && scheme !== 'https') return `${source} has the scheme ${scheme}, not https`;
  if (port !== undefined && port !== '443') return `${source} has port ${port}, and endpoints answer on 443`;
  if (isIP(host) || isEndpointHost(host, input)) return undefined;
  return `${source} names ${host}, which is no name of an ECS endpoint in ${input.region}`;
}

function isEndpointHost(host: string, input: EndpointNamesInput): boolean {
  const { region, suffix } = input;
  const own = [suffix, dualStackSuffix(input)].flatMap((end) =>
    ['ecs', 'ecs-fips'].map((service) => `${service}.${region}.${end}`),
  );
  const ofOneEndpoint = `.${region}.vpce.${suffix}`;
  return (
    own.includes(host) ||
    (host.endsWith(ofOneEndpoint) &&
      /^vpce-[0-9a-z-]+\.ecs(-fips)?$/.test(host.slice(0, -ofOneEndpoint.length)))
  );
}

/** The host in a URL, `host[:port]`, `[address]:port` or address; undefined when there is none. */
function bareHost(text: string | undefined): string | undefined {
  return partsOf(text ?? '').host || undefined;
}

function partsOf(text: string) {
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const authority = rest.replace(/[/?#].*$/s, '').replace(/^.*@/, '');
  const [, named = authority, port] = isIPv6(authority) ? [] : (/^(.*?)(?::(\d*))?$/.exec(authority) ?? []);
  const host = named
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  return { scheme: scheme?.toLowerCase(), host, port: port || undefined };
}
