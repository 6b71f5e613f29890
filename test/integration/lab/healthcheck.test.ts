import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeContainer, startAgentContainer } from '../../lab/hosts/agent-container.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { buildPrograms } from '../../lab/stand-ins/build-programs.ts';

let engine: DockerEngine;
let lab: Lab;

beforeAll(async () => {
  engine = await startDockerEngine();
  lab = await startLab({ dns: 'dnsmasq' });
});

afterAll(async () => {
  await lab?.close();
  await engine?.close();
});

it('the agent is unhealthy as long as it is not registered, and healthy then', async () => {
  lab.service.setApiMode('error');
  const { agent } = await buildPrograms();
  const container = await startAgentContainer(engine, {
    program: agent,
    env: lab.agentEnvironment(),
    binds: [lab.directory],
    healthcheckMs: 1_000,
  });
  const health = async () => (await container.inspect()).State.Health?.Status;
  try {
    await expect.poll(health).toBe('unhealthy');
    lab.service.setApiMode('answer');
    await expect.poll(health).toBe('healthy');
  } finally {
    await removeContainer(engine.docker, 'ecs-agent');
  }
});
