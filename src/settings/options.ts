import type { CommandName } from './command-names.ts';
import { boolean, choice, emptyOr, integer, list } from './kinds/basic.ts';
import { duration } from './kinds/duration.ts';
import { endpointNames } from './kinds/endpoint-names.ts';
import {
  absolutePath,
  cidr,
  containerName,
  dockerSocket,
  domain,
  httpUrl,
  inventoryPlace,
  loopbackListen,
  promFile,
  region,
  serviceUnit,
} from './kinds/text.ts';
import type { Option } from './option.ts';

/** Commands that look at the host. `config` takes every flag, to show what the others would make of it. */
const looking = ['run', 'check', 'doctor', 'restart', 'config'] as const satisfies readonly CommandName[];
const acting = ['run', 'restart', 'config'] as const satisfies readonly CommandName[];
const running = ['run', 'config'] as const satisfies readonly CommandName[];
const everywhere = [...looking, 'status', 'explain'] as const satisfies readonly CommandName[];

const timeout = duration('50ms', '5m');

/** The path of the config file itself: the one setting that is needed before the others. */
export const configFileOption = {
  name: 'config',
  kind: absolutePath,
  default: '/etc/ecs-privatelinkd/ecs-privatelinkd.config',
  commands: everywhere,
  notInFile: true,
} as const satisfies Option;

/** ONE row per setting, and below a sentence on it: everything else about settings comes from here. */
export const optionTable = [
  { name: 'region', kind: region, whenUnset: 'from IMDS', commands: looking },
  { name: 'suffix', kind: domain, whenUnset: 'from IMDS', commands: looking },
  {
    name: 'imds-endpoint',
    kind: httpUrl,
    whenUnset: "the link-local address of the mode's family",
    commands: looking,
    aliases: ['AWS_EC2_METADATA_SERVICE_ENDPOINT'],
  },
  {
    name: 'imds-endpoint-mode',
    kind: choice(['ipv4', 'ipv6']),
    default: 'ipv4',
    commands: looking,
    aliases: ['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'],
  },
  {
    name: 'imds-disabled',
    kind: boolean,
    default: 'false',
    commands: looking,
    aliases: ['AWS_EC2_METADATA_DISABLED'],
  },
  {
    name: 'imds-v1-fallback',
    kind: boolean,
    default: 'false',
    commands: looking,
    forcedOffBy: 'AWS_EC2_METADATA_V1_DISABLED',
  },
  { name: 'imds-timeout', kind: timeout, default: '1s', commands: looking },
  { name: 'endpoint-names', kind: endpointNames, whenUnset: 'from region and suffix', commands: looking },
  { name: 'private-cidrs', kind: list(cidr), default: '', commands: looking },
  { name: 'resolv-conf', kind: absolutePath, default: '/etc/resolv.conf', commands: looking },
  { name: 'hosts-file', kind: absolutePath, default: '/etc/hosts', commands: looking },
  {
    name: 'ca-file',
    kind: absolutePath,
    whenUnset: "the system's trust store",
    commands: looking,
    aliases: ['SSL_CERT_FILE'],
  },
  { name: 'dns-timeout', kind: timeout, default: '2s', commands: looking },
  { name: 'connect-timeout', kind: timeout, default: '3s', commands: looking },
  {
    name: 'docker-host',
    kind: dockerSocket,
    default: 'unix:///var/run/docker.sock',
    commands: looking,
    aliases: ['DOCKER_HOST'],
  },
  { name: 'docker-timeout', kind: timeout, default: '10s', commands: looking },
  { name: 'agent-container', kind: containerName, default: 'ecs-agent', commands: looking },
  { name: 'agent-introspection', kind: httpUrl, default: 'http://127.0.0.1:51678', commands: looking },
  {
    name: 'agent-log',
    kind: emptyOr(absolutePath),
    default: '/var/log/ecs/ecs-agent.log',
    whenEmpty: 'not read',
    commands: looking,
  },
  { name: 'agent-unit', kind: serviceUnit, default: 'ecs.service', commands: looking },
  { name: 'proc-dir', kind: absolutePath, default: '/proc', commands: looking },
  { name: 'waiting-interval', kind: duration('100ms', '1h'), default: '5s', commands: running },
  { name: 'settled-interval', kind: duration('100ms', '1h'), default: '60s', commands: running },
  { name: 'settle-rounds', kind: integer(1, 100), default: '3', commands: running },
  { name: 'path-rounds', kind: integer(1, 100), default: '3', commands: running },
  { name: 'unknown-path-after', kind: duration('0', '1h'), default: '2m', commands: running },
  { name: 'restart', kind: choice(['auto', 'systemd', 'off']), default: 'auto', commands: acting },
  { name: 'preflight', kind: choice(['auto', 'off']), default: 'auto', commands: [...acting, 'doctor'] },
  { name: 'dry-run', kind: boolean, default: 'false', commands: acting },
  { name: 'splay', kind: duration('0', '24h'), default: '0s', commands: running },
  { name: 'task-wait', kind: duration('0', '24h'), default: '10m', commands: running },
  { name: 'recreate-timeout', kind: duration('1s', '1h'), default: '60s', commands: acting },
  { name: 'verify-timeout', kind: duration('1s', '24h'), default: '5m', commands: acting },
  { name: 'cool-downs', kind: list(duration('0', '24h'), 1), default: '5m,15m,45m', commands: running },
  { name: 'max-restarts', kind: integer(1, 10), default: '3', commands: running },
  configFileOption,
  {
    name: 'state-dir',
    kind: absolutePath,
    default: '/var/lib/ecs-privatelinkd',
    commands: everywhere,
    aliases: ['STATE_DIRECTORY'],
  },
  {
    name: 'run-dir',
    kind: absolutePath,
    default: '/run/ecs-privatelinkd',
    commands: everywhere,
    aliases: ['RUNTIME_DIRECTORY'],
  },
  {
    name: 'log-level',
    kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
    default: 'info',
    commands: looking,
  },
  { name: 'log-format', kind: choice(['auto', 'json', 'text']), default: 'auto', commands: looking },
  { name: 'metrics-textfile', kind: promFile, whenUnset: 'off', commands: running },
  { name: 'metrics-listen', kind: loopbackListen, whenUnset: 'off', commands: running },
  { name: 'ssm-inventory', kind: inventoryPlace, default: 'off', commands: running },
] as const satisfies readonly Option[];

/** The rows, for all who read them one like the other. */
export const options: readonly NamedOption[] = optionTable;

export type OptionName = (typeof optionTable)[number]['name'];

export type NamedOption = Option & { readonly name: OptionName };

/** One short sentence on each. Apart from its row, so that the daemon does not carry it. */
export const optionHelp: Readonly<Record<OptionName, string>> = {
  region: 'AWS region of the endpoints.',
  suffix: "DNS suffix of the region's partition, e.g. amazonaws.com.",
  'imds-endpoint': 'Where the instance metadata service (IMDS) is.',
  'imds-endpoint-mode': 'Address family of IMDS while no endpoint is set.',
  'imds-disabled': 'Do not ask IMDS; region, suffix and private CIDRs are then set by hand.',
  'imds-v1-fallback': 'Ask without a session token where IMDS gives none.',
  'imds-timeout': 'Timeout for one answer of IMDS.',
  'endpoint-names': 'Private DNS names of the endpoints, where they are not the usual ones.',
  'private-cidrs': "Blocks that count as private beside the VPC's own and the private ranges.",
  'resolv-conf': 'File that names the DNS servers to ask.',
  'hosts-file': 'File of fixed addresses, read before DNS is asked.',
  'ca-file': "PEM file of CAs to trust for the endpoints, in place of the agent's.",
  'dns-timeout': 'Timeout for one answer of one DNS server.',
  'connect-timeout': 'Timeout for TCP 443 and TLS at one address.',
  'docker-host': 'Socket of the Docker Engine.',
  'docker-timeout': 'Timeout for one answer of the Docker Engine.',
  'agent-container': "Name of the agent's container.",
  'agent-introspection': "The agent's introspection address.",
  'agent-log': "The agent's log, asked where its connections leave a doubt.",
  'agent-unit': 'systemd unit that supervises the agent.',
  'proc-dir': "Where the host's processes are seen.",
  'waiting-interval': 'Polling interval until the agent is settled.',
  'settled-interval': 'Polling interval once it is settled.',
  'settle-rounds': 'Consecutive checks that must find all names private.',
  'path-rounds': 'Consecutive checks that must find the agent on the public path.',
  'unknown-path-after': 'Time without a sign of the path before start times decide.',
  restart: 'How: the right verb for the host, systemctl restart, or never (report only).',
  preflight: "Ask ECS before a restart what the agent will ask, with the role's credentials.",
  'dry-run': 'Say what would be done, and do not do it.',
  splay: 'Maximum delay of a restart, spread over the fleet by instance id.',
  'task-wait': 'Timeout for tasks that are starting; 0 does not wait.',
  'recreate-timeout': 'Timeout for the supervisor to re-create the container.',
  'verify-timeout': 'Timeout for the new agent to show the private path.',
  'cool-downs': 'Pauses after each failed restart attempt; the last one repeats.',
  'max-restarts': 'Maximum restarts for one change from public to private.',
  config: 'The config file: lines of KEY=VALUE.',
  'state-dir': 'Directory of what must survive a reboot.',
  'run-dir': 'Directory of the status file and the lock.',
  'log-level': 'Minimum log level.',
  'log-format': 'Log format; auto is text on a terminal, else JSON.',
  'metrics-textfile': "File written after each look for node_exporter's textfile collector.",
  'ssm-inventory': 'Keep the record for the fleet in the custom inventory of the SSM agent.',
  'metrics-listen': 'Loopback address that serves /metrics, /healthz and /readyz.',
};

/** Of help and README: each begins with this row. */
const groups: readonly (readonly [title: string, first: OptionName])[] = [
  ['Instance', 'region'],
  ['Endpoints', 'endpoint-names'],
  ['Agent', 'docker-host'],
  ['Pace', 'waiting-interval'],
  ['Restarting', 'restart'],
  ['Files and output', 'config'],
  ['Metrics', 'metrics-textfile'],
  ['Fleet', 'ssm-inventory'],
];

/** The rows under their titles. */
export function optionsByGroup(): { readonly title: string; readonly members: readonly NamedOption[] }[] {
  const starts = groups.map(([, first]) => options.findIndex(({ name }) => name === first));
  return groups.map(([title], index) => ({
    title,
    members: options.slice(starts[index], starts[index + 1]),
  }));
}
