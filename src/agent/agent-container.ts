import { budgets } from '../kit/budgets.ts';
import type { Instant } from '../kit/clock.ts';
import { printable } from '../kit/printable.ts';
import { credentialVariables, usedVariables } from './agent-environment.ts';
import type { AgentContainer, AgentSettings } from './agent-observation.ts';
import { agentProxy } from './agent-proxy.ts';
import { type AgentConfigFile, apiSettings, regionSetting, type UsedEnvironment } from './api-settings.ts';
import type { InspectAnswer } from './engine-answers.ts';

/** The Engine's start time of a container that never ran. */
const NEVER = '0001-01-01T00:00:00Z';

/**
 * The agent's container as inspected. `processStartMs` is the start of its first process on the monotonic clock
 * as the kernel tells it; where that is not known, the Engine's own start time is read against the wall clock.
 */
export function agentContainer(
  answer: InspectAnswer,
  processStartMs: number | undefined,
  now: Instant,
  processGone = false,
): AgentContainer {
  const { State: state } = answer;
  // The Engine says Running of a container between two runs too.
  const saysRunning = state.Running && !state.Restarting && state.Pid > 0;
  const running = saysRunning && !processGone;
  return {
    id: answer.Id,
    name: answer.Name.replace(/^\//, ''),
    image: answer.Config.Image,
    running,
    restarting: state.Restarting,
    paused: state.Paused,
    processGone: saysRunning && processGone,
    pid: running ? state.Pid : undefined,
    startedMonoMs: running ? (processStartMs ?? startByWallClock(state.StartedAt, now)) : undefined,
    startedAt: state.StartedAt,
    health: health(state.Health?.Status),
    exitCode: saysRunning || state.StartedAt === NEVER ? undefined : state.ExitCode,
    outOfMemory: !saysRunning && state.OOMKilled,
    autoRemove: answer.HostConfig.AutoRemove,
    restartPolicy: answer.HostConfig.RestartPolicy.Name || 'no',
    networkMode: answer.HostConfig.NetworkMode,
    dns: containerDns(answer.HostConfig),
  };
}

function containerDns({ Dns, DnsOptions, DnsSearch, ExtraHosts, NetworkMode }: InspectAnswer['HostConfig']) {
  return {
    nameservers: Dns,
    options: DnsOptions,
    search: DnsSearch,
    extraHosts: ExtraHosts,
    networkMode: NetworkMode,
  };
}

/** Names one process of the agent's: the Engine's start time is exact, and differs whenever it was started anew. */
export function processOf({ id, startedAt }: Pick<AgentContainer, 'id' | 'startedAt'>): string {
  return `${id} ${startedAt}`;
}

/** Of the agent's environment, what is used. */
export function usedEnvironment(answer: InspectAnswer): UsedEnvironment {
  const environment = new Map<Parameters<UsedEnvironment['get']>[0], string>();
  for (const entry of answer.Config.Env) {
    const equals = entry.indexOf('=');
    const value = entry.slice(equals + 1);
    const isNamed = (one: string) => one === entry.slice(0, equals);
    const name = usedVariables.find(isNamed);
    if (name !== undefined) environment.set(name, value);
    const credential = credentialVariables.find(isNamed);
    if (credential !== undefined) environment.set(credential, value && 'set');
  }
  return environment;
}

/** The settings of the agent that decide where it connects to reach `controlPlaneHosts`. */
export function agentSettings(
  environment: UsedEnvironment,
  file: AgentConfigFile | undefined,
  controlPlaneHosts: readonly string[],
): AgentSettings {
  const shown = (text: string | undefined) => text && printable(text, budgets.nameLength);
  return {
    api: apiSettings(environment, file),
    region: regionSetting(environment, file),
    proxy: shown(agentProxy(environment, controlPlaneHosts)),
    noProxy: shown(environment.get('NO_PROXY')),
    metricsDisabled: isGoTrue(environment.get('ECS_DISABLE_METRICS')),
    trust: { file: environment.get('SSL_CERT_FILE'), directories: environment.get('SSL_CERT_DIR') },
    ownCredentials: credentialVariables.filter((name) => environment.get(name)).join(', ') || undefined,
  };
}

/** What Go's strconv.ParseBool, with which the agent reads its switches, takes for true. */
function isGoTrue(value: string | undefined): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value?.trim() ?? '');
}

function startByWallClock(startedAt: string, now: Instant): number | undefined {
  const startedMs = Date.parse(startedAt);
  return Number.isNaN(startedMs) ? undefined : now.monoMs - (now.wallMs - startedMs);
}

function health(status: string | undefined): AgentContainer['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}
