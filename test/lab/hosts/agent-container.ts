import { once } from 'node:events';
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Engine } from './engine.ts';

/** An image with nothing in it: everything that runs is bound from the host. */
export const agentImage = 'ecs-privatelinkd-lab/agent:latest';

export interface AgentContainerOptions {
  /** Default `ecs-agent`. */
  readonly name?: string;
  /** The agent's bundle (`buildPrograms().agent`). */
  readonly program: string;
  /** The agent's environment, without PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Directories and files of the host that the agent sees at the same path (or `HOST:CONTAINER[:ro]`). */
  readonly binds?: readonly string[];
  /** Default none, as under ecs-init. */
  readonly restartPolicy?: Dockerode.HostRestartPolicy;
  /** Default true, as ecs-init creates it. */
  readonly init?: boolean;
  /** Default `host`. */
  readonly networkMode?: string;
  /** What else the Engine is told of it, such as `Dns`. */
  readonly hostConfig?: Dockerode.HostConfig;
  readonly labels?: Readonly<Record<string, string>>;
  /** From one run of the image's HEALTHCHECK to the next; default Docker's own 30 s. Three that fail: unhealthy. */
  readonly healthcheckMs?: number;
}

/**
 * The body of `POST /containers/create` for the agent's stand-in. On a real Engine the host's libraries, node and the
 * program are bound read-only into the empty image; on the embedded one the program runs where it is.
 */
export function agentSpec(
  kind: Engine['kind'],
  options: AgentContainerOptions,
): Omit<Dockerode.ContainerCreateOptions, 'name'> {
  const command = [process.execPath, options.program];
  return {
    Image: agentImage,
    Cmd: kind === 'docker' ? ['/node', '/agent.cjs'] : command,
    Env: Object.entries({ PATH: '/usr/bin:/usr/sbin', ...options.env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    HostConfig: {
      Binds: [...hostBinds(options.program), ...(options.binds ?? []).map(samePath)],
      Init: options.init ?? true,
      NetworkMode: options.networkMode ?? 'host',
      RestartPolicy: options.restartPolicy ?? { Name: 'no' },
      ...options.hostConfig,
    },
    ...(options.labels && { Labels: { ...options.labels } }),
    // Of the real agent's image; here the image is empty. The embedded Engine runs none.
    Healthcheck: {
      Test: ['CMD', '/node', '/agent.cjs', '--healthcheck'],
      Interval: (options.healthcheckMs ?? 30_000) * 1e6,
    },
  };
}

/** Creates the agent's container, the image too if need be, and starts it. */
export async function startAgentContainer(
  engine: Pick<Engine, 'kind' | 'docker'>,
  options: AgentContainerOptions,
): Promise<Dockerode.Container> {
  await importEmptyImage(engine.docker);
  const container = await engine.docker.createContainer({
    name: options.name ?? 'ecs-agent',
    ...agentSpec(engine.kind, options),
  });
  await container.start();
  return container;
}

/**
 * Writes the body from which ecs-init creates the agent's container to a file of `directory`, and makes the image if
 * need be. Resolves with the file's path.
 */
export async function writeAgentSpec(
  engine: Pick<Engine, 'kind' | 'docker'>,
  options: Omit<AgentContainerOptions, 'name'>,
  directory: string,
): Promise<string> {
  await importEmptyImage(engine.docker);
  const path = join(directory, 'agent-spec.json');
  writeFileSync(path, JSON.stringify(agentSpec(engine.kind, options)));
  return path;
}

/** Removes a container, running or not; none of that name is as well. */
export async function removeContainer(docker: Dockerode, name: string): Promise<void> {
  try {
    await docker.getContainer(name).remove({ force: true, v: true });
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** `docker import` of an empty archive, unless the image is there. */
export async function importEmptyImage(docker: Dockerode, image = agentImage): Promise<void> {
  try {
    await docker.getImage(image).inspect();
    return;
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
  const [repo, tag] = image.split(':');
  // Two blocks of zeros are a tar archive without entries.
  const progress = await docker.importImage(Readable.from([Buffer.alloc(1024)]), { repo, tag });
  progress.resume();
  await once(progress, 'end');
}

function hostBinds(program: string): string[] {
  const libraries = ['/usr', '/lib', '/lib64'].filter((path) => existsSync(path));
  return [
    ...libraries.map((path) => `${path}:${path}:ro`),
    `${realpathSync(process.execPath)}:/node:ro`,
    `${program}:/agent.cjs:ro`,
  ];
}

function samePath(bind: string): string {
  return bind.includes(':') ? bind : `${bind}:${bind}`;
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404;
}
