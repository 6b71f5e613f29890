import { text } from 'node:stream/consumers';
import { EC2Client } from '@aws-sdk/client-ec2';
import * as v from 'valibot';
import { ready } from '../kit/ask-child.ts';
import { describeVpc } from './describe-vpc.ts';
import { ec2Failure } from './ec2-failure.ts';
import { ec2RequestSchema } from './ec2-reading.ts';

// The child process of ask-ec2.ts: a request on standard input, a reading on standard output, both JSON.
// Once it has said that it is ready, it has 3.9 s; its own limits are such that it can still say what went wrong.
const limitMs = 3_300;

async function main(): Promise<void> {
  process.stdout.write(ready);
  const request = v.parse(ec2RequestSchema, JSON.parse(await text(process.stdin)));
  const client = new EC2Client({
    region: request.region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_500, requestTimeout: 2_800 },
  });
  const reading = await describeVpc(client, request, AbortSignal.timeout(limitMs)).catch(ec2Failure);
  process.stdout.write(JSON.stringify(reading), () => process.exit(0));
}

void main();
