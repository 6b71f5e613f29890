import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ContainerInstance,
  isHealthy,
  startContainerInstance,
} from '../lab/hosts/machine/container-instance.ts';

// What the unit of the deb does otherwise than Amazon Linux's, and what both do with Docker.

let instance: ContainerInstance;

beforeAll(async () => {
  instance = await startContainerInstance({ unit: 'debian' });
});

afterAll(async () => {
  await instance?.close();
});

it('is part of Docker, does not wait for user data, and prevents no restart', async () => {
  const properties = '--property=PartOf,After,RestartPreventExitStatus,Restart';
  const shown = await instance.machine.output(['systemctl', 'show', properties, 'ecs.service']);
  expect(shown).toMatch(/^PartOf=docker\.service$/m);
  expect(shown).toMatch(/^Restart=on-failure$/m);
  expect(shown).not.toContain('cloud-final');
  expect(shown).not.toMatch(/^RestartPreventExitStatus=.*5/m);
});

it('a restart of Docker restarts ecs-init and the agent with it', async () => {
  const before = await instance.observe();
  await instance.machine.output(['systemctl', 'restart', 'docker']);
  const after = await instance.waitFor(
    'a new agent',
    (state) => isHealthy(state) && state.agent?.id !== before.agent?.id,
    60_000,
  );
  expect(after.supervisorPid).not.toBe(before.supervisorPid);
});

it('an agent that exits 5 is started again after RestartSec', async () => {
  const before = await instance.observe();
  const exitedAt = Date.now();
  await instance.exitAgent(5);
  await instance.waitFor(
    'a new agent',
    (state) => isHealthy(state) && state.agent?.id !== before.agent?.id,
    60_000,
  );
  expect(Date.now() - exitedAt).toBeGreaterThan(9_900);
});

it('says in ecs-init.log why it cannot start the agent; systemd tries again', async () => {
  const { machine } = instance;
  await machine.output([
    'sh',
    '-ec',
    'docker tag "$0" kept; systemctl stop ecs; docker rm -f ecs-agent',
    image,
  ]);
  await machine.output(['docker', 'rmi', image]);
  await machine.exec(['systemctl', 'start', 'ecs']);
  await instance.waitFor('the unit to fail', ({ unit }) => unit === 'activating');
  const log = await machine.readFile('/var/log/ecs/ecs-init.log');
  expect(log).toMatch(
    /^level=error time=\S+ msg="could not start Agent: API error \(404\): .*No such image/m,
  );
  await machine.output(['docker', 'tag', 'kept', image]);
  await instance.waitFor('the agent', isHealthy, 60_000);
});

const image = 'ecs-privatelinkd-lab/agent:latest';
