/** What the stand-in reads from its environment. Durations in milliseconds. */
export interface AgentSettings {
  readonly region: string;
  readonly suffix: string;
  /** `ECS_BACKEND_HOST`, with or without a scheme; undefined means the regional API host. */
  readonly backendHost: string | undefined;
  readonly useFips: boolean;
  readonly ipv6Only: boolean;
  readonly metricsDisabled: boolean;
  readonly proxy: string | undefined;
  readonly noProxy: string;
  readonly caFile: string | undefined;
  readonly introspection: { readonly host: string; readonly port: number };
  readonly resolvConf: string;
  readonly hosts: string;
  readonly log: string;
  readonly tasks: string | undefined;
  readonly version: string;
  readonly cluster: string;
  readonly exitOnFile: string | undefined;
  /** `host` or `host:port`, kept connected beside the control plane. */
  readonly extraConnections: readonly string[];
  /** How long registration is tried before the agent exits 1. */
  readonly registrationMs: number;
  /** As in the real agent: 30 s for a dial, 12 h for a discovered name. */
  readonly dialMs: number;
  readonly discoveryTtlMs: number;
  readonly reconnectMaxMs: number;
  /** How long a websocket is kept; the real agent closes it after 30 to 35 minutes. */
  readonly sessionMs: number;
}

export function readSettings(env: NodeJS.ProcessEnv): AgentSettings {
  const text = (name: string): string | undefined => env[name] || undefined;
  const number = (name: string, fallback: number): number => Number(env[name] ?? fallback);
  const [, host = '127.0.0.1', port = '51678'] =
    /^\[?(.*?)\]?:(\d+)$/.exec(text('LAB_INTROSPECTION') ?? '127.0.0.1:51678') ?? [];
  return {
    region: text('AWS_DEFAULT_REGION') ?? 'us-east-1',
    suffix: text('LAB_SUFFIX') ?? 'amazonaws.com',
    backendHost: text('ECS_BACKEND_HOST'),
    useFips: text('AWS_USE_FIPS_ENDPOINT') === 'true',
    ipv6Only: text('LAB_IPV6_ONLY') === 'true',
    metricsDisabled: text('ECS_DISABLE_METRICS') === 'true',
    proxy: text('HTTP_PROXY'),
    noProxy: text('NO_PROXY') ?? '',
    caFile: text('NODE_EXTRA_CA_CERTS'),
    introspection: { host, port: Number(port) },
    resolvConf: text('LAB_RESOLV_CONF') ?? '/etc/resolv.conf',
    hosts: text('LAB_HOSTS') ?? '/etc/hosts',
    log: text('LAB_AGENT_LOG') ?? '/log/ecs-agent.log',
    tasks: text('LAB_TASKS'),
    version: text('LAB_AGENT_VERSION') ?? '1.105.1',
    cluster: text('ECS_CLUSTER') ?? 'lab',
    exitOnFile: text('LAB_EXIT_ON_FILE'),
    extraConnections: (text('LAB_EXTRA_CONNECTIONS') ?? '').split(/[\s,]+/).filter((item) => item !== ''),
    registrationMs: number('LAB_REGISTRATION_MS', 5_000),
    dialMs: number('LAB_DIAL_MS', 30_000),
    discoveryTtlMs: number('LAB_DISCOVERY_TTL_MS', 12 * 3_600_000),
    reconnectMaxMs: number('LAB_RECONNECT_MAX_MS', 2_000),
    sessionMs: number('LAB_SESSION_MS', 30 * 60_000),
  };
}

/** Host (and port, where one is named) of the ECS API as the agent chooses it. */
export function apiHost(settings: AgentSettings): string {
  if (settings.backendHost !== undefined) {
    return settings.backendHost.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  }
  if (settings.ipv6Only) return `ecs.${settings.region}.api.aws`;
  return `${settings.useFips ? 'ecs-fips' : 'ecs'}.${settings.region}.${settings.suffix}`;
}
