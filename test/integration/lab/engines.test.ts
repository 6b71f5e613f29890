import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type Dockerode from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentImage, importEmptyImage, removeContainer } from '../../lab/hosts/agent-container.ts';
import { startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import type { Engine } from '../../lab/hosts/engine.ts';
import { handles } from '../../lab/processes.ts';
import { startEmbeddedEngine } from '../../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { EventRecorder } from './event-recorder.ts';

const engines = [
  {
    name: 'Docker Engine',
    start: async (): Promise<Engine> => await startDockerEngine(),
  },
  ...(['die-stop', 'stop-die'] as const).map((stopOrder) => ({
    name: `embedded Engine, ${stopOrder}`,
    start: async (): Promise<Engine> => await startEmbeddedEngine({ stopOrder, announce: () => {} }),
  })),
];

function isShell(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, 'latin1') === 'sh\n';
}

const name = 'lab-subject';
const sleeper = 'trap "exit 0" TERM; while :; do sleep 0.05; done';
const deaf = 'trap "" TERM; while :; do sleep 0.05; done';

describe.each(engines)('$name', ({ start }) => {
  let engine: Engine;
  let events: EventRecorder;

  beforeAll(async () => {
    engine = await start();
    await importEmptyImage(engine.docker);
  });
  afterAll(() => engine.close());
  afterEach(async () => {
    events.close();
    await removeContainer(engine.docker, name);
  });

  /** Creates the subject, its events recorded from before its creation on. */
  async function create(script: string, policy = 'no', retries = 0) {
    events = await EventRecorder.listen(engine.docker, name);
    return engine.docker.createContainer({
      name,
      Image: agentImage,
      Cmd: ['/usr/bin/sh', '-c', script],
      Env: ['PATH=/usr/bin', 'GREETING=hello'],
      HostConfig: {
        Binds: ['/usr:/usr:ro', '/lib:/lib:ro', '/lib64:/lib64:ro'],
        NetworkMode: 'host',
        RestartPolicy: { Name: policy, MaximumRetryCount: retries },
      },
    });
  }

  async function running(script: string, policy = 'no', retries = 0) {
    const container = await create(script, policy, retries);
    await container.start();
    if (script === sleeper || script === deaf) {
      await untilTermIsHandled(container);
    }
    return container;
  }

  /**
   * Before its `trap`, a first process of a pid namespace does not notice SIGTERM at all. Before it is the shell, it
   * is runc, a Go program, which handles every signal.
   */
  async function untilTermIsHandled(container: Dockerode.Container) {
    const { Pid } = (await container.inspect()).State;
    await expect
      .poll(() => isShell(Pid) && handles(Pid, constants.signals.SIGTERM), { timeout: 10_000, interval: 5 })
      .toBe(true);
  }

  it('shows a created, then a started container', async () => {
    const container = await create(sleeper);
    const created = await container.inspect();
    expect(created.State).toMatchObject({ Status: 'created', Running: false, Pid: 0, ExitCode: 0 });
    expect(created.State.StartedAt).toBe('0001-01-01T00:00:00Z');

    await container.start();
    const started = await engine.docker.getContainer(name).inspect();
    expect(started).toMatchObject({
      Id: container.id,
      Name: `/${name}`,
      RestartCount: 0,
      State: { Status: 'running', Running: true, Paused: false, Restarting: false },
      Config: { Image: agentImage, Env: ['PATH=/usr/bin', 'GREETING=hello'] },
      HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
    });
    expect(started.State.Pid).toBeGreaterThan(1);
    expect(Math.abs(Date.parse(started.State.StartedAt) - Date.now())).toBeLessThan(10_000);
    await expect(container.start()).rejects.toMatchObject({ statusCode: 304 });
    await events.until('create', 'start');
  });

  it('says what cannot be done', async () => {
    const container = await create(sleeper);
    const missing = engine.docker.getContainer('nobody');
    await expect(missing.inspect()).rejects.toMatchObject({ statusCode: 404 });
    await expect(missing.kill()).rejects.toMatchObject({ statusCode: 404 });
    await expect(container.kill()).rejects.toMatchObject({ statusCode: 409 });
    await expect(container.stop()).rejects.toMatchObject({ statusCode: 304 });
    await expect(
      engine.docker.createContainer({ name, Image: agentImage, Cmd: ['/usr/bin/true'] }),
    ).rejects.toMatchObject({ statusCode: 409 });
    await expect(
      engine.docker.createContainer({ Image: 'no/such:image', Cmd: ['/usr/bin/true'] }),
    ).rejects.toMatchObject({ statusCode: 404 });
    await container.start();
    await expect(container.remove()).rejects.toMatchObject({ statusCode: 409 });
    await expect(container.kill({ signal: 'SIGNONSENSE' })).rejects.toMatchObject({ statusCode: 400 });
  });

  it('answers a kill once the process is gone', async () => {
    const container = await running(deaf);
    await container.kill();
    expect((await container.inspect()).State).toMatchObject({
      Status: 'exited',
      Running: false,
      Pid: 0,
      ExitCode: 137,
    });
    await events.until('create', 'start', 'kill', 'die');
    expect(events.attributes('die')).toMatchObject({ name, image: agentImage, exitCode: '137' });
    expect(events.attributes('kill')).toMatchObject({ signal: '9' });
  });

  it('stops with a signal, then by force', async () => {
    const container = await running(sleeper);
    await container.stop({ t: 10 });
    expect((await container.inspect()).State.ExitCode).toBe(0);
    await events.until('create', 'start', 'kill', 'die', 'stop');
    await removeContainer(engine.docker, name);

    const stubborn = await running(deaf);
    await stubborn.stop({ t: 1 });
    expect((await stubborn.inspect()).State.ExitCode).toBe(137);
    await events.until('create', 'start', 'kill', 'kill', 'die', 'stop');
  });

  it('restarts the same container with a new process', async () => {
    const container = await running(sleeper);
    const before = await container.inspect();
    await container.restart({ t: 10 });
    const after = await container.inspect();
    expect(after.Id).toBe(before.Id);
    expect(after.State.Running).toBe(true);
    expect(after.State.Pid).not.toBe(before.State.Pid);
    expect(after.State.StartedAt > before.State.StartedAt).toBe(true);
    await events.until('create', 'start', 'kill', 'die', 'stop', 'start', 'restart');
  });

  it('tells those who wait the exit code', async () => {
    const container = await create('sleep 0.3; exit 42');
    const waiting = container.wait({ condition: 'next-exit' });
    await container.start();
    expect(await waiting).toMatchObject({ StatusCode: 42 });
    expect(await container.wait()).toMatchObject({ StatusCode: 42 });
  });

  it('starts a failing container as often as its policy says', async () => {
    const container = await running('exit 3', 'on-failure', 2);
    await events.until('create', 'start', 'die', 'start', 'die', 'start', 'die');
    const { State, RestartCount } = await container.inspect();
    expect(RestartCount).toBe(2);
    expect(State).toMatchObject({ Status: 'exited', Running: false, Restarting: false, ExitCode: 3 });
  });

  it('counts a container between two runs as running', async () => {
    const container = await running('exit 3', 'always');
    await expect
      .poll(async () => (await container.inspect()).State, { timeout: 10_000 })
      .toMatchObject({ Status: 'restarting', Running: true, Restarting: true, Pid: 0, ExitCode: 3 });
    await container.kill();
    await expect
      .poll(async () => (await container.inspect()).State.Status, { timeout: 10_000 })
      .toBe('exited');
  });

  it('leaves a container alone that ended well under on-failure', async () => {
    const container = await running('exit 0', 'on-failure', 5);
    await container.wait();
    await events.staysAt('create', 'start', 'die');
  });

  it('starts a container again whose process was killed from outside', async () => {
    const container = await running(sleeper, 'on-failure', 5);
    const before = await container.inspect();
    process.kill(before.State.Pid, 'SIGKILL');
    await events.until('create', 'start', 'die', 'start');
    const after = await container.inspect();
    expect(after).toMatchObject({ Id: before.Id, RestartCount: 1, State: { Running: true } });
    expect(after.State.Pid).not.toBe(before.State.Pid);
  });

  it.each(['on-failure', 'always', 'unless-stopped'])(
    'takes a kill or a stop for the end of the policy %s',
    async (policy) => {
      const container = await running(sleeper, policy);
      await container.kill();
      await events.staysAt('create', 'start', 'kill', 'die');
      expect((await container.inspect()).State.Status).toBe('exited');

      await container.start();
      await untilTermIsHandled(container);
      await container.kill({ signal: 'SIGTERM' });
      await container.wait();
      await events.staysAt('create', 'start', 'kill', 'die', 'start', 'kill', 'die');
    },
  );

  it('restarts a container under a policy without calling the policy off', async () => {
    const container = await running(sleeper, 'on-failure', 5);
    await container.restart({ t: 10 });
    process.kill((await container.inspect()).State.Pid, 'SIGKILL');
    await events.until(
      ...['create', 'start', 'kill', 'die', 'stop', 'start', 'restart'],
      ...['die', 'start'],
    );
  });

  it('removes by force and says so', async () => {
    const container = await running(deaf);
    await container.remove({ force: true });
    await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
    await events.until('create', 'start', 'kill', 'die', 'destroy');
  });

  it('lists containers', async () => {
    const container = await create(sleeper);
    const listed = async (all: boolean) =>
      (await engine.docker.listContainers({ all, filters: { name: [name] } })).map(({ Names, State }) => ({
        Names,
        State,
      }));
    expect(await listed(false)).toEqual([]);
    expect(await listed(true)).toEqual([{ Names: [`/${name}`], State: 'created' }]);
    await container.start();
    expect(await listed(false)).toEqual([{ Names: [`/${name}`], State: 'running' }]);
  });

  it('answers nothing while paused, then everything', async () => {
    await create(sleeper);
    engine.pause();
    let answered = false;
    const version = engine.docker.version().then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answered).toBe(false);
    engine.resume();
    await version;
  });

  it('brings containers with a policy back after its own restart', async () => {
    const container = await running(sleeper, 'always');
    const before = await container.inspect();
    await engine.restart();
    await expect
      .poll(async () => (await container.inspect()).State, { timeout: 10_000 })
      .toMatchObject({ Running: true, Restarting: false });
    const after = await container.inspect();
    expect(after.Id).toBe(before.Id);
    expect(after.State.Pid).not.toBe(before.State.Pid);
  });
});
