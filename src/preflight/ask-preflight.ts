import * as v from 'valibot';
import type { ImdsClient } from '../instance/imds-client.ts';
import { askChild, type ChildLimits } from '../kit/ask-child.ts';
import { messageOf } from '../kit/problem.ts';
import {
  type PreflightAnswer,
  type PreflightQuestion,
  type PreflightRequest,
  preflightAnswerSchema,
  unanswered,
} from './preflight-answer.ts';

/** Asks ECS what the agent will ask. Rejects only with the signal's reason: what goes wrong is an answer too. */
export type AskPreflight = (question: PreflightQuestion, signal: AbortSignal) => Promise<PreflightAnswer>;

export interface PreflightOptions {
  /** The file that the child is made of. */
  readonly bundle: string;
  readonly imds: Pick<ImdsClient, 'enabled' | 'endpoint' | 'get'>;
  readonly imdsV1Fallback: boolean;
  /** For Node.js; those of this process unless told otherwise. */
  readonly flags?: readonly string[];
  readonly limits?: ChildLimits;
}

/** Beyond the child's own limits, which let it say what went wrong. An instance that boots has no CPU to spare. */
const usualLimits: ChildLimits = { loadMs: 15_000, askMs: 10_000 };

const rolePath = 'meta-data/iam/security-credentials/';

export function createAskPreflight(options: PreflightOptions): AskPreflight {
  const { imds, bundle, imdsV1Fallback, flags = process.execArgv, limits = usualLimits } = options;
  // Its flags are those of this process: where memory may not be both written and executed, Node.js needs --jitless. Of
  // our variables it has none: they, and the files of the SDK, may hold other credentials than the role's.
  const program = {
    bundle,
    flags,
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.endpoint,
      AWS_EC2_METADATA_V1_DISABLED: String(!imdsV1Fallback),
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    limits,
  };

  return async (question, signal) => {
    try {
      if (!imds.enabled) return unanswered('no credentials: IMDS is not to be asked (imds-disabled)');
      if ((await imds.get(rolePath, signal)) === undefined) {
        return unanswered('no credentials: this instance has no role');
      }
      const request: PreflightRequest = { ...question, imdsV1Fallback };
      const answer = await askChild(program, request, signal);
      switch (answer.outcome) {
        case 'answered':
          return parse(answer.text);
        case 'late':
          return unanswered(`no answer within ${limits.askMs / 1000} s`);
        case 'failed':
          return unanswered(answer.why);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      return unanswered(messageOf(thrown));
    }
  };
}

function parse(text: string): PreflightAnswer {
  try {
    return v.parse(preflightAnswerSchema, JSON.parse(text));
  } catch {
    // Never quoted: nothing that is not understood leaves the child.
    return unanswered('its answer cannot be used');
  }
}
