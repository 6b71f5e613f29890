import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { dockerAt } from '../../hosts/docker-client.ts';
import type { Engine } from '../../hosts/engine.ts';
import { claimDirectory, leftDirectories } from '../../owned-directory.ts';
import { ApiError, NotModified } from './api-error.ts';
import { ContainerStore } from './container-store.ts';
import { type ApiVersions, compareVersions, platformName } from './descriptions.ts';
import { EventLog, type StopOrder } from './event-log.ts';
import { type EngineFault, type EngineFaults, sendBody } from './faults.ts';
import { answer, type EngineState } from './routes.ts';

/**
 * A stand-in for the Docker Engine where there is none: the part of its API that the daemon and the rehearsal use,
 * with processes of the host for containers. Images are names alone; binds and network modes are noted, not acted on.
 */
export interface EmbeddedEngine extends Engine {
  readonly kind: 'embedded';
  readonly faults: EngineFaults;
  /** What the containers wrote is here, in `NAME.log`. */
  readonly outputDirectory: string;
}

export interface EmbeddedEngineOptions {
  readonly versions?: ApiVersions;
  /** Default: `die-stop`, as Engine 20.10 has it. */
  readonly stopOrder?: StopOrder;
  /** Told once that this is not Docker. Default: standard error. */
  readonly announce?: (line: string) => void;
  /** Told of every request as it arrives, e.g. `POST /containers/ID/kill`, whatever becomes of it. */
  readonly onRequest?: (request: string) => void;
}

const shutdownSeconds = 10;
/** sockaddr_un's 108 bytes without the zero (unix(7)). */
const longestSocketPath = 107;

/** Starts an embedded Engine on a socket in a directory of its own. */
export async function startEmbeddedEngine(options: EmbeddedEngineOptions = {}): Promise<EmbeddedEngine> {
  for (const directory of leftDirectories('embedded')) {
    rmSync(directory, { recursive: true, force: true });
  }
  const directory = claimDirectory('embedded');
  const outputDirectory = join(directory, 'output');
  mkdirSync(outputDirectory);
  const socketPath = join(directory, 'docker.sock');
  const events = new EventLog(options.stopOrder ?? 'die-stop');
  const state: EngineState = {
    events,
    store: new ContainerStore(events, outputDirectory),
    eventStreams: new Set(),
    versions: options.versions ?? { minimum: '1.12', maximum: '1.41' },
  };
  let fault: EngineFault | undefined;
  let faultOnly: RegExp | undefined;
  /** Requests that `hang` holds back. */
  const held: (() => void)[] = [];

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path, query, version } = parseTarget(message.url ?? '/');
    options.onRequest?.(`${message.method} ${path}`);
    const applies = () => ((faultOnly?.test(path) ?? true) ? fault : undefined);
    while (applies() === 'hang') {
      await new Promise<void>((resolve) => held.push(resolve));
    }
    response.setHeader('server', 'embedded (linux)');
    response.setHeader('api-version', state.versions.maximum);
    try {
      checkVersion(version, state.versions);
      const method = message.method ?? 'GET';
      // A stream of events has no body to be spoilt: whatever answers wrongly does not open one.
      const spoilt = path === '/events' && applies() !== undefined;
      const result = spoilt
        ? { status: 200, body: '' }
        : await answer({ method, path, query, message, response }, state);
      if (result !== undefined) {
        sendBody(response, result.status, method === 'HEAD' ? '' : result.body, applies());
      }
    } catch (error) {
      const [status, body] = describeError(error);
      sendBody(response, status, body, undefined);
    }
  };
  const release = () => {
    for (const resolve of held.splice(0)) {
      resolve();
    }
  };

  let server = await listen(socketPath, serve);
  const stopListening = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const setFault = async (next: EngineFault | undefined, only?: RegExp): Promise<void> => {
    fault = next;
    faultOnly = only;
    release();
    const shouldListen = next !== 'refuse' && next !== 'absent';
    if (server.listening && !shouldListen) {
      await stopListening();
    }
    if (next === 'absent') {
      rmSync(socketPath, { force: true });
    }
    if (!server.listening && shouldListen) {
      server = await listen(socketPath, serve);
    }
  };

  (options.announce ?? ((line) => process.stderr.write(`${line}\n`)))(`Engine: ${platformName}`);
  return {
    kind: 'embedded',
    socketPath,
    docker: dockerAt(socketPath),
    outputDirectory,
    faults: {
      set: setFault,
      closeEventStreams: () => {
        for (const response of state.eventStreams) {
          response.end();
        }
      },
      setApiVersions: (versions) => {
        state.versions = versions;
      },
    },
    pause: () => {
      fault = 'hang';
      faultOnly = undefined;
    },
    resume: () => {
      fault = undefined;
      release();
    },
    restart: async () => {
      await setFault('refuse');
      const containers = state.store.all();
      const startAgain = await Promise.all(
        containers.map((container) => container.shutDown(shutdownSeconds)),
      );
      for (const container of containers.filter((_, index) => startAgain[index])) {
        container.start();
      }
      await setFault(undefined);
    },
    close: async () => {
      await setFault('absent');
      await Promise.all(state.store.all().map((container) => container.remove(true)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function listen(
  socketPath: string,
  serve: (message: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  // The kernel cuts off what is too long, and libuv does not tell.
  if (Buffer.byteLength(`${socketPath}.new`) > longestSocketPath) {
    throw new Error(
      `${socketPath} is too long for a socket: set TMPDIR to a shorter directory, such as /tmp`,
    );
  }
  const server = createServer((message, response) => void serve(message, response));
  server.keepAliveTimeout = 0;
  // libuv removes the path it has bound when the server closes. Under another name the socket stays behind then,
  // with nobody listening, as a dockerd that died leaves it.
  server.listen(`${socketPath}.new`);
  await once(server, 'listening');
  renameSync(`${socketPath}.new`, socketPath);
  return server;
}

function parseTarget(target: string) {
  const url = new URL(target, 'http://engine');
  const [, version, path] = /^\/v(\d+\.\d+)(\/.*)$/.exec(url.pathname) ?? [];
  return { path: path ?? url.pathname, version, query: url.searchParams };
}

/** Both refusals in the Engine's own words. */
function checkVersion(version: string | undefined, { minimum, maximum }: ApiVersions): void {
  if (version === undefined) {
    return;
  }
  if (compareVersions(version, minimum) < 0) {
    throw new ApiError(
      400,
      `client version ${version} is too old. Minimum supported API version is ${minimum}, please upgrade your client to a newer version`,
    );
  }
  if (compareVersions(version, maximum) > 0) {
    throw new ApiError(
      400,
      `client version ${version} is too new. Maximum supported API version is ${maximum}`,
    );
  }
}

function describeError(error: unknown): [status: number, body: string] {
  if (error instanceof NotModified) {
    return [304, ''];
  }
  const status = error instanceof ApiError ? error.status : 500;
  return [status, JSON.stringify({ message: error instanceof Error ? error.message : String(error) })];
}
