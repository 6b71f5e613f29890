import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usedEnvironment } from '../../../src/agent/agent-environment.ts';
import type { InspectAnswer } from '../../../src/agent/engine-answers.ts';

export const containerId = '3f2a'.padEnd(64, '0');

/** What the Engine answers for a running agent, parts of it replaced. */
export function inspectAnswer(parts: {
  state?: Partial<InspectAnswer['State']>;
  env?: string[];
  autoRemove?: boolean;
  restartPolicy?: InspectAnswer['HostConfig']['RestartPolicy']['Name'];
}): InspectAnswer {
  return {
    Id: containerId,
    Name: '/ecs-agent',
    Config: { Image: 'amazon/amazon-ecs-agent:latest', Env: parts.env ?? [] },
    HostConfig: {
      NetworkMode: 'host',
      AutoRemove: parts.autoRemove ?? false,
      Dns: [],
      DnsOptions: [],
      DnsSearch: [],
      ExtraHosts: [],
      RestartPolicy: { Name: parts.restartPolicy ?? 'no' },
    },
    State: {
      Running: true,
      Paused: false,
      Restarting: false,
      Pid: 4242,
      ExitCode: 0,
      OOMKilled: false,
      StartedAt: '2026-01-01T00:00:00.123456789Z',
      Health: null,
      ...parts.state,
    },
  };
}

export interface FakeEngine {
  readonly socketPath: string;
  /** `METHOD path?query` of each request so far. */
  readonly requests: readonly string[];
  /** Connections that are open now. */
  openConnections(): number;
  close(): Promise<void>;
}

/** An HTTP server on a unix socket that answers as told. */
export async function startEngine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeEngine> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`);
    answer(request, response);
  });
  return { requests, ...(await serve(server)) };
}

/** A server on a unix socket that speaks whatever `talk` says, HTTP or not. */
export async function startRawEngine(talk: (socket: Socket) => void): Promise<FakeEngine> {
  return { requests: [], ...(await serve(createSocketServer(talk))) };
}

async function serve(server: ReturnType<typeof createSocketServer>): Promise<Omit<FakeEngine, 'requests'>> {
  const directory = await mkdtemp(join(tmpdir(), 'engine-'));
  const socketPath = join(directory, 'docker.sock');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  return {
    socketPath,
    openConnections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(directory, { recursive: true });
    },
  };
}

/** The environment of an agent whose next container will have the same. */
export function environmentsOf(answer: InspectAnswer) {
  const environment = usedEnvironment(answer.Config.Env);
  return { running: environment, next: environment };
}
