import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { messageOf } from '../kit/problem.ts';
import { type Ec2Reading, ec2ReadingSchema } from './ec2-reading.ts';
import type { Ec2Request } from './ec2-request.ts';

/** For the child, start to end. */
const limitMs = 3_900;

/**
 * Asks the EC2 API in a short-lived child process, so that the SDK (24 MB) is never loaded here. Whatever goes
 * wrong is a reading too; rejects only with the signal's reason.
 */
export async function askEc2(
  bundle: string,
  request: Ec2Request,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Ec2Reading> {
  signal.throwIfAborted();
  if (!existsSync(bundle)) return failed(`${bundle} is not installed`);
  return await new Promise((resolve, reject) => {
    // Its output ends when it does; what it says on standard error is the SDK's own and of no use.
    const child = spawn(process.execPath, [bundle], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const onAbort = () => child.kill('SIGKILL');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    // It may have ended before it read anything.
    child.stdin.on('error', () => {});
    child.once('error', (thrown) => settle(failed(messageOf(thrown))));
    child.once('close', (_code, killedBy) => {
      settle(killedBy === null ? parse(Buffer.concat(chunks).toString()) : tooLate);
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

const tooLate: Ec2Reading = {
  kind: 'skipped',
  code: 'ec2-no-route',
  why: `the EC2 API did not answer within ${limitMs / 1000} s`,
};

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
