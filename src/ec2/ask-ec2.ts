import * as v from 'valibot';
import { askChild, type ChildLimits, type ChildProgram } from '../kit/ask-child.ts';
import { messageOf } from '../kit/problem.ts';
import { type Ec2Reading, type Ec2Request, ec2ReadingSchema } from './ec2-reading.ts';

/** The child process. Its variables are the caller's: the SDK looks for credentials there. */
export type Ec2Program = Pick<ChildProgram, 'bundle' | 'env'> & { readonly limits?: ChildLimits };

const usualLimits: ChildLimits = { loadMs: 20_000, askMs: 3_900 };

/**
 * Asks the EC2 API in a short-lived child process, so that the SDK (24 MB) is never loaded here. Whatever goes
 * wrong is a reading too; rejects only with the signal's reason.
 */
export async function askEc2(
  { bundle, env, limits = usualLimits }: Ec2Program,
  request: Ec2Request,
  signal: AbortSignal,
): Promise<Ec2Reading> {
  const answer = await askChild({ bundle, env, limits }, request, signal);
  switch (answer.outcome) {
    case 'answered':
      return parse(answer.text);
    case 'late':
      return {
        kind: 'skipped',
        code: 'ec2-no-route',
        why: `the EC2 API did not answer within ${limits.askMs / 1000} s`,
      };
    case 'failed':
      return failed(answer.why);
  }
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
