import * as v from 'valibot';
import type { TrustSource } from '../endpoints/trust-source.ts';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';

/** What the agent will ask, and of whom. */
export interface PreflightQuestion {
  readonly region: string;
  /** The host of the ECS API, as the agent finds it. */
  readonly host: string;
  /** The private address of the `ecs` endpoint to ask at. */
  readonly address: string;
  /** Whom it will trust, as the probes were judged. */
  readonly trust: Pick<TrustSource, 'words' | 'by'>;
  /** As the agent's introspection told them; left out where it did not. */
  readonly cluster: string | undefined;
  readonly containerInstanceArn: string | undefined;
  /** Variables that give the agent other credentials than the role, with which this is asked; undefined without any. */
  readonly agentCredentials?: string | undefined;
}

/** A text from outside. */
const text = v.pipe(
  v.string(),
  v.transform((given) => printable(given, budgets.quoteLength)),
);

export const preflightOutcomes = [
  'told',
  'refused',
  'unanswered',
] as const satisfies readonly PreflightAnswer['outcome'][];

/**
 * What came of asking.
 * - `told`: the host to which ECS sends the agent for its websocket
 * - `refused`: by a policy; `said` is the sentence
 * - `unanswered`: nothing follows from it, and `why`
 */
export const preflightAnswerSchema = v.variant('outcome', [
  v.object({ outcome: v.literal('told'), acsHost: text }),
  v.object({ outcome: v.literal('refused'), said: text }),
  v.object({ outcome: v.literal('unanswered'), why: text }),
]);

export type PreflightAnswer = v.InferOutput<typeof preflightAnswerSchema>;

/** What the child is told on its standard input. The credentials it fetches itself. */
export const preflightRequestSchema = v.object({
  region: v.string(),
  host: v.string(),
  address: v.string(),
  cluster: v.optional(v.string()),
  containerInstanceArn: v.optional(v.string()),
  trust: v.object({
    words: v.string(),
    by: v.object({
      caFile: v.optional(v.string()),
      agent: v.optional(
        v.object({
          root: v.optional(v.string()),
          trust: v.object({ file: v.optional(v.string()), directories: v.optional(v.string()) }),
        }),
      ),
    }),
  }),
  /** Also without a session token of IMDS. */
  imdsV1Fallback: v.boolean(),
});

export type PreflightRequest = v.InferOutput<typeof preflightRequestSchema>;

export function unanswered(why: string): PreflightAnswer {
  return { outcome: 'unanswered', why: printable(why, budgets.quoteLength) };
}
