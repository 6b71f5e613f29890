import { chmodSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEngineClient } from '../../../src/agent/engine-client.ts';
import { ProblemError } from '../../../src/kit/problem.ts';
import { containerId, type FakeEngine, inspectAnswer, startEngine, startRawEngine } from './engine-fake.ts';

let engine: FakeEngine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  vi.unstubAllEnvs();
});

const signal = new AbortController().signal;

/** Only an Engine that does not answer is waited for to the end. */
const patientMs = 30_000;
const hastyMs = 300;

async function clientOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  answerTimeoutMs = patientMs,
) {
  engine = await startEngine(answer);
  return createEngineClient({ socketPath: engine.socketPath, answerTimeoutMs });
}

async function rawClientOf(talk: Parameters<typeof startRawEngine>[0], answerTimeoutMs = patientMs) {
  engine = await startRawEngine(talk);
  return createEngineClient({ socketPath: engine.socketPath, answerTimeoutMs });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const thrown = await call.then(
    () => new Error('it resolved'),
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof ProblemError)) throw thrown;
  expect(thrown.problem.advice).not.toBe('');
  return thrown.problem.code;
}

async function expectNoConnection(): Promise<void> {
  await vi.waitFor(() => expect(engine?.openConnections()).toBe(0), { timeout: 2_000 });
}

describe('inspect', () => {
  it('gives what is used of the answer', async () => {
    const client = await clientOf((_, response) => json(response, 200, { ...inspectAnswer({}), Extra: 1 }));
    expect(await client.inspect('ecs-agent', signal)).toEqual(inspectAnswer({}));
    expect(engine?.requests).toEqual(['GET /containers/ecs-agent/json']);
  });

  it('takes the answer of an old Engine, without health and with empty lists', async () => {
    const old = inspectAnswer({});
    const { Health: _, ...state } = old.State;
    const body = {
      ...old,
      State: state,
      Config: { Image: 'a', Env: null },
      HostConfig: { NetworkMode: 'host' },
    };
    const client = await clientOf((_request, response) => json(response, 200, body));
    const answer = await client.inspect('ecs-agent', signal);
    expect(answer?.Config.Env).toEqual([]);
    expect(answer?.HostConfig.RestartPolicy.Name).toBe('no');
  });

  it('is undefined when there is no such container', async () => {
    const client = await clientOf((_, response) => json(response, 404, { message: 'No such container' }));
    expect(await client.inspect('ecs-agent', signal)).toBeUndefined();
  });

  it('ignores DOCKER_HOST', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    const client = await clientOf((_, response) => json(response, 200, inspectAnswer({})));
    expect((await client.inspect('ecs-agent', signal))?.Id).toBe(containerId);
  });

  it('leaves no connection behind, however often', async () => {
    const client = await clientOf((_, response) => json(response, 200, inspectAnswer({})));
    for (let look = 0; look < 50; look++) await client.inspect('ecs-agent', signal);
    await expectNoConnection();
  });

  it('leaves no listener on a long-lived signal', async () => {
    const own = new AbortController();
    const add = vi.spyOn(own.signal, 'addEventListener');
    const remove = vi.spyOn(own.signal, 'removeEventListener');
    const client = await clientOf((_, response) => json(response, 200, inspectAnswer({})));
    await client.inspect('ecs-agent', own.signal);
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

describe('what may be wrong with an Engine', () => {
  it('is missing', async () => {
    const client = createEngineClient({ socketPath: '/nonexistent/docker.sock', answerTimeoutMs: 5_000 });
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-missing');
  });

  it('refuses: the socket is there, nobody listens', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'engine-'));
    const socketPath = join(directory, 'docker.sock');
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(`${socketPath}.listening`, resolve);
    });
    // A server removes its socket when it closes; one that was killed leaves it, as under this name.
    await rename(`${socketPath}.listening`, socketPath);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const client = createEngineClient({ socketPath, answerTimeoutMs: 5_000 });
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-refused');
    await rm(directory, { recursive: true });
  });

  it('hangs', async () => {
    const client = await clientOf(() => {}, hastyMs);
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-timeout');
    await expectNoConnection();
  });

  it('accepts and never reads', async () => {
    const client = await rawClientOf((socket) => socket.pause(), hastyMs);
    expect(await codeOf(client.version(signal))).toBe('engine-timeout');
  });

  it('stops within the answer and keeps the connection', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"Id":');
    }, hastyMs);
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-timeout');
    await expectNoConnection();
  });

  it('breaks off within the answer', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"Id":', () => response.destroy());
    });
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-error');
    await expectNoConnection();
  });

  it('closes without an answer', async () => {
    const client = await rawClientOf((socket) => socket.on('data', () => socket.destroy()));
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-error');
  });

  it('answers half a JSON', async () => {
    const client = await clientOf((_, response) => response.end('{"Id":"3f2a'));
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-bad-answer');
  });

  it('answers HTML', async () => {
    const client = await clientOf((_, response) => response.end('<html>Bad Gateway</html>'));
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-bad-answer');
  });

  it('answers JSON of another kind', async () => {
    const client = await clientOf((_, response) => json(response, 200, { Id: 7 }));
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-bad-answer');
  });

  it('does not speak HTTP', async () => {
    const client = await rawClientOf((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-bad-answer');
  });

  it.each([400, 500, 503, 301])('answers %d', async (status) => {
    const client = await clientOf((_, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('{"message":"no"}'),
    );
    expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-error');
    expect(engine?.requests).toHaveLength(1);
  });

  it('is not to be opened by this user', async () => {
    const { geteuid, seteuid } = process;
    const client = await clientOf((_, response) => json(response, 200, inspectAnswer({})));
    if (geteuid?.() !== 0 || seteuid === undefined) return;
    chmodSync(engine?.socketPath ?? '', 0o600);
    seteuid(65_534);
    try {
      expect(await codeOf(client.inspect('ecs-agent', signal))).toBe('engine-no-permission');
    } finally {
      seteuid(0);
    }
  });
});

describe('abort', () => {
  it('rejects with the reason and takes the connection down', async () => {
    const client = await clientOf(() => own.abort(new Error('enough')));
    const own = new AbortController();
    await expect(client.inspect('ecs-agent', own.signal)).rejects.toThrow('enough');
    await expectNoConnection();
  });

  it('asks nothing when it came before', async () => {
    const client = await clientOf(() => {});
    await expect(client.version(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(engine?.requests).toEqual([]);
  });
});

describe('acts', () => {
  const kill = `POST /containers/${containerId}/kill?signal=SIGKILL`;
  it.each([
    [204, '', 'killed'],
    [404, 'No such container', 'gone'],
    [409, 'Container is not running', 'not-running'],
    [500, 'Cannot kill container: Container 3f2a is not running', 'not-running'],
  ])('kill answered %d is an outcome', async (status, message, outcome) => {
    const client = await clientOf((_, response) =>
      status === 204 ? response.writeHead(204).end() : json(response, status, { message }),
    );
    expect(await client.kill(containerId, signal)).toBe(outcome);
    expect(engine?.requests).toEqual([kill]);
  });

  it('kill answered 500 for another reason is a problem', async () => {
    const client = await clientOf((_, response) => json(response, 500, { message: 'containerd is down' }));
    expect(await codeOf(client.kill(containerId, signal))).toBe('engine-error');
  });

  it('restart gives the process 30 s', async () => {
    const client = await clientOf((_, response) => response.writeHead(204).end());
    expect(await client.restart(containerId, signal)).toBe('restarted');
    expect(engine?.requests).toEqual([`POST /containers/${containerId}/restart?t=30`]);
  });

  it.each([
    [204, 'started'],
    [304, 'already-running'],
    [404, 'gone'],
  ])('start answered %d is an outcome', async (status, outcome) => {
    const bodies: string[] = [];
    const client = await clientOf((request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)));
      response.writeHead(status).end();
    });
    expect(await client.start(containerId, signal)).toBe(outcome);
    expect(engine?.requests).toEqual([`POST /containers/${containerId}/start`]);
    // A body here is refused from API 1.24 on.
    expect(bodies).toEqual([]);
  });
});

describe('version', () => {
  it('tells the Engine’s and the API’s', async () => {
    const client = await clientOf((_, response) =>
      json(response, 200, { Version: '29.0.1', ApiVersion: '1.52', MinAPIVersion: '1.44' }),
    );
    expect(await client.version(signal)).toEqual({ Version: '29.0.1', ApiVersion: '1.52' });
  });
});

describe('events', () => {
  it('asks for the starts and ends of one container', async () => {
    const client = await clientOf((_, response) => response.writeHead(200).end('{"Action":"start"}\n'));
    const chunks: string[] = [];
    for await (const chunk of await client.events('ecs-agent', signal)) chunks.push(String(chunk));
    expect(chunks.join('')).toBe('{"Action":"start"}\n');
    expect(engine?.requests).toEqual([
      'GET /events?filters={"type":["container"],"container":["ecs-agent"],"event":["start","die","destroy"]}',
    ]);
  });

  it('stays open beyond the time for an answer and ends with the signal', async () => {
    const own = new AbortController();
    const client = await clientOf((_, response) => {
      response.writeHead(200).flushHeaders();
      setTimeout(() => response.write('{"Action":"die"}\n'), 2_500);
    }, 2_000);
    const stream = await client.events('ecs-agent', own.signal);
    const first = await new Promise((resolve) => {
      stream.once('data', resolve);
    });
    expect(String(first)).toBe('{"Action":"die"}\n');
    stream.on('error', () => {});
    own.abort();
    await expectNoConnection();
  });

  it('that cannot be had are a problem', async () => {
    const client = await clientOf((_, response) => json(response, 500, { message: 'no' }));
    expect(await codeOf(client.events('ecs-agent', signal))).toBe('engine-error');
  });
});
