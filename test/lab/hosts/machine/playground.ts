import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type EndpointService, endpointServices } from '../../../../src/settings/endpoint-services.ts';
import { type ContainerInstance, startContainerInstance } from './container-instance.ts';

// For scripts/lab.sh: holds a container instance until SIGTERM. The directory named by the first argument gets
// `machine.pid` (the machine's systemd, as seen in this pid namespace) and `control.sock`, on which one line asks
// and the answer is text.
const directory = process.argv[2];
if (directory === undefined) {
  throw new Error('usage: playground.ts DIRECTORY');
}

const usage = `status | create SERVICE | withdraw SERVICE | nat off|on
SERVICE is one of ${endpointServices.join(', ')}, or all\n`;

async function answer(instance: ContainerInstance, line: string): Promise<string> {
  const [verb = '', object = ''] = line.trim().split(/\s+/);
  const services: readonly EndpointService[] =
    object === 'all' ? endpointServices : endpointServices.filter((service) => service === object);
  if (verb === 'status') {
    return await describe(instance);
  }
  if ((verb === 'create' || verb === 'withdraw') && services.length > 0) {
    for (const service of services) {
      await (verb === 'create'
        ? instance.lab.createEndpoint(service)
        : instance.lab.withdrawEndpoint(service));
    }
  } else if (verb === 'nat' && object === 'off') {
    await instance.lab.service.removeNat();
  } else if (verb === 'nat' && object === 'on') {
    await instance.lab.service.restoreNat();
  } else {
    return usage;
  }
  return 'done\n';
}

async function describe(instance: ContainerInstance): Promise<string> {
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
const control = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).once('line', (line) => {
    answer(instance, line).then(
      (text) => socket.end(text),
      (thrown: unknown) => socket.end(`${String(thrown)}\n`),
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
