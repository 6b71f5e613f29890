import { expect } from 'vitest';
import type { AgentSupervisor } from '../../../src/agent/agent-observation.ts';
import { agentImage, agentSpec } from '../../lab/hosts/agent-container.ts';
import { buildPrograms } from '../../lab/stand-ins/build-programs.ts';
import type { Scene, Stage } from './stage.ts';

/** The unit of an operator's own; the name as AWS documents it. */
export const ownUnit = 'docker-container@ecs-agent.service';

const docker = '/usr/bin/docker';
const envFile = '/var/lib/own-unit.env';

/** The agent's container, of no unit yet. */
export interface OwnAgent {
  /** `docker run` of it with these options; fit for a unit's command line and for a shell. */
  run(options?: string): string;
}

/** A scene as ever, but without ecs-init, and with no agent yet. */
export async function prepareOwnAgent(stage: Stage, scene?: Scene): Promise<OwnAgent> {
  await removeOwnAgent(stage);
  await stage.setScene(scene);
  await stage.run('sh', '-ec', 'systemctl stop ecs; docker rm -f ecs-agent >/dev/null');
  const { agent } = await buildPrograms();
  const spec = agentSpec('docker', {
    program: agent,
    env: {
      ...stage.instance.lab.agentEnvironment(),
      LAB_RESOLV_CONF: '/etc/resolv.conf',
      LAB_HOSTS: '/etc/hosts',
      LAB_AGENT_LOG: '/log/ecs-agent.log',
      LAB_EXIT_ON_FILE: '/lab/exit-code',
      NODE_EXTRA_CA_CERTS: '/lab/ca.pem',
      ...scene?.agentEnvironment,
    },
    binds: ['/var/lib/ecs-lab:/lab', '/var/log/ecs:/log'],
  });
  await stage.instance.machine.writeFile(envFile, `${(spec.Env ?? []).join('\n')}\n`);
  const binds = (spec.HostConfig?.Binds ?? []).map((bind) => `-v ${bind}`).join(' ');
  const args = `--net=host --env-file ${envFile} ${binds} ${agentImage} ${(spec.Cmd ?? []).join(' ')}`;
  return { run: (options = '') => `${docker} run --name ecs-agent ${options} ${args}` };
}

/** Writes the unit and starts it; `service` are the lines of its section of that name. */
export async function startOwnUnit(stage: Stage, service: string): Promise<void> {
  const text = `[Unit]\nRequires=docker.service\nAfter=docker.service\n[Service]\n${service}\n`;
  await stage.instance.machine.writeFile(`/etc/systemd/system/${ownUnit}`, text);
  await stage.run('sh', '-ec', 'systemctl daemon-reload; systemctl start "$0"', ownUnit);
}

/** Under a unit that runs it attached; resolves with the agent on the public path. */
export async function startUnderOwnUnit(
  stage: Stage,
  service: string,
  scene?: Scene,
  command = ({ run }: OwnAgent) => run(),
): Promise<void> {
  const agent = await prepareOwnAgent(stage, scene);
  const lines = [`ExecStartPre=-${docker} rm -f %i`, `ExecStart=${command(agent)}`, service];
  await startOwnUnit(stage, lines.join('\n'));
  await untilOwnAgent(stage);
}

/** Run by nobody, or by its restart policy; resolves with the agent on the public path. */
export async function startDetached(stage: Stage, options = '', scene?: Scene): Promise<void> {
  const agent = await prepareOwnAgent(stage, scene);
  await stage.run('sh', '-ec', agent.run(`-d ${options}`));
  await untilOwnAgent(stage);
}

/** The agent is registered over the public path; its process counts as old from now on. */
export async function untilOwnAgent(stage: Stage): Promise<void> {
  await stage.instance.waitFor('an agent', ({ path, registered }) => registered && path === 'public');
  stage.markAgents();
}

/** Daemon, unit and agent are gone. */
export async function removeOwnAgent(stage: Stage): Promise<void> {
  const script = `systemctl stop ecs-privatelinkd "$0" 2>/dev/null
docker rm -f ecs-agent >/dev/null 2>&1
rm -f "/etc/systemd/system/$0"
systemctl daemon-reload
systemctl reset-failed`;
  await stage.run('sh', '-c', `${script}; true`, ownUnit);
}

/** There is an agent again, on the private path after one restart by the daemon, and the unit that runs it is active. */
export async function expectBack(
  stage: Stage,
  runner: { readonly unit?: string | undefined; readonly supervisor?: AgentSupervisor },
): Promise<void> {
  await stage.daemon.until('settled', ({ phase }) => phase === 'settled', 60_000);
  const { unit, supervisor } = runner;
  const status = await stage.daemon.looks(3);
  expect(status).toMatchObject({
    phase: 'settled',
    restartsTotal: 1,
    lastRestart: { outcome: 'private' },
    agent: { path: 'private', registered: true, ...(supervisor && { supervisor }) },
  });
  expect(await stage.instance.observe()).toMatchObject({ agent: { running: true }, path: 'private' });
  if (unit !== undefined) expect((await stage.run('systemctl', 'is-active', unit)).trim()).toBe('active');
}
