import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SupervisionReader } from '../../../src/agent/agent-observation.ts';
import type { AgentLook, AgentReaderOptions } from '../../../src/agent/agent-reader.ts';
import { createAgentReader } from '../../../src/agent/agent-reader.ts';
import type { InspectAnswer } from '../../../src/agent/engine-answers.ts';
import { type Clock, systemClock } from '../../../src/kit/clock.ts';
import { type Problem, ProblemError } from '../../../src/kit/problem.ts';
import { paces } from '../../../src/observe/pace.ts';
import { inspectAnswer } from './engine-fake.ts';
import { fakeProc } from './proc-fake.ts';

const signal = new AbortController().signal;
const clock: Clock = systemClock('/proc');
const look: AgentLook = {
  addresses: {
    acs: [{ address: '10.0.1.10', family: 4, private: true, rule: '' }],
    tcs: [],
    api: [],
  },
  controlPlaneHosts: ['ecs-a.us-east-1.amazonaws.com'],
  maxAgeMs: paces.patient.maxAgeMs,
};

const close: AgentLook = { ...look, maxAgeMs: paces.close.maxAgeMs };

/** An introspection that listens only while it is told to. */
async function introspection() {
  const paths: string[] = [];
  let registered = false;
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (!registered) response.destroy();
    else if (request.url === '/v1/tasks')
      response.end('{"Tasks":[{"DesiredStatus":"RUNNING","KnownStatus":"NONE"}]}');
    else
      response.end(
        '{"Cluster":"default","ContainerInstanceArn":"arn:1","Version":"Amazon ECS Agent - v1.105.1 (*1)"}',
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    address: { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 },
    paths,
    register(is: boolean) {
      registered = is;
    },
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

let agent: Awaited<ReturnType<typeof introspection>>;
let directory = '';
beforeEach(async () => {
  agent = await introspection();
  directory = mkdtempSync(join(tmpdir(), 'agent-'));
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await agent.close();
});

/** Says that it is ecs-init; tells with what age it was asked. */
function supervisedBy(onAsked: (of: string) => void): SupervisionReader {
  return {
    look: (container, maxAgeMs) => {
      onAsked(`${container?.name}, unit ${maxAgeMs.unit}`);
      return Promise.resolve({ by: 'ecs-init', unit: undefined, evidence: 'seen' });
    },
    forget: () => undefined,
  };
}

/** The agent's process is this one. */
function running(state: Partial<InspectAnswer['State']> = {}): InspectAnswer {
  return inspectAnswer({ state: { Pid: process.pid, ...state } });
}

function reader(
  inspect: () => Promise<InspectAnswer | undefined>,
  more: Partial<Pick<AgentReaderOptions, 'procDir' | 'limits' | 'supervision' | 'ecsConfigFiles'>> = {},
) {
  const asked: string[] = [];
  const logPath = join(directory, 'ecs-agent.log');
  const created = createAgentReader({
    engine: { inspect },
    supervision: supervisedBy((source) => asked.push(source)),
    clock,
    containerName: 'ecs-agent',
    isPrivate: () => true,
    introspection: agent.address,
    logPath,
    procDir: '/proc',
    ...more,
  });
  return {
    ...created,
    asked,
    log: (text: string) => writeFileSync(logPath, text),
    ecsInitLog: (text: string) => writeFileSync(join(directory, 'ecs-init.log'), text),
  };
}

describe('ecs.config edited since the agent was started', () => {
  const env = ['HTTP_PROXY=http://old:1', 'ECS_DISABLE_METRICS=true'];
  const edited = 'HTTP_PROXY=http://new:1\nECS_DISABLE_METRICS=false\nECS_BACKEND_HOST=ecs.example\n';

  async function settingsUnder(by: 'ecs-init' | 'restart-policy') {
    const path = join(directory, 'ecs.config');
    writeFileSync(path, edited);
    const { look: at } = reader(
      () => Promise.resolve({ ...running(), Config: { Image: 'agent', Env: env } }),
      {
        ecsConfigFiles: [path],
        supervision: {
          look: () => Promise.resolve({ by, unit: undefined, evidence: 'seen' }),
          forget: () => undefined,
        },
      },
    );
    return (await at(look, signal)).settings;
  }

  it('counts where ecs-init makes the next container of it; of metrics the agent that runs is told', async () => {
    expect(await settingsUnder('ecs-init')).toMatchObject({
      proxy: 'http://new:1',
      api: { endpoint: { text: 'ecs.example' } },
      metricsDisabled: true,
    });
  });

  it('does not where the same container is started again', async () => {
    expect(await settingsUnder('restart-policy')).toMatchObject({
      proxy: 'http://old:1',
      api: { endpoint: undefined },
    });
  });
});

describe('a look that may recall', () => {
  const recalling: AgentLook = { ...look, maxAgeMs: paces.settled.maxAgeMs };

  /** An agent whose container is process 77 of a /proc of its own; counts what the Engine is asked. */
  function recallable(startTicks = 100) {
    const proc = fakeProc();
    onTestFinished(() => proc.remove());
    proc.add(77, { comm: 'agent', startTicks });
    const asked = { times: 0, monoMs: 1_000_000, startedAt: '2026-01-01T00:00:00Z' };
    const { look: at, forget } = createAgentReader({
      engine: {
        inspect: () => {
          asked.times += 1;
          return Promise.resolve(inspectAnswer({ state: { Pid: 77, StartedAt: asked.startedAt } }));
        },
      },
      supervision: supervisedBy(() => undefined),
      clock: { ...clock, now: () => ({ wallMs: 0, monoMs: asked.monoMs }) },
      containerName: 'ecs-agent',
      isPrivate: () => true,
      introspection: agent.address,
      logPath: join(directory, 'ecs-agent.log'),
      procDir: proc.directory,
    });
    return { at, forget, asked, proc };
  }

  it('asks the Engine again after five minutes, and reads the connections each time', async () => {
    const { at, asked, proc } = recallable();
    agent.register(true);
    proc.connect(77, { 5: '01' });
    await at(recalling, signal);
    asked.monoMs += 3_000;
    expect((await at(recalling, signal)).path).toMatchObject({ path: 'private', connectedMonoMs: 1_000_000 });
    proc.connect(77, {});
    asked.monoMs += 296_000;
    expect((await at(recalling, signal)).path.path).toBe('unknown');
    expect(asked.times).toBe(1);
    asked.monoMs += 1_000;
    await at(recalling, signal);
    expect(asked.times).toBe(2);
  });

  it.each<[string, (proc: ReturnType<typeof fakeProc>) => void]>([
    ['has ended', (proc) => proc.end(77)],
    ['is waiting to be reaped', (proc) => proc.add(77, { comm: 'agent', startTicks: 100, state: 'Z' })],
    ['is another of the same number', (proc) => proc.add(77, { comm: 'agent', startTicks: 200 })],
  ])('asks the Engine when the process %s', async (_, happen) => {
    const { at, asked, proc } = recallable();
    await at(recalling, signal);
    happen(proc);
    await at(recalling, signal);
    expect(asked.times).toBe(2);
  });

  it('asks the Engine and reads the connections when all that is remembered is in doubt', async () => {
    const { at, forget, asked, proc } = recallable();
    proc.connect(77, { 5: '01' });
    agent.register(true);
    await at(recalling, signal);
    asked.monoMs += 3_000;
    await at(recalling, signal);
    proc.connect(77, { 5: '08' });
    expect((await at(recalling, signal)).path.path).toBe('private');
    forget();
    expect((await at(recalling, signal)).path.path).toBe('unknown');
    expect(asked.times).toBe(2);
  });

  it('tells how old each thing is that it gives', async () => {
    const { at, asked, proc } = recallable();
    agent.register(true);
    proc.connect(77, { 5: '01' });
    await at(recalling, signal);
    asked.monoMs += 3_000;
    await at(recalling, signal);
    asked.monoMs += 2_000;
    const { ages } = await at(recalling, signal);
    expect(ages).toMatchObject({ agent: 0, inspect: 5_000, registration: 5_000, sockets: 2_000 });
    expect(ages).not.toMatchObject({ unit: 0 });
    expect((await at(close, signal)).ages).toEqual({
      ...{ agent: 0, inspect: 0, registration: 0, sockets: 0, tasks: 0, log: 0, unit: 0 },
    });
  });

  it('takes a connection for one that lasts once it was seen twice, and of another process anew', async () => {
    const { at, asked, proc } = recallable();
    agent.register(true);
    proc.connect(77, { 5: '01' });
    const path = async () => (await at(recalling, signal)).path.path;
    expect(await path()).toBe('unknown');
    asked.monoMs += 2_999;
    expect(await path()).toBe('unknown');
    asked.monoMs += 1;
    expect(await path()).toBe('private');
    asked.startedAt = '2026-01-01T00:01:00Z';
    proc.add(77, { comm: 'agent', startTicks: 200 });
    expect(await path()).toBe('unknown');
  });

  it('sees a connection that is held and dead within a minute, and then none at all', async () => {
    const { at, asked, proc } = recallable();
    agent.register(true);
    proc.connect(77, { 5: '01' });
    await at(recalling, signal);
    asked.monoMs += 3_000;
    await at(recalling, signal);
    proc.connect(77, { 5: '08' });
    const path = async () => (await at(recalling, signal)).path.path;
    asked.monoMs += 59_999;
    expect(await path()).toBe('private');
    asked.monoMs += 1;
    expect(await path()).toBe('unknown');
    asked.monoMs += 10_000;
    expect(await path()).toBe('disconnected');
    proc.connect(77, { 6: '01' });
    expect(await path()).toBe('unknown');
  });

  it('asks the Engine in every look that may not', async () => {
    const { at, asked } = recallable();
    for (const one of [recalling, look, close]) await at(one, signal);
    expect(asked.times).toBe(3);
  });
});

describe('a look that is not close', () => {
  it('asks for registration only until the process has told it', async () => {
    const { look: at, asked } = reader(async () => running());
    expect((await at(look, signal)).registration.registered).toBe(false);
    agent.register(true);
    for (let count = 0; count < 3; count++) {
      expect((await at(look, signal)).registration).toEqual({
        registered: true,
        version: '1.105.1',
        cluster: 'default',
        containerInstanceArn: 'arn:1',
        introspection: 'registered',
        tasksStarting: undefined,
      });
    }
    expect(agent.paths).toEqual(['/v1/metadata', '/v1/metadata']);
    expect(new Set(asked)).toEqual(new Set(['ecs-agent, unit undefined']));
  });

  it('believes a new process nothing of the old one', async () => {
    let answer = running();
    const { look: at } = reader(async () => answer);
    agent.register(true);
    expect((await at(look, signal)).registration.registered).toBe(true);
    agent.register(false);
    answer = running({ StartedAt: '2026-01-01T00:00:09Z' });
    expect((await at(look, signal)).registration.registered).toBe(false);
  });

  it('has nothing to tell of a stopped agent', async () => {
    const { look: at } = reader(async () => running({ Running: false, Pid: 0, ExitCode: 1 }));
    const seen = await at(look, signal);
    expect(seen.container?.exitCode).toBe(1);
    expect(seen.path.path).toBe('none');
    expect(agent.paths).toEqual([]);
  });

  it('reads the start of the process from the kernel', async () => {
    const { look: at } = reader(async () => running({ StartedAt: 'unreadable' }));
    const started = (await at(look, signal)).container?.startedMonoMs ?? 0;
    expect(clock.now().monoMs - started).toBeLessThan(process.uptime() * 1000 + 10_000);
    expect(started).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  const line =
    'level=info time=2026-01-01T00:00:05Z msg="Establishing a Websocket connection" url="https://ecs-a-1.us-east-1.amazonaws.com/ws?x"\n';

  it('is read at any look where the sockets do not show a private path', async () => {
    agent.register(true);
    const { look: at, log } = reader(async () => running());
    log(line);
    expect((await at(look, signal)).path).toMatchObject({
      path: 'unknown',
      lastWebsocketHost: 'ecs-a-1.us-east-1.amazonaws.com',
    });
  });

  it('decides where the sockets cannot be read', async () => {
    agent.register(true);
    const proc = fakeProc();
    onTestFinished(() => proc.remove());
    proc.add(77, { comm: 'agent' });
    const { look: at, log } = reader(async () => inspectAnswer({ state: { Pid: 77 } }), {
      procDir: proc.directory,
    });
    expect((await at(look, signal)).path.path).toBe('unknown');
    log(line);
    expect((await at(look, signal)).path.path).toBe('public');
  });

  it('is left alone at any look while ecs-a is public', async () => {
    agent.register(true);
    const { look: at, log } = reader(async () => running());
    log(line);
    const acs = [{ address: '198.51.100.7', family: 4, private: false, rule: '' } as const];
    expect(
      (await at({ ...look, addresses: { ...look.addresses, acs } }, signal)).path.lastWebsocketHost,
    ).toBeUndefined();
  });
});

describe('what the log says of why the agent is not connected', () => {
  const timedOut =
    'level=error time=2026-01-01T00:00:05Z msg="Failed to connect to ACS" error="dial tcp 10.0.1.10:443: i/o timeout"\n';
  const publicly: AgentLook = {
    ...look,
    addresses: { ...look.addresses, acs: [{ address: '198.51.100.7', family: 4, private: false, rule: '' }] },
  };

  it('is told while the path is not private, or the agent has not registered', async () => {
    const { look: at, log } = reader(async () => running());
    log(timedOut);
    expect((await at(publicly, signal)).saying?.code).toBe('agent-cannot-reach');
    agent.register(true);
    expect((await at(look, signal)).saying?.code).toBe('agent-cannot-reach');
    expect((await at(publicly, signal)).saying).toBeUndefined();
  });

  it('is not told of a private path, whatever was said before', async () => {
    agent.register(true);
    const proc = fakeProc();
    onTestFinished(() => proc.remove());
    proc.add(77, { comm: 'agent' });
    proc.connect(77, { 5: '01' });
    const { look: at, log } = reader(async () => inspectAnswer({ state: { Pid: 77 } }), {
      procDir: proc.directory,
      limits: { lastingMs: 0, silentMs: 0 },
    });
    log(timedOut);
    expect(await at(close, signal)).toMatchObject({ path: { path: 'private' }, saying: undefined });
    // The same address may be that of telemetry: then the log must not complain of ACS.
    const { acs } = look.addresses;
    const shared: AgentLook = { ...look, addresses: { acs, tcs: acs, api: [] } };
    const host =
      'level=info time=2026-01-01T00:00:04Z msg="Establishing a Websocket connection" url="https://ecs-a.us-east-1.amazonaws.com/ws?x"\n';
    log(host + timedOut);
    expect((await at(shared, signal)).path.path).toBe('unknown');
    log(host);
    expect((await at(shared, signal)).path.path).toBe('private');
  });

  it('is what ecs-init says where there is no agent process, else what the last one said', async () => {
    let answer: InspectAnswer | undefined = running({ Running: false, Pid: 0 });
    const { look: at, log, ecsInitLog } = reader(async () => answer);
    expect((await at(look, signal)).saying).toBeUndefined();
    log(timedOut);
    expect((await at(look, signal)).saying?.code).toBe('agent-cannot-reach');
    ecsInitLog('level=error msg="could not start Agent: no space left on device"\n');
    expect((await at(look, signal)).saying?.code).toBe('agent-start-failed');
    answer = undefined;
    expect((await at(look, signal)).saying?.code).toBe('agent-start-failed');
  });
});

describe('a close look', () => {
  it('adds the tasks, the supervisor and the log', async () => {
    agent.register(true);
    const { look: at, asked, log } = reader(async () => running());
    log(
      'level=info time=2026-01-01T00:00:05Z msg="Establishing a Websocket connection" url="https://ecs-a-1.us-east-1.amazonaws.com/ws?x"\n',
    );
    const seen = await at(close, signal);
    expect(seen.registration.tasksStarting).toBe(1);
    expect(seen).toMatchObject({ supervisor: 'ecs-init', supervisorEvidence: 'seen' });
    expect(seen.path.lastWebsocketHost).toBe('ecs-a-1.us-east-1.amazonaws.com');
    expect(asked).toEqual(['ecs-agent, unit 0']);
  });

  it('keeps what the same process told when introspection hangs or talks nonsense', async () => {
    agent.register(true);
    const { look: at } = reader(async () => running());
    await at(close, signal);
    agent.register(false);
    const seen = await at(close, signal);
    expect(seen.registration).toMatchObject({
      registered: true,
      version: '1.105.1',
      tasksStarting: undefined,
    });
  });
});

describe('what there may not be', () => {
  it('a container', async () => {
    const { look: at } = reader(async () => undefined);
    const seen = await at(close, signal);
    expect(seen).toMatchObject({ engineProblem: undefined, container: undefined, supervisor: 'ecs-init' });
    expect(seen.path.path).toBe('none');
  });

  it('the process of a container that the Engine takes for running', async () => {
    const proc = fakeProc();
    onTestFinished(() => proc.remove());
    const { look: at } = createAgentReader({
      engine: { inspect: async () => inspectAnswer({ state: { Pid: 77 } }) },
      supervision: supervisedBy(() => undefined),
      clock,
      containerName: 'ecs-agent',
      isPrivate: () => true,
      introspection: agent.address,
      logPath: undefined,
      procDir: proc.directory,
    });
    // A /proc that does not show the Engine is not the host's.
    proc.add(1, { comm: 'node' });
    expect((await at(close, signal)).container).toMatchObject({ processGone: false, running: true });
    proc.add(50, { comm: 'dockerd' });
    const seen = await at(close, signal);
    expect(seen.container).toMatchObject({ processGone: true, running: false });
    expect(seen.path.path).toBe('none');
    proc.add(77, { comm: 'tini' });
    expect((await at(close, signal)).container).toMatchObject({ processGone: false, running: true });
  });

  it('an Engine', async () => {
    const problem: Problem = { code: 'engine-missing', message: 'no socket', advice: 'start it' };
    const { look: at } = reader(() => Promise.reject(new ProblemError(problem)));
    expect(await at(look, signal)).toMatchObject({
      engineProblem: problem,
      container: undefined,
      supervisor: 'unknown',
      path: { path: 'unknown', evidence: 'no socket' },
    });
  });

  it('time: it rejects when aborted', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    const { look: at } = reader(() => Promise.reject(new Error('x')));
    await expect(at(look, aborted)).rejects.toThrow('enough');
  });
});
