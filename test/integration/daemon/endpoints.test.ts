import { expect, it } from 'vitest';
import { type EndpointService, endpointServices } from '../../../src/settings/endpoint-services.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

/** AWS's own first. */
const orders: readonly (readonly EndpointService[])[] = [
  ['ecs-agent', 'ecs-telemetry', 'ecs'],
  ['ecs-agent', 'ecs', 'ecs-telemetry'],
  ['ecs-telemetry', 'ecs-agent', 'ecs'],
  ['ecs-telemetry', 'ecs', 'ecs-agent'],
  ['ecs', 'ecs-agent', 'ecs-telemetry'],
  ['ecs', 'ecs-telemetry', 'ecs-agent'],
];

describeOnEngine('endpoints', (newHost) => {
  it.each(orders.map((order) => ({ order })))(
    'appear in the order $order: one restart, after the third',
    async ({ order }) => {
      // Either way of restarting, whatever the order.
      const host = await newHost({ supervision: order[0] === 'ecs-agent' ? 'ecs-init' : 'restart-policy' });
      const daemon = host.startDaemon();
      await daemon.until(({ phase, agent }) => phase === 'waiting' && agent.path === 'public');
      for (const [index, service] of order.entries()) {
        await host.lab.createEndpoint(service);
        if (index === 2) break;
        // One look in six is at all names.
        const status = await expectNoRestart(host, daemon, 6);
        expect(status.phase).toBe('waiting');
        expect(status.endpoints.filter((endpoint) => endpoint.class === 'private')).toHaveLength(index + 1);
      }
      await expectSettled(host, daemon);
    },
  );

  it('never touches the agent while any one of the three is missing', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    for (const missing of endpointServices) {
      // The missing one first, so that there is no moment with all three.
      await host.lab.withdrawEndpoint(missing);
      for (const service of endpointServices) {
        if (service !== missing) await host.lab.createEndpoint(service);
      }
      const status = await expectNoRestart(host, daemon, 8);
      expect(status.phase).toBe('waiting');
      expect(status.reason.code).toBe('names-not-private');
      expect(status.reason.message).toContain(`2 of 3 names are private; not yet: ${missing} (public)`);
      expect(status.reason.advice).toContain('private DNS names enabled');
    }
  });

  it('takes mixed answers for not ready', async () => {
    const host = await newHost();
    const { lab } = host;
    const daemon = host.startDaemon();
    await lab.createEndpoint('ecs-agent', [
      ...lab.topology.privateAddresses['ecs-agent'],
      ...lab.topology.publicAddresses['ecs-agent'],
    ]);
    await lab.createEndpoint('ecs-telemetry');
    await lab.createEndpoint('ecs');
    await daemon.until(({ endpoints }) => endpoints[2]?.class === 'private');
    const status = await expectNoRestart(host, daemon);
    expect(status.phase).toBe('waiting');
    expect(status.endpoints[0]).toMatchObject({ service: 'ecs-agent', class: 'mixed' });
    expect(status.reason.message).toContain(lab.hosts['ecs-agent']);
    await lab.createEndpoint('ecs-agent');
    await expectSettled(host, daemon);
  });

  it('may be those of a hub VPC, outside of the CIDRs of this one', async () => {
    const host = await newHost();
    const { lab } = host;
    const daemon = host.startDaemon();
    for (const service of endpointServices) {
      await lab.createEndpoint(service, lab.topology.hubAddresses[service]);
    }
    const status = await expectSettled(host, daemon);
    expect(status.endpoints.map(({ answers }) => answers[0]?.rule)).toEqual(
      Array(3).fill(expect.stringContaining('10.0.0.0/8')),
    );
  });

  it('have addresses that look public, and IPv6, where the VPC owns such ranges', async () => {
    const host = await newHost();
    const { lab } = host;
    const { ownedAddresses, ownedCidr, privateIpv6Addresses } = lab.topology;
    for (const service of endpointServices) {
      await lab.createEndpoint(service, [...ownedAddresses[service], ...privateIpv6Addresses[service]]);
    }
    // Addresses alone do not tell: the same answers are public in a VPC that does not own the range.
    const stranger = host.startDaemon();
    const seen = await expectNoRestart(host, stranger, 4);
    expect(seen.endpoints.map((endpoint) => endpoint.class)).toEqual(['mixed', 'mixed', 'mixed']);
    stranger.kill('SIGTERM');
    await stranger.ended;

    lab.imds.changeCidrs([ownedCidr], ['2600:1f16:abc:de00::/56']);
    const status = await expectSettled(host, host.startDaemon());
    expect(status.endpoints.map(({ reachable }) => reachable)).toEqual([true, true, true]);
    expect(status.endpoints[0]?.answers.map(({ rule }) => rule).join()).toContain(ownedCidr);
  });

  it('are not there for a custom DNS server that does not forward to the VPC resolver', async () => {
    const host = await newHost({
      before: async (lab) => {
        await lab.startCustomDns();
        await lab.files.setNameservers([lab.topology.customResolver]);
      },
    });
    const { lab } = host;
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const status = await expectNoRestart(host, daemon, 8);
    expect(status.phase).toBe('waiting');
    expect(status.endpoints).toMatchObject(
      endpointServices.map((service) => ({
        service,
        class: 'public',
        nameserver: lab.topology.customResolver,
        addresses: lab.topology.publicAddresses[service],
      })),
    );
    // Fixed on the host: the VPC resolver itself is asked from the next look on.
    await lab.files.setNameservers([lab.topology.vpcResolver]);
    const fixed = await expectSettled(host, daemon);
    expect(fixed.endpoints.map(({ nameserver }) => nameserver)).toEqual(
      Array(3).fill(lab.topology.vpcResolver),
    );
  });

  it('are left alone with the agent when it is on the private path already', async () => {
    const host = await newHost({ before: (lab) => createEndpoints({ lab }) });
    const daemon = host.startDaemon();
    const status = await expectSettled(host, daemon, 0);
    expect(status.reason.code).toBe('on-private-path');
    // A connection has to last before it proves anything.
    const phases = daemon.events.filter(({ event }) => event === 'phase-changed').map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(['settling', 'settled']);
  });

  it('were there long before the daemon, and the agent even longer: one restart', async () => {
    const host = await newHost();
    await createEndpoints(host);
    await expectSettled(host, host.startDaemon());
  });

  it('that flap change nothing until they are stable', async () => {
    const host = await newHost();
    const { lab } = host;
    const flapping = await startProgrammableDns({
      addresses: [lab.topology.customResolver],
      records: lab.publicRecords(),
    });
    try {
      const priv = lab.topology.privateAddresses;
      await flapping.setRecords({ [lab.hosts['ecs-agent']]: priv['ecs-agent'], [lab.hosts.ecs]: priv.ecs });
      // Four looks that find all names private make three rounds at most: the first tries no port.
      const stable = priv['ecs-telemetry'];
      flapping.program(lab.hosts['ecs-telemetry'], {
        cycle: [stable, stable, stable, stable, lab.topology.publicAddresses['ecs-telemetry']],
      });
      await lab.files.setNameservers([lab.topology.customResolver]);
      const daemon = host.startDaemon({ 'settle-rounds': '4' });
      await daemon.event('phase-changed', ({ phase }) => phase === 'settling');
      await expectNoRestart(host, daemon, 15);
      const phases = daemon.events.filter(({ event }) => event === 'phase-changed').map(({ phase }) => phase);
      expect(phases.filter((phase) => phase === 'waiting').length).toBeGreaterThan(2);
      await flapping.setRecord(lab.hosts['ecs-telemetry'], stable);
      await expectSettled(host, daemon);
    } finally {
      await flapping.close();
    }
  });

  it('that are withdrawn are reported, and the agent is left alone', async () => {
    const host = await newHost({ before: (lab) => createEndpoints({ lab }) });
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'settled');
    for (const service of endpointServices) await host.lab.withdrawEndpoint(service);
    const told = await daemon.event('endpoints-withdrawn');
    expect(told).toMatchObject({ level: 'error', names: expect.stringContaining(host.lab.hosts.ecs) });
    const status = await expectNoRestart(host, daemon);
    expect(status).toMatchObject({ phase: 'waiting', reason: { code: 'endpoints-withdrawn' } });
    await createEndpoints(host);
    await expectSettled(host, daemon, 0);
  });
});
