import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeContainer, writeAgentSpec } from '../../lab/hosts/agent-container.ts';
import { startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import type { Engine } from '../../lab/hosts/engine.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { buildPrograms } from '../../lab/stand-ins/build-programs.ts';
import { hasCredentialRoutes } from '../../lab/stand-ins/ecs-init/credential-routes.ts';
import { startEcsUnit } from '../../lab/stand-ins/ecs-unit.ts';
import { startEmbeddedEngine } from '../../lab/stand-ins/embedded-engine/embedded-engine.ts';
import { type Supervisor, type SupervisorOptions, startSupervisor } from '../../lab/stand-ins/supervisor.ts';

const name = 'ecs-agent';
const engines = [
  {
    kind: 'docker',
    start: async (): Promise<Engine> => await startDockerEngine(),
  },
  {
    kind: 'embedded',
    start: async (): Promise<Engine> => await startEmbeddedEngine({ announce: () => {} }),
  },
];

describe.each(engines)('ecs-init stand-in on $kind', ({ start }) => {
  let engine: Engine;
  let lab: Lab;
  let options: SupervisorOptions;
  let supervisor: Supervisor;
  let exitFile: string;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine.close());

  beforeEach(async () => {
    lab = await startLab({ dns: 'dnsmasq' });
    exitFile = join(lab.directory, 'exit');
    const { agent, ecsInit } = await buildPrograms();
    const env = { ...lab.agentEnvironment(), LAB_EXIT_ON_FILE: exitFile };
    const container = { program: agent, env, binds: [lab.directory] };
    const agentSpecFile = await writeAgentSpec(engine, container, lab.directory);
    options = { program: ecsInit, socketPath: engine.socketPath, agentSpecFile };
    supervisor = startSupervisor(options);
    await connectedAfter(0);
  });

  afterEach(async () => {
    await supervisor.close();
    await removeContainer(engine.docker, name);
    await lab.close();
  });

  /** Waits until an agent that started after that moment holds ACS; resolves with the milliseconds since. */
  async function connectedAfter(moment: number): Promise<number> {
    const { openedAt } = await lab.service.waitForConnection(
      (connection) => connection.kind === 'acs' && connection.openedAt > moment,
    );
    return openedAt - moment;
  }

  async function containerId(): Promise<string> {
    return (await engine.docker.getContainer(name).inspect()).Id;
  }

  it('is known by its process name and replaces a killed agent by a new container', async () => {
    expect(readFileSync(`/proc/${supervisor.pid}/comm`, 'utf8').trim()).toBe('amazon-ecs-init');
    const before = await containerId();
    const killedAt = Date.now();
    await engine.docker.getContainer(name).kill();
    const backAfterMs = await connectedAfter(killedAt);
    console.info(`ACS back ${backAfterMs} ms after the kill`);
    expect(backAfterMs).toBeLessThan(5_000);
    expect(await containerId()).not.toBe(before);
  });

  it('ends with 0 when the agent is stopped', async () => {
    await engine.docker.getContainer(name).stop();
    expect(await supervisor.ended).toBe(0);
  });

  it.each([
    ['42', 'an update'],
    ['1', 'a failure'],
  ])('starts a new agent after exit code %s, %s', async (code) => {
    const before = await containerId();
    const now = Date.now();
    await writeFile(exitFile, code);
    await connectedAfter(now);
    expect(await containerId()).not.toBe(before);
    expect(supervisor.output()).toContain(`Agent exited with code ${code}`);
  });

  it('ends with 5 after the terminal exit code, and leaves the agent down', async () => {
    await writeFile(exitFile, '5');
    expect(await supervisor.ended).toBe(5);
    const { State } = await engine.docker.getContainer(name).inspect();
    expect(State).toMatchObject({ Running: false, ExitCode: 5 });
  });

  it('says in its log why it could not start the agent, and ends', async () => {
    await supervisor.close();
    await writeFile(options.agentSpecFile, '{"Image":"ecs-privatelinkd-lab/missing:latest","Cmd":["x"]}');
    supervisor = startSupervisor(options);
    expect(await supervisor.ended).toBe(255);
    const log = readFileSync(join(lab.directory, 'ecs-init.log'), 'utf8');
    expect(log).toMatch(/^level=error time=\S+ msg="could not start Agent: API error \(\d+\): /m);
  });

  it('takes the NAT rules of task credentials with it when the agent is stopped, as its unit does', async () => {
    await supervisor.close();
    const unit = await startEcsUnit(options);
    supervisor = unit;
    await connectedAfter(Date.now());
    expect(unit.withoutRoutes).toBeUndefined();
    expect(hasCredentialRoutes()).toBe(true);
    await engine.docker.getContainer(name).stop();
    expect(await unit.ended).toBe(0);
    expect(hasCredentialRoutes()).toBe(false);
  });
});
