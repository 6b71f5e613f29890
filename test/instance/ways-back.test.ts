import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEngineGate } from '../integration/daemon/engine-gate.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { afterIntent, type Held } from './stage/moments.ts';
import { ownUnit, removeOwnAgent, startDetached, startUnderOwnUnit } from './stage/own-agent.ts';
import { type Stage, startStage } from './stage/stage.ts';

// The ladder by which an agent that we stopped is brought back, on a real systemd: where a way leads nowhere the next one
// is used, whatever becomes of the daemon meanwhile; and an operator who stops the agent's unit after us is obeyed.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

const dropIn = '/run/systemd/system/ecs-privatelinkd.service.d/ladder.conf';

let held: Held | undefined;

afterEach(async () => {
  stage.instance.lab.service.allow();
  await stage.daemon.stop();
  await held?.release();
  held = undefined;
  await stage.run('sh', '-ec', 'systemctl unmask --runtime ecs; rm -f "$0"; systemctl daemon-reload', dropIn);
  await removeOwnAgent(stage);
});

afterAll(async () => {
  await stage?.close();
});

/** ecs-init hangs with its agent gone and its unit active, as if nothing were wrong. */
async function reachHungSupervisor(): Promise<void> {
  // Long enough to spoil systemctl before the daemon needs it.
  await stage.setScene({ settings: { 'recreate-timeout': '8s', 'verify-timeout': '5m' } });
  const moment = afterIntent.find(({ name }) => name.includes('before the new container'));
  if (moment === undefined) throw new Error('there is no such moment');
  held = await moment.reach(stage);
}

function fallbacks(): readonly string[] {
  return stage.daemon
    .events()
    .filter(({ event }) => event === 'restart-fallback')
    .map(({ call }) => call ?? '');
}

/** The agent is up on the private path, one process after another, and the daemon says so. */
async function expectUp(): Promise<void> {
  await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
  const status = await stage.daemon.looks(3);
  expect(status).toMatchObject({
    phase: 'settled',
    restartsTotal: 1,
    lastRestart: { verb: 'kill', outcome: 'private' },
    agent: { path: 'private', registered: true },
  });
  expect(await stage.instance.observe()).toMatchObject({ agent: { running: true }, path: 'private' });
  expect(stage.newAgents()).toBe(1);
}

const mask = () => stage.run('sh', '-ec', 'systemctl mask --runtime ecs; systemctl daemon-reload');

const ladder = [
  'systemctl start --no-block ecs.service',
  'systemctl restart --no-block ecs.service',
  expect.stringMatching(/^POST \/containers\/\w+\/start$/),
];

describe('where systemd does not bring it back, the Engine does', () => {
  const hanging = `#!/bin/sh
case " $* " in *' start '* | *' restart '*) exec sleep 600 ;; esac
exec /run/lab-systemctl "$@"
`;
  /** What the kernel says of a script without its interpreter is that there is no such file. */
  const missing = '#!/nonexistent/interpreter\n';

  /** The daemon, and nobody else, finds this in the place of systemctl from now on. */
  async function replaceSystemctl(script: string): Promise<void> {
    const path = '/run/lab-fake-systemctl';
    await stage.instance.machine.writeFile(path, script);
    await stage.run(
      'sh',
      '-ec',
      `chmod 755 ${path}; cp /usr/bin/systemctl /run/lab-systemctl
pid=$(systemctl show --property=MainPID --value ecs-privatelinkd)
nsenter --target "$pid" --mount mount --bind ${path} /usr/bin/systemctl`,
    );
  }

  it.each([
    { what: 'its unit masked', spoil: mask },
    { what: 'systemctl missing', spoil: () => replaceSystemctl(missing) },
    { what: 'systemctl hanging', spoil: () => replaceSystemctl(hanging) },
  ])('$what', async ({ spoil }) => {
    await stage.instance.machine.writeFile(dropIn, '[Service]\nPrivateMounts=yes\n');
    await stage.run('systemctl', 'daemon-reload');
    await reachHungSupervisor();
    await spoil();
    await expectUp();
    expect(fallbacks()).toEqual(ladder);
  });
});

describe('the daemon is killed on the ladder', () => {
  it('at each of its steps: the agent comes up', async () => {
    await reachHungSupervisor();
    await mask();
    for (const [index] of ladder.entries()) {
      await eventually(
        'the next way',
        async () => fallbacks(),
        (calls) => calls.length > index,
        { interval: 5 },
      );
      await stage.daemon.kill();
      await stage.daemon.start();
    }
    await expectUp();
    expect(fallbacks().slice(0, ladder.length)).toEqual(ladder);
  });

  it.each(['before', 'after'] as const)(
    'where nobody runs the agent, %s the Engine starts it: the agent comes up',
    async (when) => {
      await startDetached(stage);
      const run = `/proc/${stage.instance.machine.pid}/root/run`;
      const gate = await openEngineGate(`${run}/docker.sock`, run);
      await stage.daemon.configure({ 'docker-host': 'unix:///run/gate.sock' });
      const caught = gate.catch(/^POST \S*\/start/, when);
      await stage.daemon.start();
      await stage.createEndpoints();
      await caught;
      await stage.daemon.kill();
      await gate.close();
      await stage.daemon.configure();
      await stage.daemon.start();
      await expectUp();
    },
  );
});

describe('an operator stops its unit during the verification', () => {
  it.each([
    { of: 'ecs-init', unit: 'ecs.service', start: () => stage.setScene() },
    {
      of: 'the operator’s own',
      unit: ownUnit,
      start: () => startUnderOwnUnit(stage, 'Restart=always\nExecStop=/usr/bin/docker stop %i'),
    },
  ])('$of: it is not started again, and that is told', async ({ unit, start }) => {
    await start();
    await stage.daemon.start();
    await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
    stage.instance.lab.service.refuse('ecs:Poll');
    await stage.createEndpoints();
    // Registered, so that it ends well when it is told to.
    await stage.daemon.until('a new agent', ({ phase, agent }) => phase === 'verifying' && agent.registered);
    await stage.run('systemctl', 'stop', unit);
    await stage.daemon.until('told', ({ reason }) => reason.code === 'unit-stopped');
    const status = await stage.daemon.looks(5);
    expect(status).toMatchObject({
      phase: 'blocked',
      reason: { code: 'unit-stopped', message: expect.stringContaining(unit) },
      restartsTotal: 1,
      lastRestart: { outcome: 'taken-over' },
    });
    expect(fallbacks()).toEqual([]);
    const shown = await stage.run('systemctl', 'show', '--property=ActiveState,Job', unit);
    expect(shown).toMatch(/^ActiveState=(inactive|failed)$/m);
    expect((await stage.instance.observe()).agent?.running ?? false).toBe(false);
    // The operator takes it up again.
    stage.instance.lab.service.allow();
    await stage.run('systemctl', 'start', unit);
    await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 90_000);
    expect(stage.daemon.status()).toMatchObject({ restartsTotal: 1, agent: { path: 'private' } });
  });

  it.each([
    { restarts: 'on-failure', daemon: 'the daemon', killed: false },
    { restarts: 'no', daemon: 'the daemon that follows', killed: true },
  ])(
    'Restart=$restarts, its agent ignores SIGTERM: $daemon does not start it again',
    async ({ restarts, killed }) => {
      await startUnderOwnUnit(stage, `Restart=${restarts}\nExecStop=/usr/bin/docker stop -t 2 %i`);
      await stage.daemon.start();
      await stage.daemon.until('waiting', ({ phase }) => phase === 'waiting');
      stage.instance.lab.service.setApiMode('error');
      await stage.createEndpoints();
      await stage.daemon.until('a new agent', ({ phase }) => phase === 'verifying');
      if (killed) await stage.daemon.kill();
      await stage.run('systemctl', 'stop', ownUnit);
      // As after an agent that was killed, whether the unit took that for its failure or had not come that far.
      expect((await stage.instance.observe()).agent).toMatchObject({ running: false, exitCode: 137 });
      expect(await stage.run('systemctl', 'show', '--property=ActiveState', ownUnit)).toMatch(
        /=(failed|inactive)$/m,
      );
      if (killed) await stage.daemon.start();
      await stage.daemon.until('told', ({ reason }) => reason.code === 'unit-stopped');
      expect(await stage.daemon.looks(5)).toMatchObject({
        phase: 'blocked',
        reason: { code: 'unit-stopped', message: expect.stringContaining(ownUnit) },
        restartsTotal: 1,
        lastRestart: { outcome: 'taken-over' },
      });
      expect(fallbacks()).toEqual([]);
      expect((await stage.instance.observe()).agent?.running).toBe(false);
    },
  );
});
