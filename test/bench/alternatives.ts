import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../lab/hosts/host.ts';
import { bareNodeCommand } from './bare-node.ts';
import type { ShippedProgram } from './shipped-program.ts';

/** What one would use instead of the daemon. None of them tries port 443, tells the agent's path, or restarts anything. */
export interface Alternative {
  readonly name: string;
  /** Shortest time from look to look that it can keep. */
  readonly lookMs: number;
  /** The command line; `directory` is for its files. Undefined where it is not installed. */
  command(host: Host, directory: string, program: ShippedProgram): readonly string[] | undefined;
}

export function alternatives(): Alternative[] {
  return [bareNodeLoop, pythonLoop, bashDig, bashDigDocker, monitDig];
}

/** The name of the floor. */
export const bareNode = 'bare Node.js, A and AAAA only';

const bareNodeLoop: Alternative = {
  name: bareNode,
  lookMs: 100,
  command: (host, _, program) => bareNodeCommand(program, host, 100),
};

const pythonLoop: Alternative = {
  name: 'Python asyncio, A and AAAA only',
  lookMs: 100,
  command: ({ lab }, directory) => {
    if (!installed('python3')) return undefined;
    const script = join(directory, 'loop.py');
    writeFileSync(script, pythonSource);
    return ['python3', script, '0.1', lab.dns.address, ...Object.values(lab.hosts)];
  },
};

const bashDig: Alternative = {
  name: 'bash + dig',
  lookMs: 500,
  command: ({ lab }, directory) =>
    installed('dig') ? ['bash', shellScript(directory, 'loop.sh', loop(digs(lab))), '0.5'] : undefined,
};

const bashDigDocker: Alternative = {
  name: 'bash + dig + docker inspect',
  lookMs: 500,
  command: ({ lab, engine }, directory) => {
    if (!installed('dig') || !installed('docker')) return undefined;
    const inspect = `docker -H unix://${engine.socketPath} inspect -f '{{.State.StartedAt}}' ecs-agent >/dev/null`;
    return ['bash', shellScript(directory, 'loop.sh', loop(`${digs(lab)}\n${inspect}`)), '0.5'];
  },
};

const monitDig: Alternative = {
  name: 'monit + a dig script',
  // Its shortest cycle.
  lookMs: 1_000,
  command: ({ lab }, directory) => {
    if (!installed('monit') || !installed('dig')) return undefined;
    const check = shellScript(directory, 'check.sh', `${digs(lab)}\nexit 0`);
    const config = join(directory, 'monitrc');
    const state = ['idfile', 'statefile', 'pidfile'].map((file) => `set ${file} ${join(directory, file)}`);
    writeFileSync(
      config,
      [
        'set daemon 1',
        `set log ${join(directory, 'log')}`,
        ...state,
        `check program names with path ${check}`,
        '  if status != 0 then alert',
        '',
      ].join('\n'),
    );
    chmodSync(config, 0o600);
    return ['monit', '-I', '-c', config];
  },
};

function digs({ hosts, dns }: Host['lab']): string {
  return Object.values(hosts)
    .flatMap((host) => ['A', 'AAAA'].map((type) => `dig +short @${dns.address} ${host} ${type} >/dev/null`))
    .join('\n');
}

function loop(look: string): string {
  return `while :; do\n${look}\nsleep "$1"\ndone`;
}

function shellScript(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, `#!/bin/bash\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function installed(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** Questions written by hand, because the standard library's resolver asks through the C library's threads. */
const pythonSource = `
import asyncio, random, struct, sys

class Answers(asyncio.DatagramProtocol):
    def __init__(self):
        self.waiting = {}
    def datagram_received(self, data, address):
        future = self.waiting.pop(struct.unpack('>H', data[:2])[0], None)
        if future and not future.done():
            future.set_result(data)

def question(number, name, kind):
    labels = b''.join(bytes([len(part)]) + part.encode() for part in name.split('.'))
    return struct.pack('>HHHHHH', number, 0x0100, 1, 0, 0, 0) + labels + b'\\0' + struct.pack('>HH', kind, 1)

async def main(every, server, names):
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(Answers, remote_addr=(server, 53))
    while True:
        futures = []
        for name in names:
            for kind in (1, 28):
                number = random.randrange(65536)
                answers.waiting[number] = future = loop.create_future()
                futures.append(future)
                transport.sendto(question(number, name, kind))
        await asyncio.wait(futures, timeout=2)
        await asyncio.sleep(every)

asyncio.run(main(float(sys.argv[1]), sys.argv[2], sys.argv[3:]))
`;
