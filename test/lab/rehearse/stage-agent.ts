import { messageOf } from '../../../src/kit/problem.ts';
import {
  type AgentContainerOptions,
  removeContainer,
  startAgentContainer,
  writeAgentSpec,
} from '../hosts/agent-container.ts';
import type { Engine } from '../hosts/engine.ts';
import { identify } from '../processes.ts';
import { hasCredentialRoutes } from '../stand-ins/ecs-init/credential-routes.ts';
import { type EcsUnit, startEcsUnit } from '../stand-ins/ecs-unit.ts';
import { type AgentWatch, shortId, watchAgent } from './agent-watch.ts';
import type { CredentialRoutes, Supervision } from './summary.ts';
import type { Timeline } from './timeline.ts';

export interface StageAgentOptions {
  readonly engine: Pick<Engine, 'kind' | 'docker' | 'socketPath'>;
  readonly name: string;
  readonly container: Omit<AgentContainerOptions, 'name'>;
  /** The ecs-init stand-in, which then runs the agent; undefined: a host without ecs-init. */
  readonly ecsInit: string | undefined;
  /** Why the task-credential NAT rules must not be made here. */
  readonly withoutRoutes: string | undefined;
  /** For the stand-in's files. */
  readonly directory: string;
  /** Told of the stand-in's process as soon as it is there. */
  readonly onSupervisor: (pid: number) => void;
}

/** The agent, and who starts it again. */
export interface StageAgent {
  /** The id of the container at each start so far. */
  starts(): readonly string[];
  /** Looks who supervises the agent now, tells of it, and of the task-credential NAT rules. */
  supervision(): Promise<Supervision>;
  close(): Promise<void>;
}

/** Starts the agent as the host would: by ecs-init, or as a container with a restart policy of its own. */
export async function startStageAgent(options: StageAgentOptions, timeline: Timeline): Promise<StageAgent> {
  const { engine, name, ecsInit } = options;
  const { docker } = engine;
  const watch = await watchAgent(docker, name, timeline);
  let unit: EcsUnit | undefined;
  const close = async () => {
    // First: what the cleaning up brings about is of no interest.
    watch.close();
    try {
      await unit?.close();
    } finally {
      await removeContainer(docker, name);
    }
  };
  try {
    if (ecsInit === undefined) {
      await startAgentContainer(engine, {
        ...options.container,
        name,
        restartPolicy: { Name: 'on-failure', MaximumRetryCount: 10 },
        init: false,
      });
    } else {
      unit = await startEcsUnit({
        program: ecsInit,
        socketPath: engine.socketPath,
        agentSpecFile: await writeAgentSpec(engine, options.container, options.directory),
        agentName: name,
        withoutRoutes: options.withoutRoutes,
        onMessage: (message) => timeline.tell('ecs-init', 'message', message),
      });
      options.onSupervisor(unit.pid);
      tellRoutesMade(unit, timeline);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    starts: watch.starts,
    supervision: async () => {
      if (unit === undefined) {
        return { supervised: 'none', nat: 'none' };
      }
      const whyNot = whyNotSupervised(unit, watch, await runningId(engine, name));
      const which = watch.starts().length > 1 ? 'the new container' : 'the container, still the first';
      const text = whyNot ?? `ecs-init (process ${unit.pid}) is alive and owns ${which}`;
      timeline.tell('rehearse', 'supervision', text, { supervised: whyNot === undefined });
      return { supervised: whyNot === undefined, nat: checkRoutes(unit, timeline) };
    },
    close,
  };
}

function tellRoutesMade({ withoutRoutes }: EcsUnit, timeline: Timeline): void {
  const text =
    withoutRoutes === undefined
      ? 'NAT rules made: 169.254.170.2:80 is the agent, for task credentials'
      : `no NAT rules for task credentials (nat=unavailable): ${withoutRoutes}`;
  timeline.tell('ecs-init', 'nat', text, { nat: withoutRoutes === undefined ? 'present' : 'unavailable' });
}

function whyNotSupervised(unit: EcsUnit, watch: AgentWatch, running: string | undefined): string | undefined {
  if (identify(unit.pid) === undefined) {
    return `ecs-init (process ${unit.pid}) has ended: nothing supervises the agent`;
  }
  if (running === undefined) {
    return "the agent's container does not run";
  }
  const [first, ...more] = watch.starts();
  if (running === first && more.length > 0) {
    return `${shortId(running)} was started again: ecs-init has not created a new container`;
  }
  const owned = [...unit.output().matchAll(/Agent started as container (\w+)/g)].at(-1)?.[1];
  return owned === shortId(running)
    ? undefined
    : `the container is ${shortId(running)}, but the one that ecs-init started is ${owned}`;
}

async function runningId({ docker }: Pick<Engine, 'docker'>, name: string): Promise<string | undefined> {
  try {
    const { Id, State } = await docker.getContainer(name).inspect();
    return State.Running ? Id : undefined;
  } catch {
    return undefined;
  }
}

function checkRoutes({ withoutRoutes }: EcsUnit, timeline: Timeline): CredentialRoutes {
  let nat: CredentialRoutes;
  let text: string;
  if (withoutRoutes === undefined) {
    try {
      nat = hasCredentialRoutes() ? 'present' : 'missing';
      text = `NAT rules for task credentials (169.254.170.2): ${nat}`;
    } catch (error) {
      nat = 'unavailable';
      text = `NAT rules for task credentials not checked: ${messageOf(error)}`;
    }
  } else {
    nat = 'unavailable';
    text = `NAT rules for task credentials not checked (nat=unavailable): ${withoutRoutes}`;
  }
  timeline.tell('rehearse', 'nat', text, { nat });
  return nat;
}
