import { readFileSync } from 'node:fs';
import { inCheckout } from '../../lab/checkout.ts';

/** What of a task definition the ECS agent turns into a container, as far as the daemon's own uses it. */
interface TaskDefinition {
  readonly networkMode: string;
  readonly pidMode: string;
  readonly containerDefinitions: readonly [ContainerDefinition];
  readonly volumes: readonly { readonly name: string; readonly host: { readonly sourcePath: string } }[];
}

interface ContainerDefinition {
  readonly name: string;
  readonly cpu: number;
  readonly memory: number;
  readonly memoryReservation: number;
  readonly user: string;
  readonly readonlyRootFilesystem: boolean;
  readonly linuxParameters: {
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
  };
  readonly dockerSecurityOptions: readonly string[];
  readonly ulimits: readonly {
    readonly name: string;
    readonly softLimit: number;
    readonly hardLimit: number;
  }[];
  readonly stopTimeout: number;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly mountPoints: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  readonly logConfiguration: {
    readonly logDriver: string;
    readonly options: Readonly<Record<string, string>>;
  };
}

/** Fields that say nothing of the container, or of which each run decides. */
const notOfTheContainer = ['name', 'image', 'essential'];

/**
 * The flags of `docker run` that give a container what docs/install/ecs-daemon-service.json gives it.
 * @throws Error for a field of the container that this knows no flag for
 */
export function flagsOfTaskDefinition(): string[] {
  const text = readFileSync(inCheckout('docs/install/ecs-daemon-service.json'), 'utf8');
  const task: TaskDefinition = JSON.parse(text);
  const [container] = task.containerDefinitions;
  const sources = new Map(task.volumes.map(({ name, host }) => [name, host.sourcePath]));
  const flags: Record<string, readonly string[]> = {
    cpu: ['--cpu-shares', String(container.cpu)],
    memory: ['--memory', `${container.memory}m`],
    memoryReservation: ['--memory-reservation', `${container.memoryReservation}m`],
    user: ['--user', container.user],
    readonlyRootFilesystem: container.readonlyRootFilesystem ? ['--read-only'] : [],
    linuxParameters: [
      ...container.linuxParameters.capabilities.drop.flatMap((one) => ['--cap-drop', one]),
      ...container.linuxParameters.capabilities.add.flatMap((one) => ['--cap-add', one]),
    ],
    dockerSecurityOptions: container.dockerSecurityOptions.flatMap((one) => ['--security-opt', one]),
    ulimits: container.ulimits.flatMap(({ name, softLimit, hardLimit }) => [
      '--ulimit',
      `${name}=${softLimit}:${hardLimit}`,
    ]),
    stopTimeout: ['--stop-timeout', String(container.stopTimeout)],
    environment: container.environment.flatMap(({ name, value }) => ['--env', `${name}=${value}`]),
    mountPoints: container.mountPoints.flatMap(({ sourceVolume, containerPath, readOnly }) => {
      const source = sources.get(sourceVolume);
      if (source === undefined) throw new Error(`there is no volume ${sourceVolume}`);
      return ['--volume', `${source}:${containerPath}${readOnly ? ':ro' : ''}`];
    }),
    logConfiguration: [
      '--log-driver',
      container.logConfiguration.logDriver,
      ...Object.entries(container.logConfiguration.options).flatMap(([name, value]) => [
        '--log-opt',
        `${name}=${value}`,
      ]),
    ],
  };
  const unknown = Object.keys(container).filter((key) => !(key in flags) && !notOfTheContainer.includes(key));
  if (unknown.length > 0) throw new Error(`no flag for ${unknown.join(', ')}`);
  return ['--network', task.networkMode, '--pid', task.pidMode, ...Object.values(flags).flat()];
}
