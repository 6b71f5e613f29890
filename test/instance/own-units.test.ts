import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentImage, agentSpec } from '../lab/hosts/agent-container.ts';
import { buildPrograms } from '../lab/stand-ins/build-programs.ts';
import { type Stage, startStage } from './stage/stage.ts';

// Agents that no ecs-init runs, on a real systemd and a real Engine: units of the operator's own, as they are published
// and found in the field, and processes that only call themselves ecs-init. After the daemon's restart the agent is up,
// whoever ran it runs it again, and it was restarted once.

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  await stage.run(
    'sh',
    '-c',
    'systemctl stop ecs-privatelinkd "$0" spoof; docker rm -f ecs-agent spoof; true',
    unit,
  );
  await stage.run('sh', '-ec', 'rm -f "/etc/systemd/system/$0"; systemctl daemon-reload', unit);
});

afterAll(async () => {
  await stage?.close();
});

const unit = 'docker-container@ecs-agent.service';
const envFile = '/var/lib/own-unit.env';
const wrapper = '/var/lib/own-unit.sh';
const docker = '/usr/bin/docker';

/** The agent of the lab, of no unit yet; returns the arguments of `docker run` that come after its name. */
async function prepare(): Promise<string> {
  await stage.setScene();
  await stage.run('sh', '-ec', 'systemctl stop ecs; docker rm -f ecs-agent >/dev/null');
  const { agent } = await buildPrograms();
  const spec = agentSpec('docker', {
    program: agent,
    env: {
      ...stage.instance.lab.agentEnvironment(),
      LAB_RESOLV_CONF: '/etc/resolv.conf',
      LAB_HOSTS: '/etc/hosts',
      LAB_AGENT_LOG: '/log/ecs-agent.log',
      NODE_EXTRA_CA_CERTS: '/lab/ca.pem',
    },
    binds: ['/var/lib/ecs-lab:/lab', '/var/log/ecs:/log'],
  });
  await stage.instance.machine.writeFile(envFile, `${(spec.Env ?? []).join('\n')}\n`);
  const binds = (spec.HostConfig?.Binds ?? []).map((bind) => `-v ${bind}`).join(' ');
  return `--net=host --env-file ${envFile} ${binds} ${agentImage} ${(spec.Cmd ?? []).join(' ')}`;
}

async function startUnit(service: string): Promise<void> {
  const text = `[Unit]\nRequires=docker.service\nAfter=docker.service\n[Service]\n${service}\n`;
  await stage.instance.machine.writeFile(`/etc/systemd/system/${unit}`, text);
  await stage.run('sh', '-ec', 'systemctl daemon-reload; systemctl start "$0"', unit);
}

async function untilPublic(): Promise<void> {
  await stage.instance.waitFor('an agent', ({ path, registered }) => registered && path === 'public');
  stage.markAgents();
}

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

const run = (policy: string, args: string) => `${docker} run --name ecs-agent ${policy} ${args}`;
const remove = `ExecStartPre=-${docker} rm -f %i`;
const stop = `ExecStop=${docker} stop %i`;

describe('a unit of the operator’s own', () => {
  it.each<[string, (args: string) => string]>([
    [
      'as AWS documents it',
      (args) =>
        `Restart=always\n${remove}\nExecStart=${run('--init --restart=on-failure:10', args)}\n${stop}`,
    ],
    [
      'Restart=on-failure',
      (args) =>
        `Restart=on-failure\nRestartSec=30\nRestartPreventExitStatus=5\n${remove}\nExecStart=${run('', args)}`,
    ],
    [
      'Restart=on-failure, with a restart policy too',
      (args) =>
        `Restart=on-failure\n${remove}\nExecStart=${run('--init --restart=on-failure:10', args)}\n${stop}`,
    ],
    [
      'Restart=on-failure and ExecStop',
      (args) =>
        `TimeoutStartSec=0\nRestart=on-failure\nRestartSec=30\n${remove}\nExecStart=${run('', args)}\n${stop}`,
    ],
    ['no Restart= at all', (args) => `${remove}\nExecStart=${run('', args)}\n${stop}`],
    [
      'docker start -a',
      (args) =>
        `Restart=on-failure\n${remove}\nExecStartPre=${run('', args).replace(' run ', ' create ')}\nExecStart=${docker} start -a %i\n${stop}`,
    ],
    [
      'detached, oneshot',
      (args) =>
        `Type=oneshot\nRemainAfterExit=yes\n${remove}\nExecStart=${run('-d --restart=always', args)}\n${stop}`,
    ],
  ])('%s: the unit is restarted, and is active as before', async (_, service) => {
    await startUnit(service(await prepare()));
    await untilPublic();
    await expectRestartedOnce('unit', 'systemctl-restart');
    expect((await stage.run('systemctl', 'is-active', unit)).trim()).toBe('active');
  });

  it('behind a wrapper script: the unit is restarted', async () => {
    const args = await prepare();
    await stage.instance.machine.writeFile(
      wrapper,
      `${docker} rm -f ecs-agent\n${run('', args)}\necho over\n`,
    );
    await startUnit(`Restart=on-failure\nExecStart=/bin/sh ${wrapper}`);
    await untilPublic();
    await expectRestartedOnce('unit', 'systemctl-restart');
    expect((await stage.run('systemctl', 'is-active', unit)).trim()).toBe('active');
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
    const args = await prepare();
    await stage.run('sh', '-ec', 'mkdir -p "$(dirname "$0")"; cp -L /bin/sh "$0"; chmod 755 "$0"', program);
    await stage.run('sh', '-ec', run('-d', args));
    await stage.run(...spoof(argument));
    expect(await stage.run('pgrep', '-x', 'amazon-ecs-init')).toMatch(/^\d+$/m);
    await untilPublic();
    await expectRestartedOnce('none', 'kill');
  });
});
