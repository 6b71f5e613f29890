import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHealthy } from '../lab/machine/container-instance.ts';
import { afterIntent } from './stage/moments.ts';
import { expectLeftAlone, expectSettled, type Stage, startStage } from './stage/stage.ts';

// What becomes of the agent when the one who is to start it again does not: ecs-init dies or hangs in mid-restart,
// or systemd has not come to it yet.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

describe('ecs-init in the middle of a restart', () => {
  const beforeContainer = afterIntent.find(({ name }) => name.includes('before the new container'));

  it('is killed: its unit is started at once, not after the pause that systemd makes', async () => {
    await stage.setScene();
    await stage.run('sh', '-ec', pauseScript('1h'));
    try {
      await beforeContainer?.reach(stage);
      await stage.run('kill', '-KILL', String(stage.before().supervisorPid));
      const status = await expectSettled(stage, { newAgents: 1 });
      expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
      expect(stage.daemon.events()).toContainEqual(
        expect.objectContaining({
          event: 'restart-fallback',
          call: 'systemctl start --no-block ecs.service',
        }),
      );
    } finally {
      await stage.run('sh', '-ec', pauseScript('10s'));
    }
  });

  it('is killed together with the daemon: the one that follows starts the unit', async () => {
    await stage.setScene();
    await stage.run('sh', '-ec', pauseScript('1h'));
    try {
      await beforeContainer?.reach(stage);
      await stage.daemon.kill();
      await stage.run('kill', '-KILL', String(stage.before().supervisorPid));
      await stage.daemon.start();
      const status = await expectSettled(stage, { newAgents: 1 });
      expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
    } finally {
      await stage.run('sh', '-ec', pauseScript('10s'));
    }
  });

  it('hangs for longer than the daemon waits, and comes round', async () => {
    await stage.setScene();
    const held = await beforeContainer?.reach(stage);
    await stage.daemon.until(
      'the fallback',
      () => stage.daemon.events().filter(({ event }) => event === 'restart-fallback').length > 1,
    );
    await held?.release();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
  });
});

describe('at boot, with ecs.service behind cloud-final', () => {
  const userData = '/var/lib/cloud/user-data.sh';

  it('nothing is done and nothing is blocked; the agent comes up on the private path by itself', async () => {
    await stage.setScene();
    await stage.run('sh', '-ec', 'systemctl enable --quiet cloud-final; systemctl stop ecs');
    await stage.instance.machine.writeFile(
      userData,
      'while [ ! -e /run/user-data-done ]; do sleep 0.1; done\n',
    );
    try {
      await stage.createEndpoints();
      stage.markAgents();
      await stage.instance.machine.reboot('systemd');
      const blocked = await stage.daemon.until(
        'no agent',
        ({ reason }) => reason.code === 'agent-not-running',
      );
      expect(blocked.phase).toBe('settling');
      await expectLeftAlone(stage);
      expect(await stage.run('systemctl', 'show', '--property=ActiveState,Job', 'ecs')).toMatch(
        /Job=[1-9]\d*\nActiveState=inactive/,
      );
      // User data that asks for the safe restart must get its answer while its own unit is what all wait for.
      const { code, stdout } = await stage.daemon.command('restart', '--if-needed');
      expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('Not done') });
      await stage.run('touch', '/run/user-data-done');
      await expectSettled(stage, { newAgents: 1 });
      expect(stage.daemon.status()).toMatchObject({ restartsTotal: 0, lastRestart: null });
    } finally {
      await stage.run(
        'sh',
        '-ec',
        `touch /run/user-data-done; rm -f ${userData}; systemctl disable --quiet cloud-final`,
      );
    }
  });

  it('a restart that was cut off by the power: the queued unit is left to systemd', async () => {
    await stage.setScene();
    const [beforeCall] = afterIntent;
    const held = await beforeCall?.reach(stage);
    await stage.instance.machine.crash();
    await held?.release();
    stage.markAgents();
    await stage.instance.machine.start();
    const state = await stage.instance.waitFor('a healthy agent', isHealthy);
    expect(state.path).toBe('private');
    await expectSettled(stage, { newAgents: 1 });
  });
});

/** How long systemd waits before it starts the unit again by itself. */
function pauseScript(time: string): string {
  const dropIn = '/run/systemd/system/ecs.service.d/pause.conf';
  return `mkdir -p "$(dirname ${dropIn})"; printf '[Service]\\nRestartSec=${time}\\n' >${dropIn}; systemctl daemon-reload`;
}
