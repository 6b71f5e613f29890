import type { AgentPathEvidence } from '../../agent/agent-observation.ts';
import { type Context, sinceMs } from '../context.ts';
import type { DecisionEvent } from '../decision.ts';
import type { Duty, Journal, LastRestart, Verifying } from '../journal.ts';
import type { Reason } from '../phase.ts';
import type { Policy } from '../policy.ts';
import type { RestartOutcome } from '../restart-outcome.ts';
import { withCoolDown, withoutCoolDown } from '../start-restart.ts';
import { type State, withRounds } from '../state.ts';
import type { Step } from '../step.ts';
import { isStoppedByHand, wayBack } from '../ways-back.ts';
import { exitFive } from './agent-registered.ts';
import { type Finding, passed, type Rule, type RuleWords, spoke, wentOn } from './rule.ts';

/** A restart has helped once the new process is registered and on the private path; until then the agent is ours. */
export const verify: Rule = (context) => {
  const { verifying } = context.state.journal;
  return verifying === undefined ? passed('none to verify') : look(context, verifying);
};

function look(context: Context, verifying: Verifying): Finding {
  const { state, observation, now, limits } = context;
  const { agent } = observation;
  if (agent.engineProblem) return goOn(state, agent.engineProblem);
  const { path, evidence, connectedMonoMs } = agent.path;
  if (path === 'private') {
    const connectedMs = Math.max(0, (connectedMonoMs ?? now.monoMs) - verifying.sinceMonoMs);
    const fields = { connectedMs, evidence };
    const warm = { ...state, journal: withoutCoolDown(state.journal) };
    return over(warm, 'private', { connectedMs }, [{ code: 'restart-verified', fields }]);
  }
  // Whatever was seen instead, the next restart of this transition comes after the cool-down.
  const cooled = { ...state, journal: withCoolDown(state.journal, now, limits) };
  if (agent.container?.exitCode === 5) return notVerified(cooled, 'not-registered', exitFive.message);
  const { duty } = verifying;
  if (duty && !agent.container?.running && !agent.container?.restarting) {
    return bringBack({ ...context, state: cooled }, verifying, duty);
  }
  const withoutEndpoints = outcomeWithout(context);
  if (withoutEndpoints) return notVerified(cooled, withoutEndpoints, evidence);
  const unknownMs = sinceMs(context, state.process?.unknownSinceMonoMs);
  if (path === 'unknown' && unknownMs >= limits.unknownPathAfterMs)
    return notVerified(cooled, 'unproven', evidence);
  if (now.monoMs >= deadlineOf(verifying, limits)) {
    return notVerified(cooled, outcomeOf(agent.path), agent.saying?.message ?? evidence);
  }
  return goOn(state, {
    code: 'verifying',
    message: `Waiting for the new agent's registration and private path: ${agent.saying?.message ?? evidence}`,
    advice: undefined,
  });
}

/** Where the names are not private there is nothing to wait for but, for a restart by hand, the agent itself. */
function outcomeWithout({ state, observation, limits }: Context): RestartOutcome | undefined {
  if (state.endpoints.notPrivateRounds < limits.settleRounds) return undefined;
  if (state.journal.transition) return 'withdrawn';
  return observation.agent.path.path === 'public' ? 'public' : undefined;
}

/** An agent that took long to come back is given a minute all the same. */
const leastMs = 60_000;

function deadlineOf({ sinceMonoMs, upMonoMs = sinceMonoMs }: Verifying, { verifyTimeoutMs }: Policy): number {
  return Math.max(sinceMonoMs + verifyTimeoutMs, upMonoMs + Math.min(leastMs, verifyTimeoutMs));
}

function outcomeOf({ path, publicSeen }: AgentPathEvidence): RestartOutcome {
  switch (path) {
    case 'public':
    case 'disconnected':
      return path;
    case 'unknown':
      // Connections that can be read and prove nothing by now are none that last.
      return publicSeen === undefined ? 'unproven' : 'disconnected';
    default:
      return 'not-registered';
  }
}

/** An agent that ends while it is verified is brought back as long as that takes, unless somebody else has stopped it. */
function bringBack(context: Context, verifying: Verifying, duty: Duty): Finding {
  const { state, observation } = context;
  const { container } = observation.agent;
  if (!duty.supervised && container && isStoppedByHand(container)) {
    return notVerified(state, 'taken-over', `stopped by hand (exit code ${container.exitCode})`);
  }
  const way = wayBack(context, duty, sinceMs(context, state.absence?.downSinceMonoMs));
  switch (way.kind) {
    case 'wait':
      return goOn(state, way.reason);
    case 'ask':
      return spoke({ ...stepOf(state, way.reason), pace: 'bringing-back' });
    case 'act': {
      const journal = { ...state.journal, verifying: { ...verifying, duty: way.duty } };
      return spoke({ ...stepOf({ ...state, journal }, way.reason), act: way.act, events: [way.event] });
    }
    case 'taken-over':
      return notVerified(state, 'taken-over', way.reason.message);
  }
}

function stepOf(state: State, reason: Reason): Step {
  return { state, phase: 'verifying', reason };
}

function goOn(state: State, reason: Reason): Finding {
  return spoke(stepOf(state, reason));
}

function notVerified(state: State, outcome: RestartOutcome, evidence: string): Finding {
  return over(state, outcome, {}, [{ code: 'restart-not-verified', fields: { outcome, evidence } }]);
}

function over(
  state: State,
  outcome: RestartOutcome,
  figures: Pick<LastRestart, 'connectedMs'>,
  events: readonly DecisionEvent[],
): Finding {
  const { verifying: _, ...rest } = state.journal;
  const journal: Journal = {
    ...rest,
    ...(rest.lastRestart && { lastRestart: { ...rest.lastRestart, ...figures, outcome } }),
  };
  return wentOn(`ended: ${outcome}`, { ...withRounds(state, { readyRounds: 0 }), journal }, events);
}

export const words = {
  rule:
    'A restart has helped once the new process is registered and holds a lasting connection to a private address of ' +
    'ecs-a. One that ends before that is brought back.',
  changes: 'Both seen, or `verify-timeout`.',
  reasons: { verifying: { phases: ['verifying'], meaning: 'waiting for registration and private path' } },
} as const satisfies RuleWords;
