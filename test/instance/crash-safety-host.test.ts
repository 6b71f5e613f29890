import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateDirectory } from './stage/daemon-unit.ts';
import { openEngineRelay } from './stage/engine-relay.ts';
import { afterIntent } from './stage/moments.ts';
import { expectLeftAlone, expectSettled, type Stage, startStage } from './stage/stage.ts';

// What the daemon stands on gives way in the middle of a restart: the Engine, the disk, the clock.

let stage: Stage;
const [, , beforeContainer, verification] = afterIntent;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage?.close();
});

async function dockerPid(): Promise<string> {
  return (await stage.run('systemctl', 'show', '--property=MainPID', '--value', 'docker')).trim();
}

/** The restart that was made is the only one, and it came to a good end. */
async function expectOneRestart(newAgents = 1): Promise<void> {
  const status = await expectSettled(stage, { newAgents });
  expect(status).toMatchObject({ restartsTotal: 1, lastRestart: { verb: 'kill', outcome: 'private' } });
}

describe('the Engine', () => {
  it.each([
    { daemon: 'the daemon', killed: false },
    { daemon: 'the daemon that follows', killed: true },
  ])('hangs when it is called: $daemon sees the call take effect, late', async ({ killed }) => {
    await stage.setScene({ settings: { 'docker-host': 'unix:///run/relay.sock' } });
    const run = `/proc/${stage.instance.machine.pid}/root/run`;
    const pid = await dockerPid();
    const hang = async () => void (await stage.run('kill', '-STOP', pid));
    const relay = await openEngineRelay(`${run}/docker.sock`, run, /^POST \S*\/kill/, hang);
    try {
      await stage.daemon.start();
      await stage.createEndpoints();
      await relay.passed;
      await stage.daemon.configure();
      if (killed) {
        await stage.daemon.kill();
        await stage.daemon.start();
      }
      // Longer than a call may be under way at an Engine that answers.
      await delay(6_000);
      expect(stage.newAgents()).toBe(0);
    } finally {
      await stage.run('kill', '-CONT', pid);
    }
    const status = await expectSettled(stage, { newAgents: 1 });
    // A call that outlives its daemon by more than that is not taken for the daemon's own.
    expect(status.restartsTotal).toBeLessThanOrEqual(1);
    await relay.close();
  });

  it.each([
    { daemon: 'the daemon', killed: false },
    { daemon: 'the daemon that follows', killed: true },
  ])('hangs after the kill: $daemon waits for it', async ({ killed }) => {
    await stage.setScene();
    const pid = await dockerPid();
    const held = await beforeContainer?.reach(stage);
    await stage.run('kill', '-STOP', pid);
    try {
      await held?.release();
      if (killed) {
        await stage.daemon.kill();
        await stage.daemon.start();
      }
      const status = await stage.daemon.until('no Engine', ({ reason }) => reason.code === 'engine-timeout');
      expect(status.phase).toBe('restarting');
    } finally {
      await stage.run('kill', '-CONT', pid);
    }
    await expectOneRestart();
  });

  it('is restarted after the kill: ecs-init fails with it, and both come back', async () => {
    await stage.setScene();
    const held = await beforeContainer?.reach(stage);
    await stage.run('systemctl', 'restart', 'docker');
    await held?.release();
    await expectOneRestart();
  });

  it('is restarted during the verification: the new agent goes with it, and comes back', async () => {
    await stage.setScene();
    const held = await verification?.reach(stage);
    await stage.run('systemctl', 'restart', 'docker');
    await held?.release();
    await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
    // The one of the restart may or may not have been seen by ECS before the Engine took it away.
    const newAgents = stage.newAgents();
    expect(newAgents).toBeLessThanOrEqual(2);
    await expectOneRestart(newAgents);
  });
});

describe('the state directory', () => {
  const filler = `${stateDirectory}/filler`;
  const fill = () => stage.run('sh', '-c', `cat /dev/zero >${filler} 2>/dev/null || true`);
  const full = {
    how: 'is full',
    mount: `mount -t tmpfs -o size=64k tmpfs ${stateDirectory}`,
    spoil: () => fill(),
    fix: () => stage.run('rm', filler),
    told: /ENOSPC/,
    advice: /Free space/,
  };
  const readOnly = {
    how: 'is read-only',
    mount: `mount -t tmpfs tmpfs ${stateDirectory}`,
    spoil: () => stage.run('mount', '-o', 'remount,ro', stateDirectory),
    fix: () => stage.run('mount', '-o', 'remount,rw', stateDirectory),
    told: /EROFS/,
    advice: /writable/,
  };

  it.each([full, readOnly])('$how: no restart, said so, and healed', async (disk) => {
    await stage.setScene();
    await stage.run('sh', '-c', disk.mount);
    try {
      await disk.spoil();
      await stage.daemon.start();
      await stage.createEndpoints();
      await stage.daemon.until('blocked', ({ phase }) => phase === 'blocked');
      const status = await expectLeftAlone(stage);
      expect(status.reason).toMatchObject({
        code: 'state-unwritable',
        message: expect.stringMatching(disk.told),
        advice: expect.stringMatching(disk.advice),
      });
      await disk.fix();
      await expectOneRestart();
    } finally {
      await stage.daemon.stop();
      await stage.run('umount', stateDirectory);
    }
  });

  it.each([full, readOnly])('$how after the kill: the restart goes to its end', async (disk) => {
    await stage.setScene();
    await stage.run('sh', '-c', disk.mount);
    try {
      const held = await beforeContainer?.reach(stage);
      await disk.spoil();
      await held?.release();
      await expectOneRestart();
      // What could not be noted does not lead astray, neither this daemon nor the one that follows.
      await stage.daemon.kill();
      await stage.daemon.start();
      await expectOneRestart();
      await disk.fix();
      await expectOneRestart();
    } finally {
      await stage.daemon.stop();
      await stage.run('umount', stateDirectory);
    }
  });
});

describe('the clock', () => {
  const offsetFile = '/run/clock-offset';
  const dropIn = '/run/systemd/system/ecs-privatelinkd.service.d/clock.conf';
  const day = 86_400_000;

  beforeAll(async () => {
    // The wall clock of the daemon and of what it runs, moved while it runs; the kernel's monotonic clocks stay.
    const environment = [
      'LD_PRELOAD=libfaketime.so.1',
      'LD_LIBRARY_PATH=/usr/lib/$$ARCH/faketime',
      `FAKETIME_TIMESTAMP_FILE=${offsetFile}`,
      'FAKETIME_NO_CACHE=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      'NO_FAKE_STAT=1',
    ].join(' ');
    const arch = (await stage.run('sh', '-c', 'cd /usr/lib && ls -d */faketime')).trim();
    await stage.instance.machine.writeFile(
      dropIn,
      `[Service]\nEnvironment=${environment.replace('$$ARCH/faketime', arch)}\n`,
    );
    await stage.run('systemctl', 'daemon-reload');
  });

  // By a rename: libfaketime ends the process that finds half a file.
  const setClock = (days: number) =>
    stage.run(
      'sh',
      '-c',
      'echo "$1" >"$0.new" && mv "$0.new" "$0"',
      offsetFile,
      `${days >= 0 ? '+' : ''}${days}d`,
    );
  const skew = (writtenAt: string) => Math.round((Date.parse(writtenAt) - Date.now()) / day);

  it.each([1, -1])('jumps by %i day after the kill: the restart goes to its end', async (days) => {
    await setClock(0);
    await stage.setScene();
    const held = await beforeContainer?.reach(stage);
    await setClock(days);
    const status = await stage.daemon.until('the jump', ({ writtenAt }) => skew(writtenAt) === days);
    expect(status).toMatchObject({ phase: 'restarting', lastRestart: { verb: 'kill' } });
    await held?.release();
    await expectOneRestart();
  });

  it.each([1, -1])(
    'jumps by %i day while the names settle, and again under the next daemon',
    async (days) => {
      await setClock(0);
      await stage.setScene({ settings: { 'settle-rounds': '8' } });
      await stage.daemon.start();
      await stage.createEndpoints();
      await stage.daemon.until('settling', ({ phase }) => phase === 'settling');
      await setClock(days);
      await stage.daemon.until('the jump', ({ writtenAt }) => skew(writtenAt) === days);
      await expectOneRestart();
      await stage.daemon.kill();
      await setClock(-days);
      await stage.daemon.start();
      await stage.daemon.until('the jump back', ({ writtenAt }) => skew(writtenAt) === -days);
      await expectOneRestart();
    },
  );
});
