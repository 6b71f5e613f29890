import type { Container } from './container.ts';
import type { StopOrder } from './event-log.ts';

/** The oldest and newest API version that the embedded Engine serves, such as `1.24`. */
export interface ApiVersions {
  readonly minimum: string;
  readonly maximum: string;
}

/** `1.9` < `1.24` */
export function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

export const platformName = 'embedded stand-in of ecs-privatelinkd, not Docker';

/** `GET /version` */
export function describeVersion(versions: ApiVersions, stopOrder: StopOrder): Record<string, unknown> {
  return {
    Platform: { Name: platformName },
    Components: [
      {
        Name: 'Engine',
        Version: 'embedded',
        Details: { ApiVersion: versions.maximum, StopOrder: stopOrder },
      },
    ],
    Version: 'embedded',
    ApiVersion: versions.maximum,
    ...(since('1.25', versions) && { MinAPIVersion: versions.minimum }),
    Os: 'linux',
    Arch: process.arch,
  };
}

/** `GET /info` */
export function describeInfo(containers: readonly Container[]): Record<string, unknown> {
  const running = containers.filter((container) => container.running).length;
  return {
    ID: 'embedded',
    Name: 'embedded',
    ServerVersion: 'embedded',
    OperatingSystem: platformName,
    OSType: 'linux',
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: containers.length - running,
    SecurityOptions: [],
  };
}

/** `GET /containers/NAME/json` */
export function describeContainer(container: Container, versions: ApiVersions): Record<string, unknown> {
  const { body } = container;
  const [path = '', ...args] = [...body.Entrypoint, ...body.Cmd];
  return {
    Id: container.id,
    Created: container.created.toISOString(),
    Path: path,
    Args: args,
    State: {
      Status: container.status,
      Running: container.running,
      Paused: false,
      Restarting: container.status === 'restarting',
      OOMKilled: false,
      Dead: false,
      Pid: container.pid,
      ExitCode: container.exitCode,
      Error: '',
      StartedAt: container.startedAt,
      FinishedAt: container.finishedAt,
    },
    Image: container.imageId,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'none',
    Platform: 'linux',
    Mounts: [],
    HostConfig: {
      Binds: body.HostConfig.Binds,
      NetworkMode: body.HostConfig.NetworkMode,
      RestartPolicy: body.HostConfig.RestartPolicy,
      ...(since('1.25', versions) && { Init: body.HostConfig.Init }),
    },
    Config: {
      Env: body.Env,
      Cmd: body.Cmd,
      Entrypoint: body.Entrypoint.length === 0 ? null : body.Entrypoint,
      Image: body.Image,
      Labels: body.Labels,
      ...(body.StopSignal !== undefined && { StopSignal: body.StopSignal }),
    },
    NetworkSettings: { Networks: { [body.HostConfig.NetworkMode]: {} } },
  };
}

/** One entry of `GET /containers/json` */
export function summariseContainer(container: Container): Record<string, unknown> {
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.body.Image,
    ImageID: container.imageId,
    Command: [...container.body.Entrypoint, ...container.body.Cmd].join(' '),
    Created: Math.floor(container.created.getTime() / 1000),
    State: container.status,
    Status: container.status,
    Labels: container.body.Labels,
    Ports: [],
    Mounts: [],
    HostConfig: { NetworkMode: container.body.HostConfig.NetworkMode },
  };
}

function since(version: string, versions: ApiVersions): boolean {
  return compareVersions(versions.maximum, version) >= 0;
}
