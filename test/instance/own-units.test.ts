import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentImage } from '../lab/hosts/agent-container.ts';
import {
  type OwnAgent,
  ownUnit,
  prepareOwnAgent,
  removeOwnAgent,
  startDetached,
  startOwnUnit,
  untilOwnAgent,
} from './stage/own-agent.ts';
import { type Stage, startStage } from './stage/stage.ts';

// Agents that no ecs-init runs, on a real systemd and a real Engine: units of the operator's own, as they are published
// and found in the field, and processes that only call themselves ecs-init. After the daemon's restart the agent is up,
// whoever ran it runs it again, and it was restarted once.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  await stage.run('sh', '-c', 'systemctl stop spoof; docker rm -f spoof; true');
  await removeOwnAgent(stage);
});

afterAll(async () => {
  await stage?.close();
});

const unit = ownUnit;
const wrapper = '/var/lib/own-unit.sh';
const docker = '/usr/bin/docker';

async function expectRestartedOnce(supervisor: string, verb: string): Promise<void> {
  await stage.daemon.start();
  await stage.createEndpoints();
  await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
  const status = await stage.daemon.looks(10);
  expect(status).toMatchObject({
    phase: 'settled',
    restartsTotal: 1,
    lastRestart: { verb, outcome: 'private' },
    agent: { supervisor, path: 'private', registered: true },
  });
  expect(await stage.instance.observe()).toMatchObject({ agent: { running: true }, path: 'private' });
  expect(stage.newAgents()).toBe(1);
}

const remove = `ExecStartPre=-${docker} rm -f %i`;
const stop = `ExecStop=${docker} stop %i`;

describe('a unit of the operator’s own', () => {
  it.each<[string, (agent: OwnAgent) => string]>([
    [
      'as AWS documents it',
      ({ run }) => `Restart=always\n${remove}\nExecStart=${run('--init --restart=on-failure:10')}\n${stop}`,
    ],
    [
      'Restart=on-failure',
      ({ run }) =>
        `Restart=on-failure\nRestartSec=30\nRestartPreventExitStatus=5\n${remove}\nExecStart=${run()}`,
    ],
    [
      'Restart=on-failure, with a restart policy too',
      ({ run }) =>
        `Restart=on-failure\n${remove}\nExecStart=${run('--init --restart=on-failure:10')}\n${stop}`,
    ],
    [
      'Restart=on-failure and ExecStop',
      ({ run }) =>
        `TimeoutStartSec=0\nRestart=on-failure\nRestartSec=30\n${remove}\nExecStart=${run()}\n${stop}`,
    ],
    ['no Restart= at all', ({ run }) => `${remove}\nExecStart=${run()}\n${stop}`],
    [
      'docker start -a',
      ({ run }) =>
        `Restart=on-failure\n${remove}\nExecStartPre=${run().replace(' run ', ' create ')}\nExecStart=${docker} start -a %i\n${stop}`,
    ],
    [
      'detached, oneshot',
      ({ run }) =>
        `Type=oneshot\nRemainAfterExit=yes\n${remove}\nExecStart=${run('-d --restart=always')}\n${stop}`,
    ],
  ])('%s: the unit is restarted, and is active as before', async (_, service) => {
    await startOwnUnit(stage, service(await prepareOwnAgent(stage)));
    await untilOwnAgent(stage);
    await expectRestartedOnce('unit', 'systemctl-restart');
    expect((await stage.run('systemctl', 'is-active', unit)).trim()).toBe('active');
  });

  it('behind a wrapper script: the unit is restarted', async () => {
    const { run } = await prepareOwnAgent(stage);
    await stage.instance.machine.writeFile(wrapper, `${docker} rm -f ecs-agent\n${run()}\necho over\n`);
    await startOwnUnit(stage, `Restart=on-failure\nExecStart=/bin/sh ${wrapper}`);
    await untilOwnAgent(stage);
    await expectRestartedOnce('unit', 'systemctl-restart');
    expect((await stage.run('systemctl', 'is-active', unit)).trim()).toBe('active');
  });
});

describe('nobody', () => {
  it('and its container was created with --rm: the Engine restarts it, and it is not removed', async () => {
    await startDetached(stage, '--rm');
    await expectRestartedOnce('none', 'restart');
  });

  it('but root’s crontab started its client: cron is left alone', async () => {
    const { run } = await prepareOwnAgent(stage);
    await stage.instance.machine.writeFile(wrapper, `${run()} &\nexec sleep infinity\n`);
    // As cron.service and the SSM agent are.
    await stage.run(
      ...(['systemd-run', '--quiet', '--unit=spoof', '--property=KillMode=process'] as const),
      ...['/bin/sh', wrapper],
    );
    const pid = () => stage.run('systemctl', 'show', '--value', '--property=MainPID', 'spoof');
    const before = await pid();
    await untilOwnAgent(stage);
    await expectRestartedOnce('none', 'kill');
    expect(await pid()).toBe(before);
  });
});

describe('one who only calls himself amazon-ecs-init', () => {
  const program = '/var/lib/spoof/amazon-ecs-init';
  const loop = ['-c', 'while :; do sleep 1; done'] as const;

  it.each<[string, 'start' | 'stop', (argument: string) => [string, ...string[]]]>([
    [
      'an unprivileged user',
      'start',
      (argument) => ['systemd-run', '--quiet', '--uid=nobody', '--unit=spoof', program, ...loop, argument],
    ],
    [
      'an unprivileged user, with an errand',
      'stop',
      (argument) => ['systemd-run', '--quiet', '--uid=nobody', '--unit=spoof', program, ...loop, argument],
    ],
    [
      'root in a container without any capability',
      'start',
      (argument) => [
        ...(['docker', 'run', '-d', '--name', 'spoof', '--cap-drop=ALL'] as const),
        ...['/usr', '/lib', '/lib64', '/bin'].flatMap((path) => ['-v', `${path}:${path}:ro`]),
        ...['-v', `${program}:${program}:ro`, agentImage, program, ...loop, argument],
      ],
    ],
  ])('%s: changes nothing; an agent that nobody runs is killed and started', async (_, argument, spoof) => {
    const { run } = await prepareOwnAgent(stage);
    await stage.run('sh', '-ec', 'mkdir -p "$(dirname "$0")"; cp -L /bin/sh "$0"; chmod 755 "$0"', program);
    await stage.run('sh', '-ec', run('-d'));
    await stage.run(...spoof(argument));
    expect(await stage.run('pgrep', '-x', 'amazon-ecs-init')).toMatch(/^\d+$/m);
    await untilOwnAgent(stage);
    await expectRestartedOnce('none', 'kill');
  });
});
