import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { endChild, exitCodeOf } from '../processes.ts';

export interface SupervisorOptions {
  /** The bundle of the ecs-init stand-in (`buildPrograms().ecsInit`). */
  readonly program: string;
  readonly socketPath: string;
  /** File with the body that creates the agent's container (`writeAgentSpec`); `ecs-init.log` is written beside it. */
  readonly agentSpecFile: string;
  /** Default `ecs-agent`. */
  readonly agentName?: string;
  /** Further variables for the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told of what it logs, as it does. */
  readonly onMessage?: (message: string) => void;
}

/** `amazon-ecs-init start`, alive as a process of that name, without a systemd above it. */
export interface Supervisor {
  readonly pid: number;
  /** Resolves with its exit code when it ends by itself or is ended. */
  readonly ended: Promise<number>;
  /** What it has written so far. */
  output(): string;
  /** Ends the supervisor alone. Its agent's container stays as it is. */
  close(): Promise<void>;
}

const endsWithinMs = 5_000;

/** Runs the ecs-init stand-in as a child process, NAT commands switched off. */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  let output = '';
  // Ends with this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig=KILL', process.execPath, options.program, 'start'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: supervisorEnvironment(options),
  });
  if (child.pid === undefined) {
    throw new Error('setpriv is missing (util-linux)');
  }
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      output += `${line}\n`;
      options.onMessage?.(messageIn(line));
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
  });
  return {
    pid: child.pid,
    ended,
    output: () => output,
    close: () => endChild(child, endsWithinMs),
  };
}

/** The environment of the stand-in's commands. */
export function supervisorEnvironment(options: SupervisorOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    DOCKER_HOST: `unix://${options.socketPath}`,
    LAB_AGENT_SPEC: options.agentSpecFile,
    LAB_AGENT_NAME: options.agentName ?? 'ecs-agent',
    LAB_NAT_COMMANDS: 'off',
    LAB_INIT_LOG: join(dirname(options.agentSpecFile), 'ecs-init.log'),
    ...options.env,
  };
}

/** The message of one of its log lines (`level=… time=… msg="…"`); any other line as it is. */
export function messageIn(line: string): string {
  const quoted = / msg=(".*")$/.exec(line)?.[1];
  return quoted === undefined ? line : String(JSON.parse(quoted));
}
