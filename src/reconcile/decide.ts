import type { Instant } from '../kit/clock.ts';
import { isClose, type Observation } from '../observe/observation.ts';
import type { Context } from './context.ts';
import { count } from './counts.ts';
import type { Decision, DecisionEvent } from './decision.ts';
import { summarizeEndpoints } from './endpoints-summary.ts';
import { ownJournal } from './journal.ts';
import { decideOnAgent, requestFullLook } from './on-agent.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';
import { continueRestart } from './restart-under-way.ts';
import { restartNow } from './start-restart.ts';
import type { State } from './state.ts';
import { conclude, type Step } from './step.ts';
import { verify } from './verification.ts';

/**
 * What to do after one look. Pure: the same arguments give the same decision.
 *
 * A restart under way comes first and is brought to its end whatever the endpoints do; then a verification;
 * then the endpoints (all names private and reachable for `settleRounds` rounds); then the agent.
 */
export function decide(before: State, observation: Observation, now: Instant, limits: Policy): Decision {
  const { bootId, instance } = observation;
  const own = {
    ...before,
    journal: ownJournal(before.journal, instance.facts?.instanceId, bootId, now.monoMs),
  };
  const context: Context = { state: own, observation, summary: summarizeEndpoints(observation), now, limits };
  return conclude(before, step({ ...context, state: count(context) }), now, limits);
}

function step(context: Context): Step {
  const { intent, verifying } = context.state.journal;
  if (intent) return continueRestart(context, intent);

  let { state } = context;
  const events: DecisionEvent[] = [];
  if (verifying) {
    const verification = verify(context, verifying);
    if (!verification.over) return verification.step;
    state = verification.state;
    events.push(...verification.events);
  }
  if (state.request && !state.request.ifNeeded) {
    return withEvents(events, restartByRequest({ ...context, state }));
  }
  const transited = followTransition({ ...context, state });
  events.push(...transited.events);
  const after = { ...context, state: transited.state };
  const next = context.summary.allPrivate ? decideOnAgent(after) : namesNotPrivate(after);
  return withEvents(events, next);
}

function withEvents(earlier: readonly DecisionEvent[], step: Step): Step {
  return { ...step, events: [...earlier, ...(step.events ?? [])] };
}

/** A restart by hand: the operator has decided, so only what would harm the agent is looked at. */
function restartByRequest(context: Context): Step {
  const { state, observation } = context;
  if (!isClose(observation)) return requestFullLook(state);
  const { storageProblem } = observation;
  if (storageProblem) return { state, phase: 'blocked', reason: storageProblem };
  return restartNow(context, 'asked for by the operator');
}

/** Begins a public → private transition once it is certain, and ends it once its end is. */
function followTransition({ state, observation, summary, limits }: Context): {
  state: State;
  events: readonly DecisionEvent[];
} {
  const { transition } = state.journal;
  if (transition && state.notPrivateRounds >= limits.settleRounds) {
    const { transition: _, ...journal } = state.journal;
    const names = observation.endpoints?.endpoints.filter((endpoint) => endpoint.class !== 'private') ?? [];
    return {
      state: { ...state, journal, withdrawn: true },
      events: [
        {
          code: 'endpoints-withdrawn',
          fields: { names: names.map((endpoint) => `${endpoint.host} (${endpoint.class})`).join(', ') },
        },
      ],
    };
  }
  const certain =
    summary.allPrivate &&
    state.privateSince !== undefined &&
    (state.readyRounds >= limits.settleRounds || observation.agent.path.path === 'private');
  if (transition || !certain || !state.privateSince) return { state, events: [] };
  return {
    state: {
      ...state,
      withdrawn: false,
      journal: {
        ...state.journal,
        transition: {
          privateSinceMonoMs: state.privateSince.monoMs,
          privateSinceWallMs: state.privateSince.wallMs,
          attempts: 0,
        },
      },
    },
    events: [],
  };
}

const withdrawn: Reason = {
  code: 'endpoints-withdrawn',
  message: 'The endpoints were private and are no longer; not restarting the agent',
  advice:
    'If this was not meant: check that the three interface endpoints exist, are `available`, and have private DNS ' +
    'names enabled. Without a public route the agent will disconnect at its next reconnect.',
};

function namesNotPrivate({ state, summary, limits }: Context): Step {
  const reason: Reason = summary.reason ?? { code: 'names-not-private', message: '', advice: undefined };
  const settled = state.phase === 'settled';
  // One odd answer, or a nameserver that fails, does not undo what has been proven: look again soon.
  if (settled && state.notPrivateRounds < limits.settleRounds) {
    return { state, phase: 'settled', reason: state.reason, lookInMs: limits.waitingIntervalMs };
  }
  return { state, phase: 'waiting', reason: state.withdrawn && summary.notPrivate ? withdrawn : reason };
}
