import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { LateError, within } from '../kit/deadline.ts';
import { messageOf } from '../kit/problem.ts';
import { runProgram } from '../kit/run-program.ts';
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
  const input = JSON.stringify(request);
  try {
    const result = await within(
      'the EC2 API',
      limitMs,
      signal,
      async (own) => await runProgram(process.execPath, [bundle], own, { env, input }),
    );
    return result.outcome === 'ended' ? parse(result.stdout) : failed(`${process.execPath} cannot be run`);
  } catch (thrown) {
    if (thrown instanceof LateError) return tooLate;
    throw thrown;
  }
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
