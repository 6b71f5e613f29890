import { expect, it } from 'vitest';
import type { JsonCommand } from '../../../src/cli/json-versions.ts';
import { endpointServices } from '../../../src/settings/endpoint-services.ts';
import type { Host } from '../../lab/hosts/host.ts';
import { documentOf } from '../../lab/json-document.ts';
import { createEndpoints, describeOnEngine, expectNoRestart, expectSettled } from './stage.ts';

async function json(
  host: Host,
  args: readonly [JsonCommand, ...string[]],
  settings: Readonly<Record<string, string>> = {},
) {
  const { exitCode, stdout } = await host.command([...args, '--json'], settings);
  return { exitCode, shown: documentOf(args[0], stdout) };
}

describeOnEngine('commands', (newHost) => {
  it('check tells whether the agent is on PrivateLink, and why not', async () => {
    const host = await newHost();
    const { lab } = host;
    const { hosts, topology } = lab;

    const early = await json(host, ['check']);
    expect(early.exitCode).toBe(1);
    expect(early.shown).toMatchObject({
      onPrivateLink: false,
      reason: { code: 'names-not-private' },
      agent: { path: 'public', supervisor: 'ecs-init', registered: true },
      endpoints: endpointServices.map((service) => ({
        service,
        host: hosts[service],
        class: 'public',
        addresses: topology.publicAddresses[service],
        reachable: null,
      })),
    });

    for (const address of topology.privateAddresses.ecs) await lab.service.at(address).setMode('refused');
    await createEndpoints(host);
    const closed = await json(host, ['check']);
    expect(closed.exitCode).toBe(1);
    expect(closed.shown.reason.advice).toContain('security group');
    expect(closed.shown.endpoints).toMatchObject(
      endpointServices.map((service) => ({
        service,
        class: 'private',
        addresses: topology.privateAddresses[service],
        reachable: service !== 'ecs',
      })),
    );

    for (const address of topology.privateAddresses.ecs) await lab.service.at(address).setMode('open');
    const ready = await json(host, ['check']);
    expect(ready).toMatchObject({ exitCode: 1, shown: { reason: { code: 'agent-on-public-path' } } });
    expect(await host.restarts()).toBe(0);

    await expectSettled(host, host.startDaemon());
    const done = await json(host, ['check']);
    expect(done).toMatchObject({ exitCode: 0, shown: { onPrivateLink: true, agent: { path: 'private' } } });
    const forPeople = await host.command(['check']);
    expect(forPeople).toMatchObject({ exitCode: 0, stderr: '' });
    expect(forPeople.stdout).toMatch(/^answer +yes: /m);
  });

  it('check tells what could not be asked by its exit code', async () => {
    const host = await newHost();
    const noEngine = await json(host, ['check'], { 'docker-host': `unix://${host.lab.directory}/none.sock` });
    expect(noEngine).toMatchObject({
      exitCode: 69,
      shown: { agent: { problem: { code: 'engine-missing' } } },
    });
    const noImds = await json(host, ['check'], { 'imds-endpoint': 'http://127.0.0.1:9' });
    expect(noImds.exitCode).toBe(69);
    expect(noImds.shown.instance.problem.code).toMatch(/^imds-/);
    const wrong = await host.command(['check'], { region: 'us east 1' });
    expect(wrong.exitCode).toBe(78);
    expect((await host.command(['check', '--jason'])).exitCode).toBe(64);
  });

  it('status waits for a phase', async () => {
    const host = await newHost();
    expect(await host.command(['status'])).toMatchObject({ exitCode: 69, stdout: '' });
    const daemon = host.startDaemon();
    await daemon.looks(1);
    expect((await json(host, ['status'])).exitCode).toBe(1);
    expect((await json(host, ['explain'])).shown.phase).toBe('waiting');
    const inVain = await host.command(['status', '--wait', 'settled', '--timeout', '300ms']);
    expect(inVain).toMatchObject({ exitCode: 75, stderr: expect.stringContaining('settled') });
    const [waited] = await Promise.all([
      json(host, ['status', '--wait', 'settled', '--timeout', '10s']),
      createEndpoints(host),
    ]);
    expect(waited.exitCode).toBe(0);
    expect(waited.shown).toMatchObject({
      phase: 'settled',
      daemon: { pid: daemon.pid },
      agent: { path: 'private' },
      lastRestart: { verb: 'kill', outcome: 'private' },
      restartsTotal: 1,
    });
    const table = await host.command(['status']);
    expect(table.exitCode).toBe(0);
    for (const text of [
      ...Object.values(host.lab.hosts),
      'path       private',
      'phase      settled',
      'kill: private',
    ]) {
      expect(table.stdout).toContain(text);
    }
  });

  it('restart --if-needed does, without a daemon, what a daemon would', async () => {
    const host = await newHost();
    const early = await json(host, ['restart', '--if-needed']);
    expect(early.exitCode).toBe(1);
    expect(early.shown.message).toContain('Not done. 0 of 3 names are private');
    await createEndpoints(host);
    const dry = await json(host, ['restart', '--if-needed', '--dry-run']);
    expect(dry).toMatchObject({
      exitCode: 0,
      shown: {
        message: expect.stringMatching(/^Dry run: this call would be made: POST \/containers\/\w+\//),
      },
    });
    expect(await host.restarts()).toBe(0);
    const needed = await json(host, ['restart', '--if-needed']);
    expect(needed).toMatchObject({ exitCode: 0, shown: { message: expect.stringContaining('Done') } });
    expect(await host.restarts()).toBe(1);
    const needless = await json(host, ['restart', '--if-needed']);
    expect(needless).toMatchObject({
      exitCode: 0,
      shown: { message: expect.stringContaining('Not needed') },
    });
    expect(await host.restarts()).toBe(1);
    expect((await host.command(['restart'])).exitCode).toBe(0);
    expect(await host.restarts()).toBe(2);
    await expectSettled(host, host.startDaemon(), 2);
  });

  it('restart asks the daemon that runs, which does not wait for its turn then', async () => {
    const host = await newHost();
    const daemon = host.startDaemon({ splay: '24h' });
    // Before it runs the command would take its place.
    await daemon.until(({ phase }) => phase === 'waiting');
    const early = await json(host, ['restart', '--if-needed']);
    expect(early).toMatchObject({ exitCode: 1, shown: { message: expect.stringContaining('Not done') } });
    await createEndpoints(host);
    await daemon.until(({ phase }) => phase === 'scheduled');
    expect((await expectNoRestart(host, daemon)).next.restartAt).not.toBeNull();
    const needed = await json(host, ['restart', '--if-needed']);
    expect(needed).toMatchObject({ exitCode: 0, shown: { message: expect.stringContaining('Done') } });
    await expectSettled(host, daemon);
    const needless = await json(host, ['restart', '--if-needed']);
    expect(needless).toMatchObject({
      exitCode: 0,
      shown: { message: expect.stringContaining('Not needed') },
    });
    expect(await host.restarts()).toBe(1);
    const forced = await json(host, ['restart']);
    expect(forced).toMatchObject({ exitCode: 0, shown: { message: expect.stringContaining('Done') } });
    await expectSettled(host, daemon, 2);
  });
});
