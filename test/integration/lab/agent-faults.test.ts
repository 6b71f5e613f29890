import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTcpTable } from '../../../src/agent/tcp-table.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import { type Lab, startLab } from '../../lab/hosts/lab.ts';
import { atThisPace } from '../../lab/pace.ts';
import { type AgentProcess, startAgentProcess } from '../../lab/stand-ins/agent-process.ts';
import { buildPrograms } from '../../lab/stand-ins/build-programs.ts';
import type { Dnsmasq } from '../../lab/stand-ins/dns/dnsmasq.ts';

// The faults of the service and what the real agent does and says in each (1.105.1).

let lab: Lab<Dnsmasq>;
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

async function createEndpoints(): Promise<void> {
  for (const service of endpointServices) await lab.createEndpoint(service);
}

function connected(kind: 'acs' | 'tcs', scope: 'public' | 'private') {
  return lab.service.waitForConnection((item) => item.kind === kind && item.scope === scope, 20_000);
}

async function untilSaid(agent: AgentProcess, text: string | RegExp): Promise<void> {
  await expect.poll(() => agent.output()).toMatch(text);
}

/** Addresses to which there is an established connection on 443, from this namespace. */
function established(): string[] {
  return parseTcpTable(readFileSync('/proc/net/tcp', 'latin1'), 443)
    .filter(({ state }) => state === 'ESTABLISHED')
    .map(({ remoteAddress }) => remoteAddress);
}

describe('the policy of an endpoint', () => {
  it('without ecs:Poll: the websocket is refused after 40 ms, again and again, and the log has the sentence', async () => {
    await createEndpoints();
    lab.service.refuse('ecs:Poll');
    const agent = await startAgent();
    await connected('tcs', 'private');
    await expect.poll(() => lab.service.record.refusals.length).toBeGreaterThan(1);
    expect(lab.service.record.refusals[0]).toMatchObject({ action: 'ecs:Poll', scope: 'private' });
    await untilSaid(
      agent,
      /msg="Failed to connect to ACS" error="AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role\/ecsInstanceRole\/i-\w+ is not authorized to perform: ecs:Poll on resource: arn:aws:ecs:us-east-1:123456789012:container-instance\/\S+ because no VPC endpoint policy allows the ecs:Poll action"/,
    );
    expect(agent.output()).not.toContain('Connected to ACS endpoint');
    expect(agent.output()).toMatch(/msg="Waiting before reconnecting to ACS" reconnectDelay="0\.\d+s"/);
    expect(lab.service.connected().map(({ kind }) => kind)).toEqual(['tcs']);
    lab.service.allow('ecs:Poll');
    await connected('acs', 'private');
    await untilSaid(agent, 'msg="Connected to ACS endpoint"');
  });

  it('the socket of a refused websocket is established for about 40 ms', async () => {
    await createEndpoints();
    lab.service.refuse('ecs:Poll');
    await startAgent({ ECS_DISABLE_METRICS: 'true' });
    const acs = lab.topology.privateAddresses['ecs-agent'];
    const isOpen = () => established().some((address) => acs.includes(address));
    await expect.poll(isOpen, { interval: 5 }).toBe(true);
    let seen = 0;
    const until = Date.now() + 3_000;
    while (Date.now() < until) {
      if (isOpen()) seen += 1;
      await delay(5);
    }
    // Some eight attempts of 40 ms in three seconds.
    expect(seen * 5).toBeLessThan(atThisPace(1_500));
    expect(lab.service.connected()).toEqual([]);
  });

  it('without ecs:DiscoverPollEndpoint: the agent is registered and never connects', async () => {
    await createEndpoints();
    lab.service.refuse('ecs:DiscoverPollEndpoint');
    const agent = await startAgent();
    await untilSaid(
      agent,
      /msg="ACS: Unable to discover poll endpoint" error="operation error ECS: DiscoverPollEndpoint, .*AccessDeniedException: User: .* no VPC endpoint policy allows the ecs:DiscoverPollEndpoint action"/,
    );
    expect(agent.output()).toContain('Instance registration completed successfully');
    expect(lab.service.connected()).toEqual([]);
  });

  it('without ecs:StartTelemetrySession: ACS alone', async () => {
    await createEndpoints();
    lab.service.refuse('ecs:StartTelemetrySession');
    const agent = await startAgent();
    await connected('acs', 'private');
    await untilSaid(agent, /msg="Error connecting to TCS" error="AccessDeniedException: /);
    expect(lab.service.connected().map(({ kind }) => kind)).toEqual(['acs']);
  });

  it('without ecs:RegisterContainerInstance: the agent exits 1, and says why', async () => {
    await createEndpoints();
    lab.service.refuse('ecs:RegisterContainerInstance');
    const agent = await startAgent();
    expect(await agent.exited).toBe(1);
    expect(agent.output()).toMatch(
      /msg="Error registering container instance" error=".*AccessDeniedException: User: .* is not authorized to perform: ecs:RegisterContainerInstance on resource: \S+ because no VPC endpoint policy allows the ecs:RegisterContainerInstance action"/,
    );
    // A refusal is not tried again.
    expect(lab.service.record.calls).toHaveLength(1);
  });

  it('has no effect on the public path, where the role decides', async () => {
    lab.service.refuse('ecs:Poll');
    await startAgent();
    await connected('acs', 'public');
    lab.service.refuse('ecs:Poll', 'public');
    const agent = await startAgent({ LAB_INTROSPECTION: '127.0.0.1:51699' });
    await untilSaid(agent, 'because no identity-based policy allows the ecs:Poll action');
  });
});

describe('a container instance that is deregistered', () => {
  it('loses its sessions; ACS answers InactiveInstanceException, and the agent waits', async () => {
    const agent = await startAgent({ LAB_INACTIVE_MS: '1500' });
    await connected('acs', 'public');
    lab.service.deregister();
    await untilSaid(agent, /msg="Failed to connect to ACS" error="InactiveInstanceException: /);
    await untilSaid(agent, 'msg="Container instance is deregistered"');
    const acs = () => lab.service.record.refusals.filter(({ host }) => host.startsWith('ecs-a')).length;
    const before = acs();
    await delay(700);
    expect(acs()).toBe(before);
    lab.service.reactivate();
    await connected('acs', 'public');
  });
});

describe('connections', () => {
  it('are opened again at once after a clean close', async () => {
    const agent = await startAgent({ LAB_SESSION_MS: '200', ECS_DISABLE_METRICS: 'true' });
    const { connections } = lab.service.record;
    await expect.poll(() => connections.length).toBeGreaterThan(6);
    const pauses = connections.slice(1).map(({ openedAt }, index) => {
      return openedAt - (connections[index]?.closedAt ?? 0);
    });
    // The dial and the handshake beside the 4 to 10 ms.
    expect(pauses.sort((one, other) => one - other)[0]).toBeLessThan(atThisPace(60));
    expect(agent.output()).toContain('msg="Reconnecting to ACS immediately without waiting"');
  });

  it('to the API stay open after a call', async () => {
    await startAgent();
    await connected('acs', 'public');
    const [api = ''] = lab.topology.publicAddresses.ecs;
    // Node's own server would close it after five seconds.
    await delay(6_000);
    expect(established().filter((address) => address === api)).not.toEqual([]);
    lab.service.at(api).dropConnections();
    await expect.poll(established).not.toContain(api);
  });

  it('of TCS stay public while ACS has moved, until TCS reconnects', async () => {
    // Told un-numbered names while only ecs is private.
    await lab.createEndpoint('ecs');
    await startAgent();
    const { address } = await connected('acs', 'public');
    await connected('tcs', 'public');
    await createEndpoints();
    lab.service.at(address).dropConnections();
    await connected('acs', 'private');
    const scopes = () => lab.service.connected().map(({ kind, scope }) => `${kind} ${scope}`);
    expect(scopes().sort()).toEqual(['acs private', 'tcs public']);
    const [tcs = ''] = lab.topology.publicAddresses['ecs-telemetry'];
    lab.service.at(tcs).dropConnections();
    await connected('tcs', 'private');
  });
});

describe('what the agent says when it cannot connect', () => {
  it.each([
    {
      fault: 'another authority',
      produce: async (agentHost: string) => {
        const { createCertificateAuthority } = await import('../../lab/stand-ins/certificate-authority.ts');
        const other = await createCertificateAuthority();
        return await other.issue({ names: [agentHost] });
      },
      says: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
    {
      fault: 'an expired certificate',
      produce: (agentHost: string) => lab.authority.issue({ names: [agentHost], expired: true }),
      says: 'x509: certificate has expired or is not yet valid',
    },
    {
      fault: "another host's certificate",
      produce: () => lab.authority.issue({ names: ['other.example.com'] }),
      says: 'x509: certificate is valid for other.example.com, not ecs-a.us-east-1.amazonaws.com',
    },
  ])('x509: $fault', async ({ produce, says }) => {
    await createEndpoints();
    const certificate = await produce(lab.hosts['ecs-agent']);
    for (const address of lab.topology.privateAddresses['ecs-agent']) {
      lab.service.at(address).setCertificate(certificate);
    }
    const agent = await startAgent();
    await untilSaid(agent, 'msg="Failed to connect to ACS"');
    expect(agent.output()).toContain(says);
  });

  it('i/o timeout, connection refused, no such host', async () => {
    await createEndpoints();
    const addresses = lab.topology.privateAddresses['ecs-agent'].map((address) => lab.service.at(address));
    for (const address of addresses) await address.setMode('blackhole');
    const agent = await startAgent({ LAB_DIAL_MS: '400' });
    await untilSaid(
      agent,
      /"Failed to connect to ACS" error="websocket client: .*dial tcp 10\.0\.\d\.10:443: i\/o timeout"/,
    );
    for (const address of addresses) await address.setMode('refused');
    await untilSaid(agent, /"Failed to connect to ACS" error=".*: connect: connection refused"/);
    await lab.dns.setRecord(lab.hosts['ecs-agent'], []);
    await untilSaid(agent, /lookup ecs-a\.us-east-1\.amazonaws\.com on 10\.0\.0\.2:53: no such host"/);
  });
});

describe('settings', () => {
  it('HTTPS_PROXY carries everything', async () => {
    const proxy = await lab.startProxy();
    await startAgent({
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: 'http://192.0.2.1:1',
      ECS_DISABLE_METRICS: 'true',
    });
    await connected('acs', 'public');
    expect(new Set(proxy.tunnels)).toEqual(
      new Set(['ecs.us-east-1.amazonaws.com:443', 'ecs-a-1.us-east-1.amazonaws.com:443']),
    );
  });

  it('APIEndpoint of ecs.config.json moves the API host', async () => {
    const file = join(lab.directory, 'ecs.config.json');
    await writeFile(file, '{"APIEndpoint":"https://ecs-fips.us-east-1.amazonaws.com"}');
    await startAgent({ ECS_AGENT_CONFIG_FILE_PATH: file });
    await connected('acs', 'public');
    expect(lab.service.record.calls[0]?.host).toBe('ecs-fips.us-east-1.amazonaws.com');
  });
});
