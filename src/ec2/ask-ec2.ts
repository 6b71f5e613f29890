import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { messageOf } from '../kit/problem.ts';
import { type Ec2Reading, type Ec2Request, ec2ReadingSchema } from './ec2-reading.ts';

/** How long the child may take, in milliseconds. */
export interface Ec2Limits {
  /** Until it is loaded: a fraction of a second, unless this host is busy. */
  readonly loadMs: number;
  /** From there to its reading. */
  readonly askMs: number;
}

/** The child process. */
export interface Ec2Program {
  /** The file that it is made of. */
  readonly bundle: string;
  /** The caller's variables: the SDK looks for credentials there. */
  readonly env: NodeJS.ProcessEnv;
  readonly limits?: Ec2Limits;
}

const usualLimits: Ec2Limits = { loadMs: 20_000, askMs: 3_900 };

/**
 * Asks the EC2 API in a short-lived child process, so that the SDK (24 MB) is never loaded here. Whatever goes
 * wrong is a reading too; rejects only with the signal's reason.
 */
export async function askEc2(
  { bundle, env, limits: { loadMs, askMs } = usualLimits }: Ec2Program,
  request: Ec2Request,
  signal: AbortSignal,
): Promise<Ec2Reading> {
  signal.throwIfAborted();
  if (!existsSync(bundle)) return failed(`${bundle} is not installed`);
  return await new Promise((resolve, reject) => {
    // Its output ends when it does; what it says on standard error is the SDK's own and of no use.
    const child = spawn(process.execPath, [bundle], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let late: Ec2Reading = failed(
      `the program that asks the EC2 API was not loaded within ${loadMs / 1000} s`,
    );
    let timer = setTimeout(() => child.kill('SIGKILL'), loadMs);
    const onAbort = () => child.kill('SIGKILL');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.once('data', () => {
      clearTimeout(timer);
      late = tooLate(askMs);
      timer = setTimeout(() => child.kill('SIGKILL'), askMs);
    });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    // It may have ended before it read anything.
    child.stdin.on('error', () => {});
    child.once('error', (thrown) => settle(failed(messageOf(thrown))));
    child.once('close', (_code, killedBy) => {
      settle(killedBy === null ? parse(Buffer.concat(chunks).toString()) : late);
    });
    child.stdin.end(JSON.stringify(request));

    function settle(reading: Ec2Reading): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) reject(signal.reason);
      else resolve(reading);
    }
  });
}

function tooLate(askMs: number): Ec2Reading {
  const why = `the EC2 API did not answer within ${askMs / 1000} s`;
  return { kind: 'skipped', code: 'ec2-no-route', why };
}

function parse(text: string): Ec2Reading {
  try {
    return v.parse(ec2ReadingSchema, JSON.parse(text));
  } catch (thrown) {
    return failed(`its answer cannot be used: ${messageOf(thrown)}`);
  }
}

function failed(why: string): Ec2Reading {
  return { kind: 'skipped', code: 'ec2-failed', why };
}
