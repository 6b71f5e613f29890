import { type ChildProcess, spawn } from 'node:child_process';
import { constants as access, accessSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { exitCodeOf, handles } from '../../processes.ts';

/** One run of a container: a process of the host, in a process group of its own. */
export interface ContainerProcess {
  readonly pid: number;
  /** Resolves with the exit code as Docker tells it: 128 + n after signal n. Never rejects. */
  readonly ended: Promise<number>;
  /**
   * SIGKILL reaches everything the process started, as the end of a pid namespace would. Without an init, any other
   * signal that the process does not handle is lost, as it is to the first process of a pid namespace.
   */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts `command` with nothing but `env`.
 * @throws Error in Docker's words when the program cannot be executed
 */
export function startProcess(
  command: readonly string[],
  env: readonly string[],
  output: number,
  init: boolean,
): ContainerProcess {
  const [program = '', ...args] = command;
  const executable = findExecutable(program);
  if (executable === undefined) {
    throw new Error(`exec: "${program}": executable file not found in $PATH: unknown`);
  }
  // Ends with the Engine, however that ends.
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig=KILL', executable, ...args], {
    env: Object.fromEntries(env.map((entry) => splitOnce(entry))),
    stdio: ['ignore', output, output],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new Error('setpriv is missing (util-linux)');
  }
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      signalGroup(pid, 'SIGKILL');
      resolve(exitCodeOf(code, signal));
    });
  });
  return {
    pid,
    ended,
    signal: (signal) => {
      if (signal === 'SIGKILL') {
        signalGroup(pid, signal);
      } else if (init || handles(pid, constants.signals[signal])) {
        child.kill(signal);
      }
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left in it.
  }
}

function findExecutable(program: string): string | undefined {
  const candidates = program.includes('/')
    ? [program]
    : (process.env['PATH'] ?? '').split(':').map((directory) => join(directory, program));
  return candidates.find((path) => {
    try {
      accessSync(path, access.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
