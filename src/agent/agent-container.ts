import { budgets } from '../kit/budgets.ts';
import type { Instant } from '../kit/clock.ts';
import { printable } from '../kit/printable.ts';
import { credentialVariables, type UsedEnvironment } from './agent-environment.ts';
import type { AgentContainer, AgentSettings } from './agent-observation.ts';
import { agentProxy } from './agent-proxy.ts';
import { type AgentConfigFile, apiSettings, regionSetting } from './api-settings.ts';
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

/**
 * The settings that decide where the next agent connects to reach `controlPlaneHosts`, and of the one that runs whether it
 * sends metrics.
 */
export function agentSettings(
  { running, next }: Readonly<Record<'running' | 'next', UsedEnvironment>>,
  file: AgentConfigFile | undefined,
  controlPlaneHosts: readonly string[],
): AgentSettings {
  const shown = (text: string | undefined) => text && printable(text, budgets.nameLength);
  return {
    api: apiSettings(next, file),
    region: regionSetting(next, file),
    proxy: shown(agentProxy(next, controlPlaneHosts)),
    noProxy: shown(next.get('NO_PROXY')),
    metricsDisabled: isGoTrue(running.get('ECS_DISABLE_METRICS')),
    trust: { file: next.get('SSL_CERT_FILE'), directories: next.get('SSL_CERT_DIR') },
    ownCredentials: credentialVariables.filter((name) => next.get(name)).join(', ') || undefined,
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
