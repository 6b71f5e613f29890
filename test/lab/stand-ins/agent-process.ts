import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** The agent stand-in as a bare process, for places without a Docker Engine. */
export interface AgentProcess {
  readonly pid: number;
  /** Exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Everything it logged so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ends it at once, if it still runs. */
  close(): Promise<void>;
}

export async function startAgentProcess(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<AgentProcess> {
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'exit').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    exited,
    output: () => output,
    kill: (signal) => {
      child.kill(signal);
    },
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
