import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { ready } from '../kit/ask-child.ts';
import { discover } from './discover.ts';
import { preflightRequestSchema } from './preflight-answer.ts';

// The child process of ask-preflight.ts: a request on standard input, an answer on standard output, both JSON.
async function main(): Promise<void> {
  process.stdout.write(ready);
  const answer = await discover(v.parse(preflightRequestSchema, JSON.parse(await text(process.stdin))));
  process.stdout.write(JSON.stringify(answer), () => process.exit(0));
}

void main();
