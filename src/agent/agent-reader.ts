import type { EndpointAddress } from '../endpoints/endpoint-observation.ts';
import type { Clock } from '../kit/clock.ts';
import { readTail } from '../kit/files.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import { agentContainer, agentSettings } from './agent-container.ts';
import { LOG_TAIL_BYTES, lastWebsocketHost } from './agent-log.ts';
import type {
  AgentContainer,
  AgentObservation,
  AgentPathEvidence,
  AgentRegistration,
} from './agent-observation.ts';
import { agentPath, privateAcsConnection } from './agent-path.ts';
import { readProcessStat } from './agent-process.ts';
import { type AgentSockets, createAgentSocketReader } from './agent-sockets.ts';
import type { InspectAnswer } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';
import { countTasksStarting, type IntrospectionAddress, readMetadata } from './introspection.ts';
import { createSupervisorDetector } from './supervisor.ts';
import { readSupervisorUnit, type Systemctl } from './systemctl.ts';

export interface AgentReaderOptions {
  readonly engine: Pick<EngineClient, 'inspect'>;
  readonly systemctl: Systemctl;
  readonly clock: Clock;
  /** Name of the agent's container. */
  readonly containerName: string;
  /** Whether an address counts as private, by the VPC's CIDRs as they are known at the time of the look. */
  readonly isPrivate: (address: string) => boolean;
  readonly logPath: string | undefined;
  readonly unitName: string;
  readonly introspection: IntrospectionAddress;
  readonly procDir: string;
}

export interface AgentLook {
  /** What `ecs-a` answers now. */
  readonly acsAddresses: readonly EndpointAddress[];
  /** The hosts for which the agent's proxy settings are judged. */
  readonly controlPlaneHosts: readonly string[];
  /**
   * `light`: the container, its supervisor and its path; registration while it is not known of this process;
   * the agent's log where its sockets leave the path open. `full`: registration, tasks, sockets, log and
   * systemd's view of the unit in any case, nothing remembered.
   */
  readonly detail: 'light' | 'full';
  /** What the Engine said of this very process may stand for a few minutes: its events tell of every other one. */
  readonly recall?: boolean;
}

/** Health and restart policy are shown too, and no event is followed that tells of them. */
const RECALL_MS = 300_000;

export interface AgentReader {
  /** Rejects only with the signal's reason. */
  look(look: AgentLook, signal: AbortSignal): Promise<AgentObservation>;
}

const unregistered: AgentRegistration = {
  registered: false,
  version: undefined,
  cluster: undefined,
  containerInstanceArn: undefined,
  tasksStarting: undefined,
};

export function createAgentReader(options: AgentReaderOptions): AgentReader {
  const { engine, systemctl, clock, containerName, isPrivate } = options;
  const { logPath, unitName, introspection, procDir } = options;
  const supervisors = createSupervisorDetector(clock, procDir);
  const socketReader = createAgentSocketReader(clock, procDir);
  /** What the process `of` told of itself. An agent stays registered until its process ends. */
  let known = { of: '', registration: unregistered };
  let inspected: Inspected | undefined;

  /** Undefined when there is no such container. */
  async function inspect(recall: boolean, signal: AbortSignal): Promise<Inspected | undefined> {
    const { monoMs } = clock.now();
    if (recall && inspected !== undefined && monoMs - inspected.atMs < RECALL_MS) {
      const { processStartMs, answer } = inspected;
      if (processStartMs !== undefined && readProcessStart(procDir, answer.State.Pid) === processStartMs)
        return inspected;
    }
    inspected = undefined;
    const answer = await engine.inspect(containerName, signal);
    if (answer === undefined) return undefined;
    const pid = answer.State.Pid;
    const processStartMs = pid > 0 ? readProcessStart(procDir, pid) : undefined;
    inspected = { answer, processStartMs, atMs: monoMs };
    return inspected;
  }

  async function registration(
    container: AgentContainer,
    detail: AgentLook['detail'],
    signal: AbortSignal,
  ): Promise<AgentRegistration> {
    const process = `${container.id} ${container.startedAt}`;
    if (!container.running || known.of !== process) known = { of: process, registration: unregistered };
    if (!container.running) return unregistered;
    if (detail === 'full' || !known.registration.registered) {
      const { state, ...told } = await readMetadata(introspection, signal);
      if (state !== 'unclear')
        known.registration = { ...unregistered, ...told, registered: state === 'registered' };
    }
    if (detail === 'light' || !known.registration.registered) return known.registration;
    return { ...known.registration, tasksStarting: await countTasksStarting(introspection, signal) };
  }

  function websocketHostInLog({ startedAt }: AgentContainer): string | undefined {
    const log = logPath === undefined ? undefined : readTail(logPath, LOG_TAIL_BYTES);
    const startedMs = Date.parse(startedAt);
    return lastWebsocketHost(log ?? '', Number.isNaN(startedMs) ? undefined : startedMs);
  }

  function path(container: AgentContainer, registered: boolean, look: AgentLook): AgentPathEvidence {
    const recalled = look.recall ? privateAcsConnection(look.acsAddresses) : 'same-sockets';
    const sockets: AgentSockets =
      container.pid === undefined
        ? { connections: [] }
        : socketReader.read(container.pid, look.detail === 'full' ? 'afresh' : recalled);
    const judge = (host: string | undefined) =>
      agentPath({
        running: container.running,
        sockets,
        acsAddresses: look.acsAddresses,
        registered,
        lastWebsocketHost: host,
        isPrivate,
      });
    const seen = judge(undefined);
    // The log may settle what the sockets leave open. While `ecs-a` itself is public nothing hangs on it.
    const open = seen.path === 'public' || seen.path === 'unknown';
    const worthwhile = look.detail === 'full' || (open && look.acsAddresses.some((one) => one.private));
    if (!container.running || !worthwhile) return seen;
    return judge(websocketHostInLog(container));
  }

  return {
    async look(look, signal) {
      const unit = look.detail === 'full' ? await readSupervisorUnit(systemctl, unitName, signal) : undefined;
      let seen: Inspected | undefined;
      try {
        seen = await inspect(look.recall === true && look.detail === 'light', signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof ProblemError)) throw thrown;
        return { ...absent(thrown.problem), unit };
      }
      if (seen === undefined)
        return { ...absent(undefined), unit, supervisor: supervisors.detect(undefined, unit) };

      const { answer, processStartMs } = seen;
      const container = agentContainer(answer, processStartMs, clock.now());
      const told = await registration(container, look.detail, signal);
      return {
        engineProblem: undefined,
        container,
        settings: agentSettings(answer, look.controlPlaneHosts),
        supervisor: supervisors.detect(container, unit),
        unit,
        registration: told,
        path: path(container, told.registered, look),
      };
    },
  };
}

/** What the Engine said, and when the process that it named had started on the kernel's clock. */
interface Inspected {
  readonly answer: InspectAnswer;
  readonly processStartMs: number | undefined;
  readonly atMs: number;
}

/** Undefined when it has ended, or /proc cannot be read. */
function readProcessStart(procDir: string, pid: number): number | undefined {
  try {
    const stat = readProcessStat(procDir, pid);
    return stat?.zombie === false ? stat.startedMonoMs : undefined;
  } catch {
    return undefined;
  }
}

/** No container, or no Engine to ask for it. */
function absent(engineProblem: Problem | undefined): AgentObservation {
  return {
    engineProblem,
    container: undefined,
    settings: undefined,
    supervisor: 'unknown',
    unit: undefined,
    registration: unregistered,
    path: {
      path: engineProblem === undefined ? 'none' : 'unknown',
      evidence: engineProblem?.message ?? 'there is no agent container',
      connections: [],
      lastWebsocketHost: undefined,
    },
  };
}
