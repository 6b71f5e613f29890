import { expect, it, onTestFinished } from 'vitest';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { DnsBehaviour, DnsOutcome } from '../../lab/stand-ins/dns/behaviour.ts';
import { type ProgrammableDns, startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { expectNoRestart, expectSettled } from '../daemon/stage.ts';
import { describeFaults, expectSaidOnce } from './stage.ts';

interface Case {
  readonly outcome: DnsOutcome;
  readonly problem: string;
  /** Looks that wait for a nameserver in vain take a second each. */
  readonly looks?: number;
}

const cases: readonly Case[] = [
  { outcome: 'servfail', problem: 'dns-servfail' },
  { outcome: 'refused', problem: 'dns-refused' },
  { outcome: 'nxdomain', problem: 'dns-no-address' },
  { outcome: 'silence', problem: 'dns-timeout', looks: 2 },
  { outcome: 'wrong-id', problem: 'dns-timeout', looks: 2 },
  { outcome: 'garbage', problem: 'dns-bad-answer' },
];

/** A chain as a private hosted zone and the endpoint's own names make it. */
const cnames = ['vpce-0a1b2c3d.ecs.us-east-1.vpce.amazonaws.com', 'endpoint.internal.example.com'];

const sound: readonly { readonly name: string; readonly behaviour: DnsBehaviour }[] = [
  { name: 'truncated over UDP: asked again over TCP', behaviour: { outcome: 'truncated' } },
  { name: 'a chain of aliases', behaviour: { cnames } },
  { name: 'a TTL of 0', behaviour: { ttl: 0 } },
  { name: 'AAAA fails, A is answered', behaviour: { outcome: 'servfail', types: ['AAAA'] } },
];

describeFaults('DNS fails while the daemon waits', (newHost) => {
  it.each(cases)('$outcome: said once for each name, and the job is done when it heals', async (one) => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    host.createEndpoints({ outcome: one.outcome });
    const problems = await expectSaidOnce(host, daemon, one.looks);
    expect(problems).toEqual(Array(3).fill(one.problem));
    expect(daemon.status()).toMatchObject({ phase: 'waiting' });
    host.createEndpoints();
    await expectSettled(host, daemon);
    const problemsOf = (code: string) =>
      daemon.events.filter(({ event }) => event === code).map(({ problem }) => problem);
    // On a busy machine an answer may really be late once more; it is told, and cleared, like the first.
    expect(problemsOf('problem-cleared')).toEqual(problemsOf('problem'));
  });

  it.each(sound)('$name: no fault at all', async ({ behaviour }) => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    host.createEndpoints(behaviour);
    const status = await expectSettled(host, daemon);
    expect(status.endpoints.map(({ reachable }) => reachable)).toEqual([true, true, true]);
    expect(daemon.events.map(({ event }) => event)).not.toContain('problem');
  });

  it('a hundred addresses: all of them count, sixteen are tried', async () => {
    const host = await newHost();
    const { hosts, topology } = host.lab;
    const many = Array.from({ length: 97 }, (_, index) => `10.0.77.${index + 1}`);
    const daemon = host.startDaemon();
    await daemon.until(({ agent }) => agent.path === 'public');
    host.createEndpoints();
    const telemetry = topology.privateAddresses['ecs-telemetry'];
    const stray = topology.publicAddresses['ecs-telemetry'];
    host.dns.program(hosts['ecs-telemetry'], { addresses: [...telemetry, ...many, ...stray] });
    await daemon.until(({ endpoints }) => endpoints[1]?.class === 'mixed');
    const mixed = await expectNoRestart(host, daemon);
    expect(mixed.endpoints[1]?.addresses).toHaveLength(100);
    host.dns.program(hosts['ecs-telemetry'], { addresses: [...telemetry, ...many] });
    const status = await expectSettled(host, daemon);
    expect(status.endpoints[1]?.addresses).toHaveLength(99);
    expect(status.endpoints[1]?.probes.length).toBeLessThanOrEqual(16);
  });

  it('one name of three fails: its problem alone is told', async () => {
    const host = await newHost();
    const { hosts } = host.lab;
    host.createEndpoints();
    host.dns.program(hosts.ecs, { outcome: 'servfail' });
    const daemon = host.startDaemon();
    expect(await expectSaidOnce(host, daemon)).toEqual(['dns-servfail']);
    expect(daemon.status()?.reason.message).toContain(hosts.ecs);
    host.createEndpoints();
    await expectSettled(host, daemon);
  });

  it.each([
    ['rotate timeout:1', 2, 'dns-mixed-answers', /options rotate/],
    ['ndots:5 timeout:1\nsearch corp.example', 1, 'dns-search-domain', /corp\.example.*203\.0\.113\.80/],
  ] as const)(
    '%j leads the agent elsewhere: no restart, and told',
    async (options, servers, code, message) => {
      const host = await newHost();
      const { files, hosts, topology } = host.lab;
      const other: ProgrammableDns = await startProgrammableDns({ addresses: [topology.proxy] });
      onTestFinished(() => other.close());
      other.program('*', { addresses: ['203.0.113.80'] });
      for (const name of Object.values(hosts)) {
        host.dns.program(`${name}.corp.example`, { addresses: ['203.0.113.80'] });
      }
      host.createEndpoints();
      await files.setNameservers([topology.customResolver, topology.proxy].slice(0, servers), options);
      const daemon = host.startDaemon();
      await daemon.until(({ reason }) => reason.code === code);
      const status = await expectNoRestart(host, daemon);
      expect(status).toMatchObject({ phase: 'waiting', reason: { code } });
      expect(status.reason.message).toMatch(message);
    },
  );

  it('the first nameserver is dead and the second one answers', async () => {
    const host = await newHost();
    const { files, topology } = host.lab;
    await files.setNameservers(['10.0.0.99', topology.customResolver], 'timeout:1 attempts:1');
    host.createEndpoints();
    const daemon = host.startDaemon();
    const status = await expectSettled(host, daemon);
    expect(status.endpoints.map(({ nameserver }) => nameserver)).toEqual(
      endpointServices.map(() => topology.customResolver),
    );
  });

  it('the first nameserver says nothing and the second one answers', async () => {
    const host = await newHost();
    const { files, topology } = host.lab;
    const silent: ProgrammableDns = await startProgrammableDns({ addresses: [topology.proxy] });
    onTestFinished(() => silent.close());
    silent.program('*', { outcome: 'silence' });
    await files.setNameservers([topology.proxy, topology.customResolver], 'timeout:1 attempts:1');
    host.createEndpoints();
    await expectSettled(host, host.startDaemon({ 'settle-rounds': '1', 'path-rounds': '1' }));
    expect(silent.totalQueries()).toBeGreaterThan(0);
  });

  it('both nameservers are dead: said once, and the job is done when one is back', async () => {
    const host = await newHost();
    const { files, topology } = host.lab;
    await files.setNameservers(['10.0.0.98', '10.0.0.99'], 'timeout:1 attempts:1');
    host.createEndpoints();
    const daemon = host.startDaemon();
    const problems = await expectSaidOnce(host, daemon);
    expect(problems).toHaveLength(3);
    expect(new Set(problems).size).toBe(1);
    await files.setNameservers(['10.0.0.98', topology.customResolver], 'timeout:1 attempts:1');
    await expectSettled(host, daemon);
  });
});
