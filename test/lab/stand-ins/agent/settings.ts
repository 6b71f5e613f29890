import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { ApiHostSettings } from './api-host.ts';
import { type LogFormat, type LogOptions, logFormats } from './log.ts';
import type { CallTimes } from './sdk-client.ts';

/** What the stand-in reads from its environment. Durations in milliseconds. */
export interface AgentSettings {
  readonly api: ApiHostSettings;
  readonly metricsDisabled: boolean;
  readonly proxy: string | undefined;
  readonly noProxy: string;
  readonly caFile: string | undefined;
  readonly introspection: { readonly host: string; readonly port: number };
  readonly resolvConf: string;
  readonly hosts: string;
  readonly log: LogOptions;
  readonly tasks: string | undefined;
  readonly version: string;
  readonly cluster: string;
  readonly exitOnFile: string | undefined;
  /** `host` or `host:port`, kept connected beside the control plane. */
  readonly extraConnections: readonly string[];
  readonly registration: RegistrationTimes;
  readonly discovery: CallTimes;
  /** As in the real agent: 30 s for a websocket's dial, 12 h for a discovered name. */
  readonly dialMs: number;
  readonly discoveryTtlMs: number;
  /** Pause before a session is opened again that was closed in good order. */
  readonly reconnectMs: () => number;
  /** Longest pause between two attempts that failed; 2 minutes in the real agent. */
  readonly reconnectMaxMs: number;
  /** Pause after ACS said that the instance is deregistered; an hour in the real agent. */
  readonly inactiveMs: number;
  /** How long a websocket is kept; the real agent closes it after 30 to 35 minutes. */
  readonly sessionMs: { readonly ACS: number; readonly TCS: number; readonly extra: number };
}

/** How registration goes about its failures. */
export interface RegistrationTimes {
  readonly call: CallTimes;
  /** Pause after the first HTTP 500; each further one is twice as long, up to the other. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

/** The real agent gives registration up after this time where its packets are dropped. */
const realRegistrationMs = 95_000;

/**
 * The real agent's times, all in the ratio of `registrationMs` to its 95 s. Three attempts: where packets are dropped
 * each dial takes 30 s, where the service is silent each round trip takes 42 s, which makes 130 s. After an HTTP 500
 * it retries in process, after 3 s, 6 s … 192 s.
 */
export function registrationTimes(registrationMs: number): RegistrationTimes {
  const scaled = (seconds: number) => Math.round((seconds * 1_000 * registrationMs) / realRegistrationMs);
  return {
    call: { attempts: 3, dialMs: scaled(30), roundTripMs: scaled(42), waitMs: scaled(2.5) },
    firstRetryMs: scaled(3),
    lastRetryMs: scaled(192),
  };
}

const configFileSchema = v.object({ APIEndpoint: v.optional(v.string()), AWSRegion: v.optional(v.string()) });

export function readSettings(env: NodeJS.ProcessEnv): AgentSettings {
  const text = (name: string): string | undefined => env[name] || undefined;
  const number = (name: string, fallback: number): number => Number(env[name] ?? fallback);
  const first = (...names: readonly string[]) => names.map(text).find((value) => value !== undefined);
  const [, host = '127.0.0.1', port = '51678'] =
    /^\[?(.*?)\]?:(\d+)$/.exec(text('LAB_INTROSPECTION') ?? '127.0.0.1:51678') ?? [];
  const registration = registrationTimes(number('LAB_REGISTRATION_MS', 5_000));
  const dialMs = number('LAB_DIAL_MS', 30_000);
  const sessionMs = number('LAB_SESSION_MS', 30 * 60_000);
  return {
    api: apiHostSettings(env),
    metricsDisabled: text('ECS_DISABLE_METRICS') === 'true',
    proxy: first('HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'),
    noProxy: text('NO_PROXY') ?? '',
    caFile: text('NODE_EXTRA_CA_CERTS'),
    introspection: { host, port: Number(port) },
    resolvConf: text('LAB_RESOLV_CONF') ?? '/etc/resolv.conf',
    hosts: text('LAB_HOSTS') ?? '/etc/hosts',
    log: logOptions(env),
    tasks: text('LAB_TASKS'),
    version: text('LAB_AGENT_VERSION') ?? '1.105.1',
    cluster: text('ECS_CLUSTER') ?? 'lab',
    exitOnFile: text('LAB_EXIT_ON_FILE'),
    extraConnections: (text('LAB_EXTRA_CONNECTIONS') ?? '').split(/[\s,]+/).filter((item) => item !== ''),
    registration,
    discovery: { ...registration.call, dialMs, roundTripMs: Math.round(dialMs * 1.4) },
    dialMs,
    discoveryTtlMs: number('LAB_DISCOVERY_TTL_MS', 12 * 3_600_000),
    // Measured: 4 to 10 ms.
    reconnectMs: () => number('LAB_RECONNECT_MS', 4 + 6 * Math.random()),
    reconnectMaxMs: number('LAB_RECONNECT_MAX_MS', 2_000),
    inactiveMs: number('LAB_INACTIVE_MS', 3_600_000),
    sessionMs: { ACS: sessionMs, TCS: number('LAB_TCS_SESSION_MS', sessionMs), extra: sessionMs },
  };
}

/** As in the real agent, `AWS_REGION` has no effect beside `AWS_DEFAULT_REGION`, and the environment wins over the file. */
export function apiHostSettings(env: NodeJS.ProcessEnv): ApiHostSettings {
  const text = (name: string): string | undefined => env[name] || undefined;
  const file = readConfigFile(text('ECS_AGENT_CONFIG_FILE_PATH') ?? '/etc/ecs/ecs.config.json');
  const ignored = text('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') === 'true';
  return {
    region: text('AWS_DEFAULT_REGION') ?? file.AWSRegion ?? text('AWS_REGION') ?? 'us-east-1',
    suffix: text('LAB_SUFFIX') ?? 'amazonaws.com',
    backendHost: ignored ? undefined : (text('ECS_BACKEND_HOST') ?? file.APIEndpoint),
    serviceEndpointUrl: ignored ? undefined : text('AWS_ENDPOINT_URL_ECS'),
    endpointUrl: ignored ? undefined : text('AWS_ENDPOINT_URL'),
    useFips: text('AWS_USE_FIPS_ENDPOINT') === 'true',
    useDualStack:
      text('AWS_USE_DUALSTACK_ENDPOINT') === 'true' ||
      text('ECS_INSTANCE_IP_COMPATIBILITY') === 'ipv6' ||
      text('LAB_IPV6_ONLY') === 'true',
  };
}

function logOptions(env: NodeJS.ProcessEnv): LogOptions {
  const asked = env['LAB_LOG_FORMAT'] || env['ECS_LOG_OUTPUT_FORMAT'];
  const format: LogFormat = logFormats.find((known) => known === asked) ?? 'logfmt';
  return {
    path: env['ECS_LOGFILE'] || env['LAB_AGENT_LOG'] || '/log/ecs-agent.log',
    format,
    hourly: env['LAB_LOG_HOURLY'] === 'true',
    silent: env['ECS_LOGLEVEL_ON_INSTANCE'] === 'none',
  };
}

function readConfigFile(path: string): v.InferOutput<typeof configFileSchema> {
  try {
    return v.parse(configFileSchema, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Missing, or not as it must be: the agent goes by its environment.
    return {};
  }
}
