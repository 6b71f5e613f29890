import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentSpec, importEmptyImage, removeContainer } from '../../lab/agent-container.ts';
import { buildPrograms } from '../../lab/build-programs.ts';
import { startDockerEngine } from '../../lab/docker-engine.ts';
import { startEmbeddedEngine } from '../../lab/embedded-engine/embedded-engine.ts';
import type { Engine } from '../../lab/engine.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { type Supervisor, startSupervisor } from '../../lab/supervisor.ts';

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
  let supervisor: Supervisor;
  let exitFile: string;

  beforeAll(async () => {
    engine = await start();
    await importEmptyImage(engine.docker);
  });
  afterAll(() => engine.close());

  beforeEach(async () => {
    lab = await startLab({ dns: 'dnsmasq' });
    exitFile = join(lab.directory, 'exit');
    const { agent, ecsInit } = await buildPrograms();
    const agentSpecFile = join(lab.directory, 'agent-spec.json');
    const env = { ...lab.agentEnvironment(), LAB_EXIT_ON_FILE: exitFile };
    const spec = agentSpec(engine.kind, { program: agent, env, binds: [lab.directory] });
    await writeFile(agentSpecFile, JSON.stringify(spec));
    supervisor = startSupervisor({ program: ecsInit, socketPath: engine.socketPath, agentSpecFile });
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
});
