import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { exitCodeOf } from '../../processes.ts';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; 128 + the signal's number where a signal ended it, as a shell tells it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Milliseconds until the command and its children are killed; 60 000 by default. */
  readonly timeout?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. @throws Error when it cannot be started or took longer than its timeout */
export async function runCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program, ...args] = argv;
  const timeoutMs = options.timeout ?? 60_000;
  // A process group of its own: nsenter's child is ended together with nsenter.
  const child = spawn(program, args, { detached: true, env: { ...(options.env ?? process.env) } });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
    }
  }, timeoutMs);
  try {
    child.stdin.on('error', () => {
      // The program ended without reading its input.
    });
    child.stdin.end(options.input ?? '');
    const closed = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(exitCodeOf(code, signal)));
    });
    const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
    if (late) {
      throw new Error(`${argv.join(' ')}: no end within ${timeoutMs} ms\n${stdout}${stderr}`);
    }
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}
