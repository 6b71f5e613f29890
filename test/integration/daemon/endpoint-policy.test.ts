import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Status } from '../../../src/report/status-schema.ts';
import { createEndpoints, describeOnEngine } from './stage.ts';

describeOnEngine('the policy of an endpoint', (newHost) => {
  it('refuses ecs:Poll: one restart, never settled, and blocked with what the agent says', async () => {
    const host = await newHost({ settings: { 'verify-timeout': '15s' } });
    const { service } = host.lab;
    service.refuse('ecs:Poll');
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.event('restart-not-verified');
    const isTold = ({ phase, reason }: Status) => phase === 'blocked' && reason.code === 'agent-refused';
    await daemon.until((status) => status.reason.code === 'agent-disconnected' || isTold(status));
    // It may be between two tries. Blocked looks become rare, so that a number of them would take long.
    await delay(20_000);
    const status = await daemon.until(isTold);
    expect(status.restartsTotal).toBe(1);
    expect(status.reason.message).toContain('ecs:Poll');
    expect(status.reason.advice).toContain('ecs:Poll');
    expect(await host.command(['status'])).toMatchObject({ exitCode: 1 });
    expect(await host.command(['check'])).toMatchObject({ exitCode: 1 });
    expect(await host.restarts()).toBe(1);
    const phases = daemon.events.filter(({ event }) => event === 'phase-changed').map(({ phase }) => phase);
    expect(phases).not.toContain('settled');
    expect(service.record.refusals.length).toBeGreaterThan(2);

    service.allow('ecs:Poll');
    await daemon.until(({ phase }) => phase === 'settled');
    expect(await host.restarts()).toBe(1);
  });

  it('came too late for telemetry, which is still public: settled, told, and not on PrivateLink', async () => {
    const host = await newHost({
      before: async (lab) => {
        await lab.createEndpoint('ecs-agent');
        await lab.createEndpoint('ecs');
      },
    });
    const { service, topology } = host.lab;
    await service.waitForConnection(({ kind, scope }) => kind === 'tcs' && scope === 'public');
    await host.lab.createEndpoint('ecs-telemetry');
    const daemon = host.startDaemon();
    await daemon.until(({ phase }) => phase === 'settled');
    const status = await daemon.looks(5);
    expect(status).toMatchObject({
      phase: 'settled',
      reason: { code: 'tcs-on-public-path' },
      agent: { path: 'private', tcs: 'public' },
      restartsTotal: 0,
    });
    const check = await host.command(['check', '--json']);
    expect(check.exitCode).toBe(1);
    expect(await host.command(['status'])).toMatchObject({ exitCode: 1 });
    expect(JSON.parse(check.stdout)).toMatchObject({
      onPrivateLink: false,
      reason: { code: 'tcs-on-public-path' },
    });

    // Its next websocket goes where the name leads now.
    for (const address of topology.publicAddresses['ecs-telemetry']) service.at(address).dropConnections();
    await daemon.until(({ reason }) => reason.code === 'on-private-path');
    expect(await host.command(['check'])).toMatchObject({ exitCode: 0 });
    expect(await host.command(['status'])).toMatchObject({ exitCode: 0 });
    expect(await host.restarts()).toBe(0);
  });
});
