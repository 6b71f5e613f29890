import type { ApiSettings, SetText } from '../endpoints/endpoint-names.ts';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';
import type { UsedEnvironment, UsedVariable } from './agent-environment.ts';

/** What the agent's own file of settings says; it counts where the environment says nothing. */
export interface AgentConfigFile {
  readonly path: string;
  readonly apiEndpoint: string | undefined;
  readonly region: string | undefined;
  /** Why the agent cannot use the file, in words: it does not start then. */
  readonly broken: string | undefined;
}

/** Where the agent looks for it; ecs-init sets `/etc/ecs/ecs.config.json`. */
export const defaultConfigPath = '/etc/ecs_container_agent/config.json';

/**
 * Reads the file as the agent does, by Go's encoding/json: names in any case, the last of several, and `null` for nothing said.
 * A blank file says nothing; one that is no JSON, or has something else than a text where a text belongs, keeps it from starting.
 */
export function parseAgentConfig(path: string, text: string): AgentConfigFile {
  const nothing = { path, apiEndpoint: undefined, region: undefined };
  const shown = printable(path, budgets.nameLength);
  if (text.trim() === '') return { ...nothing, broken: undefined };
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return { ...nothing, broken: `${shown} is not JSON` };
  }
  if (typeof config !== 'object' || Array.isArray(config))
    return { ...nothing, broken: `${shown} is not a JSON object` };
  const said = Object.entries(config ?? {}).filter(([, value]) => value !== null);
  const read = (name: string): unknown =>
    said.findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const wrong = ['APIEndpoint', 'AWSRegion', 'Cluster'].find(
    (name) => !['string', 'undefined'].includes(typeof read(name)),
  );
  if (wrong !== undefined) return { ...nothing, broken: `${wrong} in ${shown} is not a text` };
  return {
    path,
    apiEndpoint: textIn(read('APIEndpoint'))?.replace(/^([^/]*:\/\/)?.*@/s, '$1'),
    region: textIn(read('AWSRegion')),
    broken: undefined,
  };
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * Which host the agent's settings name, as the agent and the AWS SDK for Go v2 choose: the SDK's variable for this service,
 * then what the agent was told, then the SDK's variable for all services. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` undoes all
 * three (`resolveBaseEndpoint` of the SDK's config package). `AWS_REGION` never counts: the agent hands its own region over.
 */
export function apiSettings(environment: UsedEnvironment, file: AgentConfigFile | undefined): ApiSettings {
  const isOn = (name: Switch) => flag(environment.get(name)) === true;
  const told =
    ofVariable(environment, 'ECS_BACKEND_HOST') ?? setText(file?.apiEndpoint, `APIEndpoint in ${file?.path}`);
  const ip = environment.get('ECS_INSTANCE_IP_COMPATIBILITY');
  const chosen = {
    endpoint: isOn('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')
      ? undefined
      : (ofVariable(environment, 'AWS_ENDPOINT_URL_ECS') ??
        told ??
        ofVariable(environment, 'AWS_ENDPOINT_URL')),
    useFips: isOn('AWS_USE_FIPS_ENDPOINT'),
    useDualStack: isOn('AWS_USE_DUALSTACK_ENDPOINT'),
    ipCompatibility: ip === 'ipv4' || ip === 'ipv6' ? ip : undefined,
  } as const;
  const invalid = switches.filter((name) => flag(environment.get(name)) === 'invalid');
  const wrong =
    invalid.length === 0 ? undefined : `${invalid.join(' and ')} of the agent must be true or false`;
  return { ...chosen, refused: file?.broken ?? wrong ?? refusal(chosen, told !== undefined) };
}

/** The SDK's endpoint rules take no variant beside a custom endpoint: each call fails. */
function refusal(
  { endpoint, useFips, useDualStack, ipCompatibility }: Omit<ApiSettings, 'refused'>,
  isToldHost: boolean,
): string | undefined {
  const variants = [
    useFips && 'AWS_USE_FIPS_ENDPOINT',
    useDualStack && 'AWS_USE_DUALSTACK_ENDPOINT',
    // The agent itself asks for the dual-stack name only where it was told no host.
    ipCompatibility === 'ipv6' && !isToldHost && 'ECS_INSTANCE_IP_COMPATIBILITY=ipv6',
  ];
  const variant = variants.find((name) => name !== false);
  return endpoint && variant && `the AWS SDK refuses ${variant} beside ${endpoint.source}`;
}

/** What is left of a setting without the quotes around it, which the agent takes for part of it; undefined without any. */
export function unquoted(text: string): string | undefined {
  return /^(["'])(.*)\1$/s.exec(text)?.[2];
}

/** The region that the agent was told: literally, but for the blanks around it. */
export function regionSetting(
  environment: UsedEnvironment,
  file: AgentConfigFile | undefined,
): SetText | undefined {
  return ofVariable(environment, 'AWS_DEFAULT_REGION') ?? setText(file?.region, `AWSRegion in ${file?.path}`);
}

const switches = [
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
] as const satisfies readonly UsedVariable[];

type Switch = (typeof switches)[number];

/** The SDK takes no other words. */
function flag(value: string | undefined): boolean | 'invalid' {
  if (value === undefined || value === '') return false;
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : 'invalid';
}

function ofVariable(environment: UsedEnvironment, name: UsedVariable): SetText | undefined {
  return setText(environment.get(name), `${name} of the agent`);
}

function setText(value: string | undefined, source: string): SetText | undefined {
  const text = printable(value ?? '', budgets.nameLength).trim();
  return text === '' ? undefined : { text, source: printable(source, budgets.nameLength) };
}
