import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Host } from '../../lab/hosts/host.ts';
import { signalProcess } from '../../lab/processes.ts';

/** The process that holds the agent's connections. */
export interface AgentsOwnProcess {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

/** The container's first process, or its child where the first one is tini. */
export async function agentProcessOf(host: Host): Promise<AgentsOwnProcess> {
  const { State, HostConfig } = await host.agent();
  const children = readFileSync(`/proc/${State.Pid}/task/${State.Pid}/children`, 'latin1');
  const pid = HostConfig.Init === true ? Number(children.trim().split(' ')[0]) : State.Pid;
  return { pid, kill: (signal) => signalProcess(pid, signal) };
}

const connect = `
  const { connect } = require('node:net');
  const [then, ...hosts] = process.argv.slice(1);
  let open = 0;
  for (const host of hosts) {
    const socket = connect({ host, port: 443 });
    socket.on('connect', () => {
      open += 1;
      if (open === hosts.length) console.log('connected');
      if (then === 'and end') socket.end();
    });
  }
`;

/** Another process, in the agent's network, that connects to port 443 of these addresses, once it has. */
export async function connectFromElsewhere(
  addresses: readonly string[],
  then: 'and stay' | 'and end' = 'and stay',
): Promise<void> {
  const child = spawn('setpriv', ['--pdeathsig=KILL', process.execPath, '-e', connect, then, ...addresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
}
