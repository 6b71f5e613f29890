import type { Instant } from '../kit/clock.ts';
import type { Observation } from '../observe/observation.ts';
import type { PreflightAnswer, PreflightQuestion } from '../preflight/preflight-answer.ts';
import { decide } from '../reconcile/decide.ts';
import type { ActOutcome, Decision } from '../reconcile/decision.ts';
import type { Policy } from '../reconcile/policy.ts';
import { withAnswer } from '../reconcile/rules/preflight.ts';
import { afterAct } from '../reconcile/start-restart.ts';
import type { State } from '../reconcile/state.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';

/** What a turn depends on and does, beside its state and what was seen. Where one of these rejects, so does the turn. */
export interface TurnParts {
  readonly now: Instant;
  readonly limits: Policy;
  /** Resolves to whether the journal is on disk. */
  readonly save: (journal: State['journal']) => Promise<boolean>;
  /** Told the decision once it stands, before its call is made; resolves to true to end with it. */
  readonly decided: (decision: Decision) => Promise<boolean>;
  readonly perform: (act: AgentAct) => Promise<ActOutcome>;
  readonly ask: (question: PreflightQuestion) => Promise<PreflightAnswer>;
}

/**
 * - `done`: the state is that after the decision and its call
 * - `ended`: `decided` said so, and no call was made
 * - `not-saved`: nothing was done, because a restart's intent could not be written
 */
export interface Turn {
  readonly outcome: 'done' | 'ended' | 'not-saved';
  readonly state: State;
}

/** All that follows from one look: decide, save, tell, act, and note what came of the act. */
export async function turn(state: State, observation: Observation, parts: TurnParts): Promise<Turn> {
  const decision = decide(state, observation, parts.now, parts.limits);
  const saved = await parts.save(decision.state.journal);
  // A restart whose intent is not on disk is not made; the next look decides with the problem in sight. A fallback is:
  // it only brings back what an intent already on disk has stopped.
  if (!saved && isRestart(decision, state)) return { outcome: 'not-saved', state };
  if (await parts.decided(decision)) return { outcome: 'ended', state: decision.state };
  if (decision.ask) {
    const answer = await parts.ask(decision.ask.question);
    return { outcome: 'done', state: withAnswer(decision.state, decision.ask, answer, parts.now.monoMs) };
  }
  if (!decision.act || decision.dryRun) return { outcome: 'done', state: decision.state };
  const after = afterAct(decision.state, await parts.perform(decision.act));
  await parts.save(after.journal);
  return { outcome: 'done', state: after };
}

/** A restart, which comes with a new intent; not a fallback that brings back what one stopped. */
export function isRestart({ act, state }: Decision, before: State): boolean {
  return act !== undefined && state.journal.intent !== undefined && before.journal.intent === undefined;
}
