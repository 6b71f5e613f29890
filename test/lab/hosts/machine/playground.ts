import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import { type ContainerInstance, startContainerInstance } from './container-instance.ts';
import { labFaults } from './faults.ts';

// For scripts/lab.sh: holds a container instance until SIGTERM. The directory named by the first argument gets
// `machine.pid` (the machine's systemd, as seen in this pid namespace) and `control.sock`, on which one line asks
// and the answer is an exit code in a line of its own, and text.
const directory = process.argv[2];
if (directory === undefined) {
  throw new Error('usage: playground.ts DIRECTORY');
}

const usage = `status | create SERVICE | withdraw SERVICE | nat off|on | fault | fault NAME on|off
SERVICE is one of ${endpointServices.join(', ')}, or all\n`;

interface Answer {
  readonly exitCode: 0 | 64;
  readonly text: string;
}

const done: Answer = { exitCode: 0, text: 'done\n' };

async function answer({ lab, ...instance }: ContainerInstance, line: string): Promise<Answer> {
  const [verb = '', object = '', state = ''] = line.trim().split(/\s+/);
  const services: readonly EndpointService[] =
    object === 'all' ? endpointServices : endpointServices.filter((service) => service === object);
  const acts: Readonly<Record<string, () => Promise<void>>> = {
    'nat off': () => lab.service.removeNat(),
    'nat on': () => lab.service.restoreNat(),
    [`create ${object}`]: () => forEach(services, (service) => lab.createEndpoint(service)),
    [`withdraw ${object}`]: () => forEach(services, (service) => lab.withdrawEndpoint(service)),
  };
  if (verb === 'status') return { exitCode: 0, text: await describe(instance) };
  if (verb === 'fault') return await fault(object, state);
  const act = acts[`${verb} ${object}`];
  if (act === undefined || (verb !== 'nat' && services.length === 0)) return { exitCode: 64, text: usage };
  await act();
  return done;
}

async function forEach<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (const one of all) await act(one);
}

async function fault(name: string, state: string): Promise<Answer> {
  const found = faults[name];
  const accepted = Object.entries(faults)
    .map(([each, { meaning }]) => `${each.padEnd(18)}${meaning}\n`)
    .join('');
  if (name === '') return { exitCode: 0, text: accepted };
  if (found === undefined || (state !== 'on' && state !== 'off'))
    return {
      exitCode: 64,
      text: `no such fault: ${name} ${state}; fault NAME on|off, NAME being one of\n${accepted}`,
    };
  await (state === 'on' ? found.on() : found.off());
  return done;
}

async function describe(instance: Pick<ContainerInstance, 'observe'>): Promise<string> {
  const { agent, unit, natRules, registered, path } = await instance.observe();
  const container =
    agent === undefined
      ? 'none'
      : `${agent.id.slice(0, 12)} ${agent.running ? `running since ${agent.startedAt}` : `exited ${agent.exitCode}`}`;
  const rows = {
    'ecs.service': unit,
    'agent container': container,
    registered: registered ? 'yes' : 'no',
    'ACS connection': path,
    'credential NAT rules': natRules ? 'present' : 'missing',
  };
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(22)}${value}\n`)
    .join('');
}

const instance = await startContainerInstance();
const faults = labFaults(instance.lab);
const control = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).once('line', (line) => {
    answer(instance, line).then(
      ({ exitCode, text }) => socket.end(`${exitCode}\n${text}`),
      (thrown: unknown) => socket.end(`1\n${String(thrown)}\n`),
    );
  });
});
const socketPath = join(directory, 'control.sock');
rmSync(socketPath, { force: true });
control.listen(socketPath);
await once(control, 'listening');
writeFileSync(join(directory, 'machine.pid'), `${instance.machine.pid}\n`);
await once(process, 'SIGTERM');
control.close();
await instance.close();
