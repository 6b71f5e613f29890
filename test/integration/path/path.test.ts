import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseTcpTable, type TcpState } from '../../../src/agent/tcp-table.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { Lab } from '../../lab/hosts/lab.ts';
import type { Dnsmasq } from '../../lab/stand-ins/dns/dnsmasq.ts';
import { hostsOf } from '../../lab/stand-ins/ecs-service/hosts.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from '../daemon/stage.ts';
import { agentProcessOf, connectFromElsewhere } from './processes.ts';

/** The sockets alone are to tell. */
const withoutLog = { 'agent-log': '', 'waiting-interval': '100ms', 'settled-interval': '100ms' };

/** Gives every name of ECS, those of numbered hosts too, its public IPv6 address alone. */
async function publishOverIpv6({ dns, place, topology }: Lab<Dnsmasq>): Promise<void> {
  const groups = [...endpointServices, 'ecs-agent-numbered', 'ecs-telemetry-numbered'] as const;
  const records = groups.flatMap((group) =>
    hostsOf(group, place).map((host) => [host, topology.publicIpv6Addresses[group]]),
  );
  await dns.setRecords(Object.fromEntries(records));
}

/** Resolves once a connection to port 443 of that address is in that state, whoever held or holds it. */
async function untilState(address: string, state: TcpState): Promise<void> {
  const sockets = () => parseTcpTable(readFileSync('/proc/net/tcp', 'latin1'), 443);
  const inState = expect.objectContaining({ remoteAddress: address, state });
  await expect.poll(sockets, { timeout: 10_000, interval: 20 }).toContainEqual(inState);
}

describeOnEngine("the agent's path, by its own sockets", (newHost) => {
  it.each([
    { family: 'IPv4', init: true },
    { family: 'IPv4', init: false },
    { family: 'IPv6', init: true },
  ])('$family, init $init: seen public, moved, seen private', async ({ family, init }) => {
    const ipv6 = family === 'IPv6';
    const host = await newHost({
      agentInit: init,
      settings: withoutLog,
      ...(ipv6 && { before: publishOverIpv6 }),
    });
    const { topology } = host.lab;
    const from = ipv6 ? topology.publicIpv6Addresses : topology.publicAddresses;
    const to = ipv6 ? topology.privateIpv6Addresses : topology.privateAddresses;
    const daemon = host.startDaemon();
    const before = await daemon.until(({ agent }) => agent.path === 'public');
    expect(before.agent.connections).toContain(`${from['ecs-agent-numbered'][0]} ESTABLISHED`);
    for (const service of endpointServices) await host.lab.createEndpoint(service, to[service]);
    const { agent } = await expectSettled(host, daemon);
    expect(to['ecs-agent'].map((address) => `${address} ESTABLISHED`)).toContain(agent.connections[0]);
  });

  it('IPv4-mapped: an IPv6 socket that carries IPv4 is taken for what it carries', async () => {
    const host = await newHost({
      settings: withoutLog,
      before: async (lab) => {
        await createEndpoints({ lab });
        // The agent's container keeps the file as it is at its start.
        const mapped = endpointServices.map((service) => [
          lab.hosts[service],
          [`::ffff:${lab.topology.privateAddresses[service][0]}`],
        ]);
        await lab.files.setHosts(Object.fromEntries(mapped));
      },
    });
    await host.lab.files.setHosts({});
    const { pid } = await agentProcessOf(host);
    const [first = ''] = host.lab.topology.privateAddresses['ecs-agent'];
    const held = (table: string) =>
      parseTcpTable(readFileSync(`/proc/${pid}/net/${table}`, 'latin1'), 443)
        .filter(({ state }) => state === 'ESTABLISHED')
        .map(({ remoteAddress }) => remoteAddress);
    expect(held('tcp6')).toContain(first);
    expect(held('tcp')).not.toContain(first);
    const { agent } = await expectSettled(host, host.startDaemon(), 0);
    expect(agent.connections).toContain(`${first} ESTABLISHED`);
  });

  it('SYN_SENT: a public path that was cut is a public path', async () => {
    const host = await newHost({ settings: withoutLog });
    const { lab } = host;
    const [numbered = ''] = lab.topology.publicAddresses['ecs-agent-numbered'];
    await lab.service.removeNat();
    await untilState(numbered, 'SYN_SENT');
    const daemon = host.startDaemon();
    const before = await daemon.until(({ agent }) => agent.path === 'public');
    expect(before.agent.connections).toContain(`${numbered} SYN_SENT`);
    await createEndpoints(host);
    await expectSettled(host, daemon);
  });

  it('TIME_WAIT: what is over proves nothing', async () => {
    const host = await newHost({ settings: { ...withoutLog, restart: 'off' } });
    const addresses = host.lab.topology.privateAddresses['ecs-agent'];
    await createEndpoints(host);
    // Nobody holds such a connection any more: it might as well have been the agent's.
    await connectFromElsewhere(addresses, 'and end');
    for (const address of addresses) await untilState(address, 'TIME_WAIT');
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'blocked');
    const { agent } = await expectNoRestart(host, daemon);
    expect(agent.path).toBe('public');
    expect(agent.connections.filter((one) => one.endsWith('TIME_WAIT'))).toEqual([]);
  });

  it('CLOSE_WAIT: what ECS has closed proves nothing', async () => {
    const host = await newHost({ before: (lab) => createEndpoints({ lab }), settings: withoutLog });
    const agentProcess = await agentProcessOf(host);
    await host.lab.service.waitForConnection(({ kind }) => kind === 'tcs');
    agentProcess.kill('SIGSTOP');
    for (const address of host.lab.service.addresses('private')) address.dropConnections();
    for (const service of ['ecs-agent', 'ecs-telemetry'] as const) {
      await untilState(host.lab.topology.privateAddresses[service][0] ?? '', 'CLOSE_WAIT');
    }
    const daemon = host.startDaemon();
    const { agent } = await expectNoRestart(host, daemon, 1);
    expect(agent.path).toBe('none');
    // ACS, TCS, and the idle one to the API.
    expect(agent.connections.map((one) => one.split(' ')[1])).toEqual(Array(3).fill('CLOSE_WAIT'));
    agentProcess.kill('SIGCONT');
    await expectSettled(host, daemon, 0);
  });

  it("other processes' connections count for nothing", async () => {
    const host = await newHost({ settings: { ...withoutLog, restart: 'off' } });
    const { topology } = host.lab;
    await connectFromElsewhere([
      ...endpointServices.flatMap((service) => topology.privateAddresses[service]),
      ...topology.publicAddresses.other,
    ]);
    await createEndpoints(host);
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'blocked');
    const { agent } = await expectNoRestart(host, daemon);
    expect(agent.path).toBe('public');
    expect(agent.connections).not.toContain(`${topology.privateAddresses['ecs-agent'][0]} ESTABLISHED`);
    daemon.kill('SIGTERM');
    await daemon.ended;

    // The other way round: the agent is moved, and what others hold open in public does not concern it.
    const active = host.startDaemon({ restart: 'auto' });
    const settled = await expectSettled(host, active);
    expect(settled.agent.connections.join()).not.toContain(topology.publicAddresses.other[0]);
  });
});
