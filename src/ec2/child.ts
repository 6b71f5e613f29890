import { EC2Client } from '@aws-sdk/client-ec2';
import * as v from 'valibot';
import { answerAsChild } from '../kit/answer-as-child.ts';
import { describeVpc } from './describe-vpc.ts';
import { ec2Failure } from './ec2-failure.ts';
import { ec2RequestSchema } from './ec2-reading.ts';

// The child process of ask-ec2.ts. Once it has said that it is ready, it has 3.9 s; its own limits are such that it can
// still say what went wrong.
const limitMs = 3_300;

void answerAsChild(async (asked) => {
  const request = v.parse(ec2RequestSchema, asked);
  const client = new EC2Client({
    region: request.region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_500, requestTimeout: 2_800 },
  });
  return await describeVpc(client, request, AbortSignal.timeout(limitMs)).catch(ec2Failure);
});
