import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { atThisPace } from '../../lab/pace.ts';
import { registrationTimes } from '../../lab/stand-ins/agent/settings.ts';
import { type AgentProcess, startAgentProcess } from '../../lab/stand-ins/agent-process.ts';
import { buildPrograms } from '../../lab/stand-ins/build-programs.ts';
import { startProxy } from '../../lab/stand-ins/proxy.ts';

let lab: Lab;
let agents: AgentProcess[] = [];

beforeEach(async () => {
  lab = await startLab({ dns: 'dnsmasq' });
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  agents = [];
  await lab.close();
});

async function startAgent(environment: Record<string, string> = {}): Promise<AgentProcess> {
  const { agent } = await buildPrograms();
  const started = await startAgentProcess(agent, { ...lab.agentEnvironment(), ...environment });
  agents.push(started);
  return started;
}

function introspect(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request(`http://127.0.0.1:51678${path}`, (response) => {
      text(response).then((body) => resolve(JSON.parse(body)), reject);
    })
      .on('error', reject)
      .end();
  });
}

async function connectedTo(kind: 'acs' | 'tcs', scope: 'public' | 'private'): Promise<string> {
  const found = await lab.service.waitForConnection((item) => item.kind === kind && item.scope === scope);
  return found.host;
}

describe('agent stand-in', () => {
  it('keeps the public hosts it was told for its whole life; a new process takes the private ones', async () => {
    const first = await startAgent();
    expect(await connectedTo('acs', 'public')).toBe('ecs-a-1.us-east-1.amazonaws.com');
    expect(await connectedTo('tcs', 'public')).toBe('ecs-t-4.us-east-1.amazonaws.com');
    expect(await introspect('/v1/metadata')).toMatchObject({
      Cluster: 'lab',
      Version: expect.stringMatching(/^Amazon ECS Agent - v1\.105\.1 \(\*\w+\)$/),
    });
    for (const service of endpointServices) await lab.createEndpoint(service);
    const [numbered = ''] = lab.topology.publicAddresses['ecs-agent-numbered'];
    lab.service.at(numbered).dropConnections();
    expect(await connectedTo('acs', 'public')).toBe('ecs-a-1.us-east-1.amazonaws.com');

    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    const startedAt = Date.now();
    await startAgent();
    expect(await connectedTo('acs', 'private')).toBe('ecs-a.us-east-1.amazonaws.com');
    expect(await connectedTo('tcs', 'private')).toBe('ecs-t.us-east-1.amazonaws.com');
    expect(Date.now() - startedAt).toBeLessThan(atThisPace(1_500));
    const log = await readFile(join(lab.directory, 'ecs-agent.log'), 'utf8');
    expect(log).toContain(
      'msg="Establishing a Websocket connection" url="https://ecs-a.us-east-1.amazonaws.com/acs/3/ws?',
    );
  });

  it('is told un-numbered hosts that resolve publicly when only the ecs endpoint exists', async () => {
    await lab.createEndpoint('ecs');
    await startAgent({ ECS_DISABLE_METRICS: 'true' });
    expect(await connectedTo('acs', 'public')).toBe('ecs-a.us-east-1.amazonaws.com');
    expect(lab.service.connected()).toHaveLength(1);
  });

  it('retries in process with growing waits after an HTTP 500, and is deaf to SIGTERM until then', async () => {
    lab.service.setApiMode('error');
    const registrationMs = 4_000;
    const agent = await startAgent({ LAB_REGISTRATION_MS: String(registrationMs) });
    const tries = () => agent.output().split('msg="Unable to register as a container instance').length - 1;
    await expect.poll(tries).toBe(4);
    const { calls } = lab.service.record;
    // Three attempts of the SDK each.
    const at = calls.filter((_, index) => index % 3 === 0).map((call) => call.at);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses).toHaveLength(3);
    // Random by a fifth; a busy machine makes them longer.
    const { firstRetryMs } = registrationTimes(registrationMs);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThan(0.8 * firstRetryMs * 2 ** index);
    }
    agent.kill('SIGTERM');
    await delay(150);
    expect(agent.output()).not.toContain('termination signal');
    lab.service.setApiMode('answer');
    expect(await agent.exited).toBe(0);
  });

  it.each([
    { fault: 'packages dropped', says: /dial tcp 198\.51\.100\.12:443: i\/o timeout/, ratio: 1 },
    {
      fault: 'a service that hangs',
      says: /Client\.Timeout exceeded while awaiting headers/,
      ratio: 130 / 95,
    },
  ])('exits 1 after 95 s or 130 s, to scale: $fault', async ({ says, ratio }) => {
    const [address = ''] = lab.topology.publicAddresses.ecs;
    if (ratio === 1) await lab.service.at(address).setMode('blackhole');
    else lab.service.setApiMode('hang');
    const startedAt = Date.now();
    const agent = await startAgent({ LAB_REGISTRATION_MS: '1900' });
    expect(await agent.exited).toBe(1);
    const took = Date.now() - startedAt;
    expect(took).toBeGreaterThan(1_900 * ratio * 0.95);
    expect(took).toBeLessThan(atThisPace(1_900 * ratio + 1_000));
    expect(agent.output()).toMatch(says);
    await expect(introspect('/v1/metadata')).rejects.toThrow('ECONNREFUSED');
  });

  it('loses its public connections with NAT and gets them back', async () => {
    await startAgent({ LAB_DIAL_MS: '500' });
    await connectedTo('acs', 'public');
    await connectedTo('tcs', 'public');
    await lab.service.removeNat();
    await expect.poll(() => lab.service.connected()).toHaveLength(0);
    await lab.service.restoreNat();
    await connectedTo('acs', 'public');
  });

  it('serves tasks, holds extra connections, and exits with the code in a file', async () => {
    const tasks = join(lab.directory, 'tasks.json');
    const exitFile = join(lab.directory, 'exit');
    await writeFile(tasks, '{"Tasks":[{"Arn":"a","DesiredStatus":"RUNNING","KnownStatus":"PENDING"}]}');
    const agent = await startAgent({
      LAB_TASKS: tasks,
      LAB_EXIT_ON_FILE: exitFile,
      LAB_EXTRA_CONNECTIONS: 'api.ecr.us-east-1.amazonaws.com:443',
    });
    await lab.service.waitForConnection(({ kind }) => kind === 'other');
    expect(await introspect('/v1/tasks')).toMatchObject({ Tasks: [{ KnownStatus: 'PENDING' }] });
    await writeFile(exitFile, '5');
    expect(await agent.exited).toBe(5);
    expect(existsSync(exitFile)).toBe(false);
  });

  it('honours the hosts file before DNS, and connects over IPv6', async () => {
    const [address = ''] = lab.topology.publicIpv6Addresses['ecs-agent-numbered'];
    await lab.files.setHosts({ 'ecs-a-1.us-east-1.amazonaws.com': [address] });
    await startAgent();
    const connection = await lab.service.waitForConnection(({ kind }) => kind === 'acs');
    expect(connection.address).toBe(address);
    expect(lab.dns.queries('ecs-a-1.us-east-1.amazonaws.com')).toBe(0);
  });

  it('goes through its proxy without a query of its own, except where NO_PROXY says so', async () => {
    const [numbered = ''] = lab.topology.publicAddresses['ecs-agent-numbered'];
    const [api = ''] = lab.topology.publicAddresses.ecs;
    const proxy = await startProxy({
      address: lab.topology.proxy,
      lookup: async (host) => [host.startsWith('ecs-a') ? numbered : api],
    });
    try {
      await startAgent({
        HTTP_PROXY: proxy.url,
        NO_PROXY: '169.254.169.254,ecs-t-4.us-east-1.amazonaws.com',
      });
      await connectedTo('acs', 'public');
      await connectedTo('tcs', 'public');
      expect(proxy.tunnels).toContain('ecs-a-1.us-east-1.amazonaws.com:443');
      expect(proxy.tunnels).not.toContain('ecs-t-4.us-east-1.amazonaws.com:443');
      expect(lab.dns.queries('ecs-a-1.us-east-1.amazonaws.com')).toBe(0);
    } finally {
      await proxy.close();
    }
  });
});
