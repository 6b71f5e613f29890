import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHealthy } from '../lab/hosts/machine/container-instance.ts';
import { afterIntent } from './stage/moments.ts';
import { expectLeftAlone, expectSettled, type Stage, startStage } from './stage/stage.ts';

// What becomes of the agent when the one who is to start it again does not: ecs-init dies or hangs during a restart,
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

  it('is killed: systemd starts its unit again', async () => {
    await stage.setScene();
    await beforeContainer?.reach(stage);
    await stage.run('kill', '-KILL', String(stage.before().supervisorPid));
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
  });

  it.each([
    { daemon: 'the daemon', killed: false },
    { daemon: 'the daemon that follows', killed: true },
  ])('fails, and systemd lets it be: $daemon starts its unit', async ({ killed }) => {
    await withDropIn('Restart=no', async () => {
      await stage.setScene();
      const held = await beforeContainer?.reach(stage);
      if (killed) await stage.daemon.kill();
      await stage.run('kill', '-KILL', String(stage.before().supervisorPid));
      await held?.release();
      if (killed) {
        await stage.instance.waitFor('the end of the unit', ({ unit }) => unit === 'failed');
        await stage.daemon.start();
      }
      const status = await expectSettled(stage, { newAgents: 1 });
      expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
      expect(stage.daemon.events()).toContainEqual(
        expect.objectContaining({
          event: 'restart-fallback',
          call: 'systemctl start --no-block ecs.service',
        }),
      );
    });
  });

  it('ends as if an operator had stopped its unit, which nobody did: the daemon starts it', async () => {
    await stage.setScene();
    const held = await beforeContainer?.reach(stage);
    // An end by SIGTERM is a clean one: the unit is inactive, as after `systemctl stop`.
    await stage.run('kill', '-TERM', String(stage.before().supervisorPid));
    await held?.release();
    const status = await expectSettled(stage, { newAgents: 1 });
    expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
  });

  it('is stopped by an operator with its unit: it is left stopped, and that is told', async () => {
    await stage.setScene();
    const held = await beforeContainer?.reach(stage);
    await stage.run('systemctl', 'stop', '--no-block', 'ecs');
    await held?.release();
    const told = await stage.daemon.until('told', ({ reason }) => reason.code === 'unit-stopped');
    expect(told).toMatchObject({ phase: 'blocked', lastRestart: { outcome: 'taken-over' } });
    await stage.run('systemctl', 'start', 'ecs');
    await expectSettled(stage, { newAgents: 1 });
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 1 });
  });

  it('hangs for good, its unit active as if nothing were wrong: the daemon has the unit restarted', async () => {
    await withDropIn('TimeoutStopSec=2s', async () => {
      await stage.setScene();
      await beforeContainer?.reach(stage);
      const status = await expectSettled(stage, { newAgents: 1 });
      expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { outcome: 'private' } });
      const fallbacks = stage.daemon.events().filter(({ event }) => event === 'restart-fallback');
      expect(fallbacks.map((event) => event['call'])).toEqual([
        expect.stringContaining('systemctl start --no-block'),
        expect.stringContaining('systemctl restart --no-block'),
      ]);
    });
  });

  /** The unit has this line too. */
  async function withDropIn(line: string, act: () => Promise<void>): Promise<void> {
    const dropIn = '/run/systemd/system/ecs.service.d/other.conf';
    await stage.instance.machine.writeFile(dropIn, `[Service]\n${line}\n`);
    await stage.run('systemctl', 'daemon-reload');
    try {
      await act();
    } finally {
      await stage.run('rm', '-f', dropIn);
      await stage.run('systemctl', 'daemon-reload');
    }
  }
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
      const unit = await stage.run('systemctl', 'show', '--property=ActiveState,Job', 'ecs');
      expect(unit).toContain('ActiveState=inactive');
      expect(unit).toMatch(/^Job=[1-9]/m);
      // User data that asks gets its answer, though its own unit is what all wait for.
      const { code, stdout } = await stage.daemon.command('check');
      expect({ code, stdout }).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('No registered agent'),
      });
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
