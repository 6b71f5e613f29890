import { expect, it } from 'vitest';
import type { Daemon, Host } from '../../lab/hosts/host.ts';
import { atThisPace } from '../../lab/pace.ts';
import { openEngineGate } from './engine-gate.ts';
import { createEndpoints, describeOnEngine, expectSettled } from './stage.ts';

describeOnEngine('the restart', (newHost) => {
  it('under ecs-init is a kill: a new container, supervised as before', async () => {
    const host = await newHost();
    const before = await host.agent();
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const issued = await daemon.event('restart-issued');
    expect(issued).toMatchObject({ verb: 'kill', call: `POST /containers/${before.Id}/kill?signal=SIGKILL` });
    const status = await expectSettled(host, daemon);
    const after = await host.agent();
    expect(after.Id).not.toBe(before.Id);
    expect(status.agent).toMatchObject({ supervisor: 'ecs-init', container: { id: after.Id } });
    expect(status.lastRestart?.connectedMs).toBeLessThan(atThisPace(10_000));
    expect(host.supervisor?.output()).toContain('Agent exited with code 137');

    // Its next end, of whatever cause, is seen to by the supervisor; the daemon looks on.
    await host.engine.docker.getContainer(after.Id).kill();
    await daemon.until(({ agent }) => agent.path === 'private' && agent.container?.id !== after.Id);
    expect((await daemon.looks(3)).restartsTotal).toBe(1);
    expect(await host.restarts()).toBe(2);
  });

  it('of a container with its own restart policy is a kill and a start: the same container', async () => {
    const host = await newHost({ supervision: 'restart-policy' });
    const before = await host.agent();
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const issued = await daemon.event('restart-issued');
    expect(issued).toMatchObject({
      verb: 'kill',
      call: `POST /containers/${before.Id}/kill?signal=SIGKILL`,
    });
    const status = await expectSettled(host, daemon);
    expect(status.agent.supervisor).toBe('restart-policy');
    const after = await host.agent();
    expect(after.Id).toBe(before.Id);
    expect(after.State.StartedAt).not.toBe(before.State.StartedAt);
  });

  /** The daemon is killed at that moment of its call; the next one settles the matter. */
  async function interrupt(host: Host, when: 'before' | 'after'): Promise<Daemon> {
    const gate = await openEngineGate(host.engine.socketPath, host.lab.directory);
    try {
      const first = host.startDaemon({ 'docker-host': `unix://${gate.socketPath}` });
      const caught = gate.catch(/^POST \S*\/(kill|restart)\b/, when);
      await createEndpoints(host);
      await caught;
      await first.event('restart-issued');
      first.kill('SIGKILL');
      expect(await first.ended).toBe(137);
    } finally {
      await gate.close();
    }
    expect(await host.command(['status'])).toMatchObject({ exitCode: 69 });
    return host.startDaemon();
  }

  it.each(['ecs-init', 'restart-policy'] as const)(
    'that a killed daemon had made is finished by the next (%s)',
    async (supervision) => {
      const host = await newHost({ supervision });
      const next = await interrupt(host, 'after');
      expect((await expectSettled(host, next)).restartsTotal).toBe(1);
      expect(next.events.map(({ event }) => event)).not.toContain('restart-issued');
    },
  );

  it('that a killed daemon had only written down is not counted, and made by the next', async () => {
    const host = await newHost();
    const next = await interrupt(host, 'before');
    await next.event('restart-abandoned');
    expect((await expectSettled(host, next)).restartsTotal).toBe(1);
  });

  it('is not made again on the same evidence, and after its cool-down where that has changed', async () => {
    const host = await newHost({
      agentEnvironment: { ECS_BACKEND_HOST: 'https://ecs-fips.us-east-1.amazonaws.com' },
      settings: {
        'endpoint-names': 'ecs=ecs.us-east-1.amazonaws.com',
        'verify-timeout': '8s',
      },
    });
    const { lab } = host;
    const daemon = host.startDaemon();
    await createEndpoints(host);
    expect(await daemon.event('restart-not-verified')).toMatchObject({ level: 'warn', outcome: 'public' });
    await daemon.until(({ phase }) => phase === 'blocked');
    const blocked = await daemon.looks(6);
    expect(blocked).toMatchObject({
      phase: 'blocked',
      reason: { code: 'restart-did-not-help' },
      restartsTotal: 1,
    });
    expect(await host.restarts()).toBe(1);
    expect(await host.command(['status'])).toMatchObject({ exitCode: 1 });

    await lab.createEndpoint('ecs', lab.topology.hubAddresses.ecs);
    await daemon.until(({ phase }) => phase === 'scheduled');
    const status = await daemon.looks(6);
    expect(status).toMatchObject({ phase: 'scheduled', reason: { code: 'cool-down' }, restartsTotal: 1 });
    expect(await host.restarts()).toBe(1);
  });
});
