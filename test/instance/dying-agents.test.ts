import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import type { Settings } from '../lab/program.ts';
import {
  expectBack,
  type OwnAgent,
  ownUnit,
  removeOwnAgent,
  startDetached,
  startUnderOwnUnit,
} from './stage/own-agent.ts';
import { type Scene, type Stage, startStage } from './stage/stage.ts';

// Agents that end again after the daemon's restart, before they were seen on the private path: whoever runs them, the
// daemon sees to it that there is a next one, for as long as it takes. One that ends with 5 is not brought back by us.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  stage.instance.lab.service.allow();
  await stage.run('sh', '-c', 'systemctl stop exit-five 2>/dev/null; rm -f "$0"; true', exitFile);
  await removeOwnAgent(stage);
});

afterAll(async () => {
  await stage?.close();
});

const exitFile = '/var/lib/ecs-lab/exit-code';

interface Runner {
  readonly by: string;
  readonly supervisor: 'ecs-init' | 'unit' | 'restart-policy' | 'none';
  readonly unit?: string;
  readonly settings?: Settings;
  /** The agents that end at once before one that does not: more than whoever runs them starts by himself. */
  readonly endAtOnce: number;
  /** Resolves with the agent on the public path. */
  readonly start: (scene: Scene) => Promise<void>;
}

const underOwnUnit =
  (service: string, command?: (agent: OwnAgent) => string): Runner['start'] =>
  (scene) =>
    startUnderOwnUnit(stage, service, scene, command);

const detached =
  (options: string): Runner['start'] =>
  (scene) =>
    startDetached(stage, options, scene);

const runners: readonly Runner[] = [
  {
    by: 'ecs-init',
    supervisor: 'ecs-init',
    unit: 'ecs.service',
    // It waits longer before each further agent.
    settings: { 'recreate-timeout': '30s' },
    endAtOnce: 2,
    start: (scene) => stage.setScene(scene),
  },
  {
    by: 'a unit that starts it again',
    supervisor: 'unit',
    unit: ownUnit,
    endAtOnce: 2,
    start: underOwnUnit('Restart=on-failure\nRestartSec=3\nExecStop=/usr/bin/docker stop %i'),
  },
  {
    by: 'a unit that does not',
    supervisor: 'unit',
    unit: ownUnit,
    endAtOnce: 2,
    start: underOwnUnit('ExecStop=/usr/bin/docker stop %i'),
  },
  {
    by: 'a unit that always ends well',
    supervisor: 'unit',
    unit: ownUnit,
    endAtOnce: 2,
    start: underOwnUnit('Restart=on-failure\nExecStop=/usr/bin/docker stop %i', ({ run }) => {
      return `/bin/sh -c "${run()}; exit 0"`;
    }),
  },
  {
    by: 'a restart policy that gives up',
    supervisor: 'restart-policy',
    endAtOnce: 5,
    start: detached('--restart=on-failure:3'),
  },
  { by: 'nobody', supervisor: 'none', endAtOnce: 2, start: detached('') },
];

describe('an agent that ends 0, 1 and 10 s after the restart', () => {
  it.each(runners)('run by $by: there is a next one, until one stays', async (runner) => {
    const { service } = stage.instance.lab;
    await runner.start({ settings: { ...runner.settings, 'verify-timeout': '5m' } });
    await stage.daemon.start();
    await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');

    service.refuse('ecs:RegisterContainerInstance');
    const first = callers();
    await stage.createEndpoints();
    await untilCallers((now) => now.size - first.size >= runner.endAtOnce);
    service.setApiMode('error');
    service.allow();
    for (const ms of [1_000, 10_000]) {
      const before = callers();
      await untilCallers((now) => now.size > before.size);
      await delay(ms);
      await stage.instance.exitAgent(1);
    }
    const before = callers();
    await untilCallers((now) => now.size > before.size);
    service.setApiMode('answer');

    await expectBack(stage, runner);
  });
});

describe('an agent that ends with 5', () => {
  it('again and again, under a unit that repeats it: told once, nothing is done', async () => {
    const dropIn = '/run/systemd/system/ecs.service.d/repeat.conf';
    await stage.instance.machine.writeFile(dropIn, '[Service]\nRestartPreventExitStatus=\nRestartSec=3s\n');
    await stage.run('systemctl', 'daemon-reload');
    try {
      await stage.setScene();
      stage.instance.lab.service.setApiMode('error');
      const loop = `while :; do echo 5 >${exitFile}; sleep 0.2; done`;
      await stage.run('systemd-run', '--quiet', '--unit=exit-five', 'sh', '-c', loop);
      await stage.instance.waitFor('its end', ({ agent }) => agent?.exitCode === 5);
      await stage.daemon.start();
      await stage.createEndpoints();
      await stage.daemon.until('told', ({ reason }) => reason.code === 'agent-exit-5');
      const told = await restarts();
      await eventually('3 more of them', restarts, (now) => now >= told + 3);
      expect(stage.daemon.status()).toMatchObject({
        phase: 'blocked',
        reason: { code: 'agent-exit-5' },
        restartsTotal: 0,
        lastRestart: null,
      });
      const blocked = stage.daemon.events().filter(({ event }) => event === 'phase-blocked');
      expect(blocked.map(({ reason }) => reason)).toEqual(['agent-exit-5']);
      // Once its cause is mended the unit's next one stays.
      await stage.run('systemctl', 'stop', 'exit-five');
      await stage.run('rm', '-f', exitFile);
      stage.instance.lab.service.setApiMode('answer');
      const status = await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
      expect(status).toMatchObject({ restartsTotal: 0, agent: { path: 'private' } });
    } finally {
      await stage.run('rm', '-f', dropIn);
      await stage.run('systemctl', 'daemon-reload');
    }
  });

  it('after the restart, run by nobody: it is left as it is, and told', async () => {
    await detached('')({});
    await stage.daemon.start();
    await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
    stage.instance.lab.service.setApiMode('error');
    await stage.createEndpoints();
    await stage.daemon.until('a new agent', ({ phase }) => phase === 'verifying');
    const starts = fallbacks();
    await stage.instance.exitAgent(5);
    await stage.daemon.until('told', ({ reason }) => reason.code === 'agent-exit-5');
    const status = await stage.daemon.looks(5);
    expect(status).toMatchObject({ phase: 'blocked', restartsTotal: 1 });
    expect(fallbacks()).toEqual(starts);
    expect((await stage.instance.observe()).agent).toMatchObject({ running: false, exitCode: 5 });
  });
});

/** How often systemd has started the unit again. */
async function restarts(): Promise<number> {
  return Number(await stage.run('systemctl', 'show', '--value', '--property=NRestarts', 'ecs'));
}

/** The agent's processes that have called the API over the endpoints, refused or not. */
function callers(): Set<string> {
  const { calls } = stage.instance.lab.service.record;
  return new Set(calls.filter(({ scope }) => scope === 'private').map(({ agentProcess }) => agentProcess));
}

async function untilCallers(accept: (now: Set<string>) => boolean): Promise<void> {
  await eventually('another agent', async () => callers(), accept, { timeout: 90_000 });
}

function fallbacks(): readonly unknown[] {
  return stage.daemon
    .events()
    .filter(({ event }) => event === 'restart-fallback')
    .map(({ call }) => call);
}
