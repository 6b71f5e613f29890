import { expect, it } from 'vitest';
import type { Daemon } from '../../lab/hosts/host.ts';
import { atThisPace } from '../../lab/pace.ts';
import { startProgrammableDns } from '../../lab/stand-ins/dns/programmable.ts';
import { openEngineGate } from './engine-gate.ts';
import { createEndpoints, describeOnEngine, expectSettled } from './stage.ts';

/** For what is polled: nothing here takes a tenth of it on an idle machine. */
const patience = { timeout: 120_000, interval: 20 };

/** SIGTERM is obeyed within a second. */
async function expectToEnd(daemon: Daemon): Promise<void> {
  const askedAt = performance.now();
  daemon.kill('SIGTERM');
  expect(await daemon.ended).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(atThisPace(1_000));
  expect(daemon.events.at(-1)?.event).toBe('daemon-stopped');
}

describeOnEngine('the daemon', (newHost) => {
  it('ends within a second in any phase, and the next goes on: one restart in all', async () => {
    const host = await newHost();
    const { lab, supervisor } = host;
    if (supervisor === undefined) throw new Error('no supervisor');
    const closed = lab.topology.privateAddresses.ecs.map((address) => lab.service.at(address));

    async function endIn(phase: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
      const daemon = host.startDaemon(settings);
      await daemon.until((status) => status.phase === phase);
      await expectToEnd(daemon);
    }
    await endIn('waiting');
    for (const address of closed) await address.setMode('blackhole');
    await createEndpoints(host);
    await endIn('blocked', { 'connect-timeout': '5s' });
    for (const address of closed) await address.setMode('open');
    await endIn('settling', { 'settle-rounds': '100' });
    await endIn('scheduled', { splay: '24h' });
    expect(await host.restarts()).toBe(0);
    // Its supervisor stands still, so that the agent stays down; the new one cannot register at first.
    process.kill(supervisor.pid, 'SIGSTOP');
    await endIn('restarting');
    lab.service.setApiMode('error');
    process.kill(supervisor.pid, 'SIGCONT');
    await endIn('verifying');
    lab.service.setApiMode('answer');
    await endIn('settled');
    await expectSettled(host, host.startDaemon());
  });

  it('ends within a second while nobody answers it', async () => {
    const host = await newHost();
    const { imds, files, topology } = host.lab;
    const patient = { 'docker-timeout': '1m', 'dns-timeout': '1m', 'imds-timeout': '1m' };

    imds.addFault({ kind: 'hang' });
    const askingImds = host.startDaemon(patient);
    await expect.poll(() => imds.totalRequests(), patience).toBeGreaterThan(0);
    await expectToEnd(askingImds);
    imds.clearFaults();

    const silent = await startProgrammableDns({ addresses: [topology.customResolver] });
    silent.program('*', { outcome: 'silence' });
    await files.setNameservers([topology.customResolver]);
    const askingDns = host.startDaemon(patient);
    await expect.poll(() => silent.totalQueries(), patience).toBeGreaterThan(0);
    await expectToEnd(askingDns);
    await silent.close();

    const gate = await openEngineGate(host.engine.socketPath, host.lab.directory);
    const caught = gate.catch(/^GET \/containers/, 'before');
    const askingEngine = host.startDaemon({ ...patient, 'docker-host': `unix://${gate.socketPath}` });
    await caught;
    await expectToEnd(askingEngine);
    await gate.close();
    expect(await host.restarts()).toBe(0);
  });

  it('is alone on its host', async () => {
    const host = await newHost();
    const daemon = host.startDaemon();
    await daemon.looks(1);
    const second = await host.command(['run']);
    expect(second).toMatchObject({ exitCode: 75, stderr: expect.stringContaining(`pid ${daemon.pid}`) });
    await daemon.looks(1);
    daemon.kill('SIGKILL');
    await daemon.ended;
    // What a killed one leaves does not keep the next from running.
    await host.startDaemon().looks(1);
  });

  it('looks at once on SIGHUP', async () => {
    const host = await newHost();
    const daemon = host.startDaemon({ 'waiting-interval': '1h' });
    await daemon.until(({ agent }) => agent.path === 'public');
    await host.lab.createEndpoint('ecs-agent');
    const askedAt = performance.now();
    daemon.kill('SIGHUP');
    await daemon.until(({ endpoints }) => endpoints[0]?.class === 'private');
    expect(performance.now() - askedAt).toBeLessThan(atThisPace(2_000));
    expect(daemon.events.map(({ event }) => event)).toContain('look-requested');
  });

  it('sees a new agent process at once by the Engine’s events', async () => {
    const host = await newHost({ before: (lab) => createEndpoints({ lab }) });
    const daemon = host.startDaemon({ 'settled-interval': '1h' });
    await daemon.until(({ phase }) => phase === 'settled');
    const { Id } = await host.agent();
    await host.engine.docker.getContainer(Id).kill();
    const running = async () => (await host.agent().catch(() => undefined))?.State.Running;
    await expect.poll(running, patience).toBe(true);
    const startedAt = Date.parse((await host.agent()).State.StartedAt);
    const { writtenAt } = await daemon.until(
      ({ agent }) => agent.container?.running === true && agent.container.id !== Id,
    );
    expect(Date.parse(writtenAt) - startedAt).toBeLessThan(atThisPace(2_000));
    const status = await daemon.until(({ phase, agent }) => phase === 'settled' && agent.path === 'private');
    expect(status.restartsTotal).toBe(0);
    expect(await host.restarts()).toBe(1);
  });

  it('outwaits an Engine that stands still', async () => {
    const host = await newHost();
    const daemon = host.startDaemon({ 'docker-timeout': '2s' });
    await daemon.until(({ agent }) => agent.path === 'public');
    host.engine.pause();
    await createEndpoints(host);
    const status = await daemon.until(({ phase }) => phase === 'blocked');
    expect(status).toMatchObject({
      reason: { code: 'engine-timeout' },
      endpoints: Array(3).fill({ class: 'private', reachable: true }),
      agent: { path: 'unknown', problem: { code: 'engine-timeout' } },
    });
    const later = await daemon.looks(2);
    expect(later).toMatchObject({ phase: 'blocked', restartsTotal: 0 });
    host.engine.resume();
    await expectSettled(host, daemon);
  });

  it('outlives a restart of the Engine', async () => {
    const host = await newHost({ supervision: 'restart-policy' });
    const daemon = host.startDaemon();
    await host.lab.createEndpoint('ecs-agent');
    await daemon.until(
      ({ agent, endpoints }) => agent.path === 'public' && endpoints[0]?.class === 'private',
    );
    await host.engine.restart();
    await daemon.until(({ agent }) => agent.path === 'public');
    expect(await host.restarts()).toBe(1);
    const codes = daemon.events.filter(({ event }) => event === 'problem').map(({ problem }) => problem);
    expect(codes.some((code) => code?.startsWith('engine-'))).toBe(true);
    await createEndpoints(host);
    const status = await expectSettled(host, daemon, 2);
    expect(status.restartsTotal).toBe(1);
  });
});
