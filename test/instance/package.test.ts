import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../src/report/status-schema.ts';
import { endpointServices } from '../../src/settings/endpoint-services.ts';
import { inCheckout } from '../lab/checkout.ts';
import {
  type ContainerInstance,
  isHealthy,
  startContainerInstance,
} from '../lab/hosts/machine/container-instance.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { atThisPace } from '../lab/pace.ts';
import { type Format, packageFile, packagesDirectory } from '../package/built-packages.ts';
import { nextVersion, packNextVersion, packWhatRpmNeeds } from '../package/next-version.ts';
import { startS3 } from '../package/s3-stand-in.ts';

// The packages as they are shipped, on a booted machine: systemd, sandbox and all.

const unit = 'ecs-privatelinkd.service';
const fast = [
  'WAITING_INTERVAL=500ms',
  'SETTLED_INTERVAL=500ms',
  'VERIFY_TIMEOUT=30s',
  'RECREATE_TIMEOUT=60s',
];
const settings = fast.map((line) => `--set ECS_PRIVATELINKD_${line}`).join(' ');
let instance: ContainerInstance;

const run = (...argv: [string, ...string[]]) => instance.machine.output(argv);
const sh = (script: string) => run('sh', '-euc', script);
const install = (args: string) => sh(`sh /packages/install.sh ${args}`);

async function show(...properties: string[]): Promise<string[]> {
  const values = properties.map((property) =>
    run('systemctl', 'show', '--value', `--property=${property}`, unit),
  );
  return (await Promise.all(values)).map((value) => value.trim());
}

async function status(): Promise<Status> {
  // It exits with 1 until the agent is on PrivateLink.
  const { stdout } = await instance.machine.exec(['ecs-privatelinkd', 'status', '--json']);
  return JSON.parse(stdout);
}

function until(what: string, matches: (status: Status) => boolean): Promise<Status> {
  return eventually(what, status, matches, { timeout: 60_000 });
}

async function createEndpoints(): Promise<void> {
  for (const service of endpointServices) await instance.lab.createEndpoint(service);
}

/** The agent's processes that the ECS service has seen. */
function agents(): number {
  const { calls, connections } = instance.lab.service.record;
  return new Set([...calls, ...connections].map(({ agentProcess }) => agentProcess).filter(Boolean)).size;
}

/** Paths on the machine's own disk that carry the name. A checkout whose directory is called so is among them. */
async function named(): Promise<string[]> {
  const found =
    await sh(`find / -xdev \\( -path /proc -o -path /packages -o -path /opt -o -path /next \\) -prune \
    -o -name '*ecs-privatelinkd*' -print`);
  return found.trim().split('\n').filter(Boolean);
}

/** Nothing of the package is left beside what was there before it, and nothing has happened to the agent. */
async function expectRemoved(before: string, namedBefore: readonly string[]): Promise<void> {
  expect((await named()).filter((path) => !namedBefore.includes(path))).toEqual([]);
  expect(await run('systemctl', 'show', '--value', '--property=LoadState', unit)).toBe('not-found\n');
  expect(await instance.observe()).toMatchObject({ agent: { id: before, running: true }, unit: 'active' });
}

describe.each(['deb', 'rpm'] satisfies Format[])('the %s', (format) => {
  let next: string;
  let namedBefore: string[];

  beforeAll(async () => {
    next = await packNextVersion(format);
    const binds: Record<string, string> = {
      '/packages': packagesDirectory,
      [`/next/${basename(next)}`]: next,
    };
    if (format === 'rpm') binds['/needs.rpm'] = await packWhatRpmNeeds();
    instance = await startContainerInstance({ machine: { binds } });
    if (format === 'rpm') await run('rpm', '--upgrade', '/needs.rpm');
    namedBefore = await named();
    await install(`${settings} /packages/${basename(packageFile(format))}`);
  });

  afterAll(async () => {
    await instance?.close();
  });

  it('is up as soon as install.sh returns, in under a second', async () => {
    expect(await show('ActiveState', 'UnitFileState', 'NRestarts')).toEqual(['active', 'enabled', '0']);
    const startups: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      await run('systemctl', 'restart', unit);
      const [started, active] = await show(
        'ExecMainStartTimestampMonotonic',
        'ActiveEnterTimestampMonotonic',
      );
      startups.push((Number(active) - Number(started)) / 1000);
    }
    console.log(`${format}: READY after ${startups.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
    expect(Math.min(...startups)).toBeLessThan(atThisPace(1_000));
  });

  it('does the main job in its sandbox, and says so', async () => {
    await until('the public path', ({ agent }) => agent.path === 'public');
    const before = agents();
    await createEndpoints();
    const settled = await until('settled', ({ phase }) => phase === 'settled');
    expect(settled).toMatchObject({
      reason: { code: 'on-private-path' },
      agent: { path: 'private', registered: true, supervisor: 'ecs-init' },
      lastRestart: { verb: 'kill', outcome: 'private' },
      restartsTotal: 1,
    });
    expect(await instance.observe()).toMatchObject({ path: 'private', unit: 'active', natRules: true });
    expect(agents()).toBe(before + 1);
    await eventually(
      'the status line',
      async () => (await show('StatusText'))[0],
      (line) => /^settled: /.test(line ?? ''),
    );
    expect(await show('ActiveState', 'NRestarts')).toEqual(['active', '0']);
  });

  it('shows its status to every user', async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--clear-groups'] as const;
    const { code, stdout } = await instance.machine.exec([
      ...asNobody,
      'ecs-privatelinkd',
      'status',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ phase: 'settled' });
  });

  it('is restarted by the watchdog when it hangs, and only then', async () => {
    await sh(`mkdir -p /run/systemd/system/${unit}.d
      printf '[Service]\\nWatchdogSec=3s\\nRestartSec=100ms\\n' >/run/systemd/system/${unit}.d/watchdog.conf
      systemctl daemon-reload; systemctl restart ${unit}`);
    const [pid] = await show('MainPID');
    await delay(8_000);
    expect(await show('MainPID', 'NRestarts')).toEqual([pid, '0']);
    await run('kill', '-STOP', pid ?? '');
    await eventually(
      'another process',
      () => show('MainPID', 'ActiveState'),
      ([now, state]) => now !== pid && state === 'active',
      {
        timeout: 30_000,
      },
    );
    expect(await show('NRestarts')).toEqual(['1']);
    await until('settled', ({ phase }) => phase === 'settled');
    await sh(`rm -r /run/systemd/system/${unit}.d; systemctl daemon-reload; systemctl restart ${unit}`);
  });

  it('is upgraded in the middle of a restart, which is finished', async () => {
    await sh(`systemctl stop ${unit}; rm /var/lib/ecs-privatelinkd/state.json`);
    for (const service of endpointServices) await instance.lab.withdrawEndpoint(service);
    await run('systemctl', 'restart', 'ecs');
    await instance.waitFor(
      'an agent on the public path',
      (state) => isHealthy(state) && state.path === 'public',
    );
    const before = agents();
    // Until it is let go on, there is no new agent.
    const { supervisorPid } = await instance.observe();
    await run('kill', '-STOP', String(supervisorPid));
    await run('systemctl', 'start', unit);
    await createEndpoints();
    await until('the restart', ({ phase }) => phase === 'restarting');
    const [pid] = await show('MainPID');
    await install(`--no-block --sha256 $(sha256sum /next/* | cut -c 1-64) /next/${basename(next)}`);
    await eventually(
      'the new daemon',
      () => show('MainPID', 'ActiveState'),
      ([now, state]) => now !== pid && state === 'active',
    );
    await run('kill', '-CONT', String(supervisorPid));
    const query = { deb: 'dpkg-query --show', rpm: 'rpm --query' }[format];
    expect(await sh(`${query} ecs-privatelinkd`)).toContain(nextVersion);
    const settled = await until('settled', ({ phase }) => phase === 'settled');
    expect(settled).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill', outcome: 'private' } });
    expect(agents()).toBe(before + 1);
    expect(await sh('ecs-privatelinkd config --json')).toContain('"waitingIntervalMs": 500');
  });

  it('is removed, and the agent runs on', async () => {
    const { agent } = await instance.observe();
    await install('--uninstall');
    await expectRemoved(agent?.id ?? '', namedBefore);
  });
});

describe('user data that installs it', () => {
  let s3: Awaited<ReturnType<typeof startS3>>;

  beforeEach(async () => {
    s3 = await startS3(packagesDirectory);
  });

  afterEach(async () => {
    await instance?.close();
    await s3.close();
  });

  it('ends at boot, before the agent starts, and the job is done on the first boot', async () => {
    const sums = createHash('sha256')
      .update(readFileSync(join(packagesDirectory, 'SHA256SUMS')))
      .digest('hex');
    const script = readFileSync(inCheckout('scripts/user-data.sh'), 'utf8')
      .replace(/^place=.*$/m, `place=${s3.address}/plain/`)
      .replace(/^sums_sha256=.*$/m, `sums_sha256=${sums}`)
      .replace(/^ECS_PRIVATELINKD_SPLAY=.*$/m, fast.map((line) => `ECS_PRIVATELINKD_${line}`).join('\n'));
    instance = await startContainerInstance({
      machine: {
        files: {
          '/var/lib/cloud/user-data.sh': 'exec bash /var/lib/cloud/instance.sh\n',
          '/var/lib/cloud/instance.sh': script,
        },
      },
    });
    // Which has waited for the end of the boot, with every job, and for the agent.
    expect(await run('systemctl', 'list-jobs', '--no-legend')).toBe('');
    const ended = await run('systemctl', 'show', '--value', '--property=Result', 'cloud-final.service');
    expect(ended).toBe('success\n');
    expect(await show('ActiveState', 'UnitFileState')).toEqual(['active', 'enabled']);
    await createEndpoints();
    const settled = await until('settled', ({ phase }) => phase === 'settled');
    expect(settled).toMatchObject({ agent: { path: 'private' }, restartsTotal: 1 });
  });
});
