import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from './problem.ts';

/** How long a child may take, in milliseconds. */
export interface ChildLimits {
  /** Until it is loaded: a fraction of a second, unless this host is busy. */
  readonly loadMs: number;
  /** From there to its answer. */
  readonly askMs: number;
}

/** A short-lived child process of this very Node.js. */
export interface ChildProgram {
  /** The file that it is made of. */
  readonly bundle: string;
  /** All of its variables. */
  readonly env: NodeJS.ProcessEnv;
  /** For Node.js itself. */
  readonly flags?: readonly string[];
  readonly limits: ChildLimits;
}

/** What came of it. `late`: it was loaded, and had no answer in time; `failed`: whatever else went wrong, in words. */
export type ChildAnswer =
  | { readonly outcome: 'answered'; readonly text: string }
  | { readonly outcome: 'late' }
  | { readonly outcome: 'failed'; readonly why: string };

/** What a child says once it is loaded, before its answer; no part of JSON. */
export const ready = '\n';

/** A file that lies beside this program, which may have been called by a link. */
export function besideProgram(name: string): string {
  return join(dirname(realpathSync(process.argv[1] ?? '.')), name);
}

/** Bytes of an answer: DescribeVpcEndpoints and its like, in a VPC with hundreds of them. */
const largestAnswer = 4 * 1024 * 1024;

/**
 * Hands a request to a child process on its standard input and takes what it prints, so that an AWS SDK is never loaded
 * here. Whatever goes wrong is an answer too; rejects only with the signal's reason.
 */
export async function askChild(
  { bundle, env, flags = [], limits: { loadMs, askMs } }: ChildProgram,
  request: object,
  signal: AbortSignal,
): Promise<ChildAnswer> {
  signal.throwIfAborted();
  if (!existsSync(bundle)) return { outcome: 'failed', why: `${bundle} is not installed` };
  return await new Promise((resolve, reject) => {
    // Its output ends when it does; what it says on standard error is the SDK's own and of no use.
    const child = spawn(process.execPath, [...flags, bundle], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let ifKilled: ChildAnswer = {
      outcome: 'failed',
      why: `the program was not loaded within ${loadMs / 1000} s`,
    };
    const kill = () => child.kill('SIGKILL');
    let timer = setTimeout(kill, loadMs);
    signal.addEventListener('abort', kill, { once: true });
    child.stdout.once('data', () => {
      clearTimeout(timer);
      ifKilled = { outcome: 'late' };
      timer = setTimeout(kill, askMs);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= largestAnswer) chunks.push(chunk);
      else {
        ifKilled = { outcome: 'failed', why: 'its answer is too long' };
        kill();
      }
    });
    // It may have ended before it read anything.
    child.stdin.on('error', () => {});
    child.once('error', (thrown) => settle({ outcome: 'failed', why: messageOf(thrown) }));
    child.once('close', (_code, killedBy) => {
      settle(killedBy === null ? { outcome: 'answered', text: Buffer.concat(chunks).toString() } : ifKilled);
    });
    child.stdin.end(JSON.stringify(request));

    function settle(answer: ChildAnswer): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else resolve(answer);
    }
  });
}
