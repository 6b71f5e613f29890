import { createMemory } from '../kit/age.ts';
import type { Clock } from '../kit/clock.ts';
import { type Problem, ProblemError } from '../kit/problem.ts';
import { createAgentConfigReader } from './agent-config-reader.ts';
import { agentContainer, agentSettings, processOf } from './agent-container.ts';
import { type UsedEnvironment, usedEnvironment } from './agent-environment.ts';
import type {
  AgentContainer,
  AgentObservation,
  AgentRegistration,
  Supervision,
  SupervisionReader,
} from './agent-observation.ts';
import { type PathLimits, pathLimits } from './agent-path.ts';
import { type ConnectionsLook, createAgentPathReader } from './agent-path-reader.ts';
import { isProcessGone, readProcessStat } from './agent-process.ts';
import type { AgentConfigFile } from './api-settings.ts';
import { ecsConfigFiles as defaultConfigFiles, withEcsConfig } from './ecs-config.ts';
import type { InspectAnswer } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';
import { countTasksStarting, type IntrospectionAddress, readMetadata } from './introspection.ts';
import { introspectionForeign } from './introspection-answers.ts';
import { introspectionListener } from './introspection-listener.ts';

export interface AgentReaderOptions {
  readonly engine: Pick<EngineClient, 'inspect'>;
  readonly supervision: SupervisionReader;
  readonly clock: Clock;
  /** Name of the agent's container. */
  readonly containerName: string;
  /** Whether an address counts as private, by the VPC's CIDRs as they are known at the time of the look. */
  readonly isPrivate: (address: string) => boolean;
  readonly logPath: string | undefined;
  readonly introspection: IntrospectionAddress;
  readonly procDir: string;
  /** What ecs-init reads for each container that it makes; default `ecsConfigFiles`. */
  readonly ecsConfigFiles?: readonly string[];
  /** What it takes to call a path private, or an agent disconnected; default `pathLimits`. */
  readonly limits?: PathLimits;
}

export interface AgentLook extends ConnectionsLook {
  /** The hosts for which the agent's proxy settings are judged. */
  readonly controlPlaneHosts: readonly string[];
}

export interface AgentReader {
  /** Rejects only with the signal's reason. */
  look(look: AgentLook, signal: AbortSignal): Promise<AgentObservation>;
  /** It may be another agent than a moment ago: whatever is remembered of it is too old. */
  forget(): void;
}

const unregistered: AgentRegistration = {
  registered: false,
  version: undefined,
  cluster: undefined,
  containerInstanceArn: undefined,
  introspection: undefined,
  tasksStarting: undefined,
};

export function createAgentReader(options: AgentReaderOptions): AgentReader {
  const { engine, supervision, clock, containerName, isPrivate } = options;
  const { logPath, introspection, procDir, limits = pathLimits } = options;
  const { ecsConfigFiles = defaultConfigFiles } = options;
  const pathReader = createAgentPathReader({ clock, procDir, limits, isPrivate, logPath });
  const readConfig = createAgentConfigReader(procDir);
  const monotonicMs = () => clock.now().monoMs;
  const inspected = createMemory<Inspected>(monotonicMs);
  /** What the process `of` told of itself. An agent stays registered until its process ends. */
  const registered = createMemory<AgentRegistration>(monotonicMs);
  let of = '';
  let answered: AgentRegistration['introspection'];

  /** Undefined when there is no such container. */
  async function inspect(maxAgeMs: number, signal: AbortSignal): Promise<Inspected | undefined> {
    const known = inspected.recall(maxAgeMs);
    if (known?.processStartMs !== undefined) {
      if (readProcessStart(procDir, known.answer.State.Pid) === known.processStartMs) return known;
    }
    inspected.forget();
    const answer = await engine.inspect(containerName, signal);
    if (answer === undefined) return undefined;
    const pid = answer.State.Pid;
    const environment = usedEnvironment(answer.Config.Env);
    const now = {
      answer,
      processStartMs: pid > 0 ? readProcessStart(procDir, pid) : undefined,
      environment,
      ofEcsInit: withEcsConfig(environment, ecsConfigFiles),
      file: readConfig(environment, pid > 0 ? pid : undefined),
    };
    inspected.keep(now);
    return now;
  }

  async function askIntrospection(pid: number | undefined, signal: AbortSignal): Promise<void> {
    const { state, ...told } = await (isForeign(pid)
      ? { state: 'foreign' as const }
      : readMetadata(introspection, signal));
    answered = state;
    if (state === 'not-registered') registered.forget();
    if (state === 'registered') {
      registered.keep({ ...unregistered, ...told, registered: true, introspection: state });
    }
  }

  async function registration(
    container: AgentContainer,
    maxAgeMs: AgentLook['maxAgeMs'],
    signal: AbortSignal,
  ): Promise<AgentRegistration> {
    const process = processOf(container);
    if (!container.running || of !== process) {
      registered.forget();
      answered = undefined;
    }
    of = process;
    if (!container.running) return unregistered;
    if (registered.recall(maxAgeMs.registration ?? Number.POSITIVE_INFINITY) === undefined) {
      await askIntrospection(container.pid, signal);
    }
    const known = registered.recall(Number.POSITIVE_INFINITY);
    const told = { ...(known ?? unregistered), introspection: answered };
    if (!told.registered || maxAgeMs.tasks === undefined || isForeign(container.pid)) return told;
    return { ...told, tasksStarting: await countTasksStarting(introspection, signal) };
  }

  /** Before each question: any user may have taken the port while the agent was restarted, and answer what it likes. */
  function isForeign(pid: number | undefined): boolean {
    return pid !== undefined && introspectionListener(procDir, pid, introspection) === 'another';
  }

  return {
    forget() {
      inspected.forget();
      pathReader.forget();
      supervision.forget();
    },

    async look(look, signal) {
      const { maxAgeMs } = look;
      const lookMs = monotonicMs();
      const ages = { agent: 0, ...onlyNow(maxAgeMs) };
      let seen: Inspected | undefined;
      try {
        seen = await inspect(maxAgeMs.inspect ?? Number.POSITIVE_INFINITY, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof ProblemError)) throw thrown;
        const { unit } = await supervision.look(undefined, maxAgeMs, signal);
        const { message } = thrown.problem;
        return {
          ...absent(thrown.problem),
          ...supervisedBy({ by: 'unknown', evidence: message, unit }),
          ages,
        };
      }
      if (seen === undefined) {
        return {
          ...absent(undefined),
          saying: pathReader.sayingWithout(undefined),
          ...supervisedBy(await supervision.look(undefined, maxAgeMs, signal)),
          ages,
        };
      }
      const { answer, processStartMs, environment, ofEcsInit, file } = seen;
      const { Pid: pid } = answer.State;
      const gone = processStartMs === undefined && pid > 0 && isProcessGone(procDir, pid);
      const container = agentContainer(answer, processStartMs, clock.now(), gone);
      const told = await registration(container, maxAgeMs, signal);
      const supervised = supervisedBy(await supervision.look(container, maxAgeMs, signal));
      const environments = {
        running: environment,
        next: supervised.supervisor === 'ecs-init' ? ofEcsInit : environment,
      };
      const settings = agentSettings(environments, file, look.controlPlaneHosts);
      const seenPath = pathReader.look({ container, settings, registered: told.registered }, look);
      return {
        engineProblem: undefined,
        container,
        settings,
        ...supervised,
        registration: told,
        path: seenPath.path,
        saying:
          seenPath.saying ??
          (told.introspection === 'foreign' ? introspectionForeign(introspection) : undefined),
        ages: {
          ...ages,
          inspect: inspected.ageAt(lookMs),
          registration: registered.ageAt(lookMs),
          sockets: pathReader.ageAt(lookMs),
        },
      };
    },
  };
}

/** What the Engine said, and when the process that it named had started on the kernel's clock. */
interface Inspected {
  readonly answer: InspectAnswer;
  readonly processStartMs: number | undefined;
  readonly environment: UsedEnvironment;
  /** That of its next container, if ecs-init makes it. */
  readonly ofEcsInit: UsedEnvironment;
  /** The agent reads it at its start only, so that it matters for the next one. */
  readonly file: AgentConfigFile | undefined;
}

/** Of the sources whose answers are not kept, those that this look asks. */
function onlyNow({ tasks, log, unit }: AgentLook['maxAgeMs']): AgentObservation['ages'] {
  const asked = (maxMs: number | undefined) => (maxMs === undefined ? undefined : 0);
  return { tasks: asked(tasks), log: asked(log), unit: asked(unit) };
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

function supervisedBy({ by, unit, evidence }: Supervision) {
  return { supervisor: by, supervisorEvidence: evidence, unit };
}

type Supervised = ReturnType<typeof supervisedBy>;

/** No container, or no Engine to ask for it. */
function absent(engineProblem: Problem | undefined): Omit<AgentObservation, keyof Supervised | 'ages'> {
  return {
    engineProblem,
    container: undefined,
    settings: undefined,
    registration: unregistered,
    path: {
      path: engineProblem === undefined ? 'none' : 'unknown',
      evidence: engineProblem?.message ?? 'there is no agent container',
      connections: [],
      lastWebsocketHost: undefined,
      connectedMonoMs: undefined,
      tcs: 'unknown',
      publicSeen: undefined,
    },
    saying: undefined,
  };
}
