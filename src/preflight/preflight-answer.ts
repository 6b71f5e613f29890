import * as v from 'valibot';
import { budgets } from '../kit/budgets.ts';
import { printable } from '../kit/printable.ts';

/** What the agent will ask, and of whom. */
export interface PreflightQuestion {
  readonly region: string;
  /** The host of the ECS API, as the agent finds it. */
  readonly host: string;
  /** The private address of the `ecs` endpoint to ask at. */
  readonly address: string;
  /** As the agent's introspection told them; left out where it did not. */
  readonly cluster: string | undefined;
  readonly containerInstanceArn: string | undefined;
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
  /** Files of the authorities to trust; none for those that are built into Node.js. */
  caFiles: v.array(v.string()),
  /** Also without a session token of IMDS. */
  imdsV1Fallback: v.boolean(),
});

export type PreflightRequest = v.InferOutput<typeof preflightRequestSchema>;

export function unanswered(why: string): PreflightAnswer {
  return { outcome: 'unanswered', why: printable(why, budgets.quoteLength) };
}
