import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/report/status-schema.ts';
import { inCheckout } from '../lab/checkout.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { hostArchitecture, packagesDirectory } from '../package/built-packages.ts';
import { type Stage, startStage } from './stage/stage.ts';
import { flagsOfTaskDefinition } from './stage/task-definition.ts';

// The image as ECS would run it on each container instance, by the task definition, beside the agent that it restarts.

const version: string = JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).version;
const archive = `/packages/ecs-privatelinkd-${version}-image-${hostArchitecture}.tar`;
const fast = ['WAITING_INTERVAL=500ms', 'SETTLED_INTERVAL=500ms', 'VERIFY_TIMEOUT=30s', 'SPLAY=0s'];
let stage: Stage;

const sh = (script: string) => stage.run('sh', '-euc', script);

/** As the ECS agent would create it. */
async function runDaemon(...settings: readonly string[]): Promise<void> {
  await sh('docker rm -f daemon >/dev/null 2>&1 || true; rm -rf /var/lib/ecs-privatelinkd');
  await createDaemon(flagsOfTaskDefinition(), settings);
}

async function createDaemon(flags: readonly string[], settings: readonly string[] = []): Promise<void> {
  const variables = [...fast, ...settings].flatMap((line) => ['--env', `ECS_PRIVATELINKD_${line}`]);
  const image = `ecs-privatelinkd:${version}`;
  await stage.run('docker', 'run', '--detach', '--name=daemon', ...flags, ...variables, image);
}

async function status(): Promise<Status> {
  const shown = ['docker', 'exec', 'daemon', 'ecs-privatelinkd', 'status', '--json'] as const;
  const { stdout, stderr } = await stage.instance.machine.exec(shown);
  if (stdout === '') throw new Error(`${stderr}\n${await sh('docker logs --tail 20 daemon 2>&1')}`);
  return JSON.parse(stdout);
}

function until(what: string, matches: (status: Status) => boolean): Promise<Status> {
  return eventually(what, status, matches, { timeout: 60_000 });
}

beforeAll(async () => {
  stage = await startStage({ machine: { binds: { '/packages': packagesDirectory } } });
  expect(await sh(`docker load --quiet --input ${archive}`)).toContain(`ecs-privatelinkd:${version}`);
});

afterAll(async () => {
  await stage?.close();
});

describe('the daemon in a task of a daemon service', () => {
  it('proves the path, sees who runs the agent, and restarts it once', async () => {
    await stage.setScene();
    await runDaemon();
    const before = await until('the public path', ({ agent }) => agent.path === 'public');
    expect(before.agent).toMatchObject({ supervisor: 'ecs-init', registered: true });
    await stage.createEndpoints();
    const settled = await until('settled', ({ phase }) => phase === 'settled');
    expect(settled).toMatchObject({
      reason: { code: 'on-private-path' },
      agent: { path: 'private', supervisor: 'ecs-init' },
      lastRestart: { verb: 'kill', outcome: 'private' },
      restartsTotal: 1,
    });
    // A dump of its memory may hold the agent's environment.
    expect(await sh('cat "/proc/$(docker inspect -f {{.State.Pid}} daemon)/limits"')).toMatch(
      /Max core file size +0 +0 /,
    );
    expect(await sh('docker logs daemon 2>&1')).not.toMatch(/systemctl-|un(?:readable|writable)/);
    expect(stage.newAgents()).toBe(1);
    expect(await stage.instance.observe()).toMatchObject({ path: 'private', unit: 'active', natRules: true });
  });

  it('has its state and status on the host, and takes them up again as another task', async () => {
    expect(await sh('ls /var/lib/ecs-privatelinkd /run/ecs-privatelinkd')).toMatch(
      /status\.json.*state\.json/s,
    );
    await sh('docker stop daemon >/dev/null; docker start daemon >/dev/null');
    const { restartsTotal } = await until('settled', ({ phase }) => phase === 'settled');
    expect(restartsTotal).toBe(1);
  });

  it('restarts by systemctl, where that is what restarts the agent', async () => {
    await stage.setScene();
    await runDaemon('RESTART=systemd');
    await until('the public path', ({ agent }) => agent.path === 'public');
    await stage.createEndpoints();
    const settled = await until('settled', ({ phase }) => phase === 'settled');
    expect(settled).toMatchObject({
      lastRestart: { verb: 'systemctl-restart', outcome: 'private' },
      restartsTotal: 1,
    });
    expect(stage.newAgents()).toBe(1);
  });

  it('without the mount of systemd it restarts nothing, and says why', async () => {
    await stage.setScene();
    await sh('docker rm -f daemon >/dev/null');
    const flags = flagsOfTaskDefinition().filter(
      (flag, index, all) => !/systemd/.test(flag) && !/systemd/.test(all[index + 1] ?? ''),
    );
    await createDaemon(flags);
    await until('the public path', ({ agent }) => agent.path === 'public');
    await stage.createEndpoints();
    const blocked = await until('blocked', ({ phase }) => phase === 'blocked');
    expect(blocked.reason).toMatchObject({
      code: 'no-safe-restart',
      message: expect.stringContaining('of which systemd tells nothing'),
      advice: expect.stringContaining('/run/systemd'),
    });
    expect(stage.newAgents()).toBe(0);
  });

  it('a second one on the host ends, and says why', async () => {
    const argv: [string, ...string[]] = [
      'docker',
      'run',
      '--rm',
      ...flagsOfTaskDefinition(),
      `ecs-privatelinkd:${version}`,
    ];
    const { code, stdout, stderr } = await stage.instance.machine.exec(argv);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/already|another/i);
  });
});
