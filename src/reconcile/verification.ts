import type { Context } from './context.ts';
import type { DecisionEvent } from './decision.ts';
import type { Journal, LastRestart, Verifying } from './journal.ts';
import type { Reason } from './phase.ts';
import type { RestartOutcome } from './restart-outcome.ts';
import { exitFive, withCoolDown } from './restart-under-way.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';

/** The phase goes on, or the verification has ended and the ordinary rules decide with this state. */
export type Verification =
  | { readonly over: false; readonly step: Step }
  | { readonly over: true; readonly state: State; readonly events: readonly DecisionEvent[] };

/** One look while a new agent is being verified. */
export function verify({ state, observation, now, limits }: Context, verifying: Verifying): Verification {
  const { agent } = observation;
  if (agent.engineProblem) return goOn(state, agent.engineProblem);
  const elapsedMs = now.monoMs - verifying.sinceMonoMs;
  const { path } = agent.path;
  if (path === 'private') {
    return over(state, 'private', { connectedMs: Math.max(0, elapsedMs) }, [
      {
        code: 'restart-verified',
        fields: { connectedMs: Math.max(0, elapsedMs), evidence: agent.path.evidence },
      },
    ]);
  }
  // Whatever was seen instead, the next restart of this transition comes after the cool-down.
  const cooled = { ...state, journal: withCoolDown(state.journal, now, limits) };
  if (state.notPrivateRounds >= limits.settleRounds) {
    return notVerified(cooled, 'withdrawn', agent.path.evidence);
  }
  if (agent.container?.exitCode === 5) return notVerified(cooled, 'not-registered', exitFive.message);
  const unknownMs = now.monoMs - (state.unknownSinceMonoMs ?? now.monoMs);
  if (unknownMs >= limits.unknownPathAfterMs) return notVerified(cooled, 'unproven', agent.path.evidence);
  if (elapsedMs >= limits.verifyTimeoutMs) {
    const outcome = path === 'public' ? 'public' : path === 'unknown' ? 'unproven' : 'not-registered';
    return notVerified(cooled, outcome, agent.path.evidence);
  }
  return goOn(state, {
    code: 'verifying',
    message: `Waiting for the new agent's registration and private path: ${agent.path.evidence}`,
    advice: undefined,
  });
}

function goOn(state: State, reason: Reason): Verification {
  return { over: false, step: { state, phase: 'verifying', reason } };
}

function notVerified(state: State, outcome: RestartOutcome, evidence: string): Verification {
  return over(state, outcome, {}, [{ code: 'restart-not-verified', fields: { outcome, evidence } }]);
}

function over(
  state: State,
  outcome: RestartOutcome,
  figures: Pick<LastRestart, 'connectedMs'>,
  events: readonly DecisionEvent[],
): Verification {
  const { verifying: _, ...rest } = state.journal;
  const journal: Journal = {
    ...rest,
    ...(rest.lastRestart && { lastRestart: { ...rest.lastRestart, ...figures, outcome } }),
  };
  return { over: true, state: { ...state, journal, readyRounds: 0 }, events };
}
