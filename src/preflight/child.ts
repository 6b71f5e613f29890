import * as v from 'valibot';
import { answerAsChild } from '../kit/answer-as-child.ts';
import { discover } from './discover.ts';
import { preflightRequestSchema } from './preflight-answer.ts';

// The child process of ask-preflight.ts.
void answerAsChild((request) => discover(v.parse(preflightRequestSchema, request)));
