import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

describeOnEngine('what blocks', (newHost) => {
  it.each(['blackhole', 'refused'] as const)(
    'port 443 of one endpoint is closed (%s): blocked, naming the security group, until it opens',
    async (mode) => {
      const host = await newHost();
      const { lab } = host;
      const addresses = lab.topology.privateAddresses['ecs-telemetry'].map((address) =>
        lab.service.at(address),
      );
      for (const address of addresses) await address.setMode(mode);
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status.phase).toBe('blocked');
      expect(status.reason.code).toBe(mode === 'refused' ? 'endpoint-tcp-refused' : 'endpoint-tcp-timeout');
      expect(status.reason.message).toContain(lab.hosts['ecs-telemetry']);
      expect(status.reason.advice).toContain('security group');
      expect(status.endpoints.map(({ reachable }) => reachable)).toEqual([true, false, true]);
      expect(await daemon.event('phase-blocked')).toMatchObject({
        level: 'warn',
        advice: status.reason.advice,
      });
      for (const address of addresses) await address.setMode('open');
      await expectSettled(host, daemon);
    },
  );

  it('one zone of two is closed: the other does', async () => {
    const host = await newHost();
    const { lab } = host;
    for (const service of ['ecs-agent', 'ecs-telemetry', 'ecs'] as const) {
      const [first = ''] = lab.topology.privateAddresses[service];
      await lab.service.at(first).setMode('refused');
    }
    const daemon = host.startDaemon();
    await createEndpoints(host);
    const status = await expectSettled(host, daemon);
    expect(status.agent.evidence).toContain(lab.topology.privateAddresses['ecs-agent'][1]);
  });

  it('the certificate is for another name: blocked', async () => {
    const host = await newHost();
    const { lab } = host;
    const certificate = await lab.authority.issue({ names: ['ecs.example.com'] });
    for (const address of lab.topology.privateAddresses.ecs)
      lab.service.at(address).setCertificate(certificate);
    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ phase }) => phase === 'blocked');
    const status = await expectNoRestart(host, daemon);
    expect(status).toMatchObject({ phase: 'blocked', reason: { code: 'endpoint-tls-name' } });
    expect(status.reason.message).toContain('ecs.example.com');
  });

  it('a dry run: the exact call is told once, and not made', async () => {
    const host = await newHost();
    const daemon = host.startDaemon({ 'dry-run': 'true' });
    await createEndpoints(host);
    const { Id } = await host.agent();
    const told = await daemon.event('restart-dry-run');
    expect(told.call).toBe(`POST /containers/${Id}/kill?signal=SIGKILL`);
    const status = await expectNoRestart(host, daemon, 10);
    expect(status).toMatchObject({ phase: 'blocked', reason: { code: 'dry-run' }, daemon: { dryRun: true } });
    const codes = daemon.events.map(({ event }) => event);
    expect(codes.filter((code) => code === 'restart-dry-run')).toHaveLength(1);
    expect(codes).not.toContain('restart-issued');
  });

  describe('the state', () => {
    /** Not even root writes to a read-only mount. */
    function makeReadOnly(directory: string): void {
      execFileSync('mount', ['--bind', '-o', 'ro', directory, directory]);
    }
    function makeWritable(directory: string): void {
      execFileSync('umount', [directory]);
    }

    it('is corrupt: set aside, and all goes on', async () => {
      const host = await newHost();
      const file = join(host.stateDirectory, 'state.json');
      writeFileSync(file, '{"version":1,"intent":{"verb":"ki');
      const daemon = host.startDaemon();
      expect(await daemon.event('journal-set-aside')).toMatchObject({
        level: 'warn',
        file: `${file}.corrupt`,
      });
      expect(readFileSync(`${file}.corrupt`, 'utf8')).toContain('"ki');
      await createEndpoints(host);
      await expectSettled(host, daemon);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 1, restartsTotal: 1 });
    });

    it('cannot be written: no restart until it can', async () => {
      const host = await newHost();
      makeReadOnly(host.stateDirectory);
      const daemon = host.startDaemon();
      await createEndpoints(host);
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status).toMatchObject({ phase: 'blocked', reason: { code: 'state-unwritable' } });
      expect(status.reason.message).toContain('EROFS');
      expect(existsSync(join(host.stateDirectory, 'state.json'))).toBe(false);
      makeWritable(host.stateDirectory);
      await expectSettled(host, daemon);
    });

    it('can no longer be written when the restart is due: no restart until it can', async () => {
      const host = await newHost();
      const daemon = host.startDaemon({ splay: '1m' });
      await createEndpoints(host);
      await daemon.until(({ phase }) => phase === 'scheduled');
      makeReadOnly(host.stateDirectory);
      await daemon.until(({ phase }) => phase === 'blocked');
      const status = await expectNoRestart(host, daemon);
      expect(status).toMatchObject({ phase: 'blocked', reason: { code: 'state-unwritable' } });
      makeWritable(host.stateDirectory);
      await expectSettled(host, daemon);
    });
  });
});
