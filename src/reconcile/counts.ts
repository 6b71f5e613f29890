import type { Instant } from '../kit/clock.ts';
import { agentIsNew, answersAreNew, isClose, type Observation } from '../observe/observation.ts';
import type { EndpointsSummary } from './endpoints-summary.ts';
import type { Rules } from './rules.ts';
import type { State } from './state.ts';

/** What is counted over looks: rounds of the endpoints, looks at the agent's path, and since when what has been so. */
export function count(
  state: State,
  observation: Observation,
  summary: EndpointsSummary,
  now: Instant,
  rules: Rules,
): State {
  return countPath(countRounds(state, observation, summary, now, rules), observation, now, rules);
}

/** Looks closer together than this are one round: an Engine event or a signal must not shorten the settling. */
function spacingMs(rules: Rules): number {
  return rules.waitingIntervalMs * 0.8;
}

function countRounds(
  state: State,
  observation: Observation,
  summary: EndpointsSummary,
  now: Instant,
  rules: Rules,
): State {
  if (!answersAreNew(observation)) return state;
  const due = state.lastRoundMonoMs === undefined || now.monoMs - state.lastRoundMonoMs >= spacingMs(rules);
  const notPrivateRounds = !summary.notPrivate ? 0 : state.notPrivateRounds + (due ? 1 : 0);
  // Any other look has not tried 443, so it can neither count as a round nor break a run of them while names hold.
  const close = isClose(observation);
  const provedReady = close && summary.ready;
  const relapsed = !summary.allPrivate || (close && !summary.ready);
  const readyRounds = relapsed ? 0 : state.readyRounds + (provedReady && due ? 1 : 0);
  const counted = due && (summary.notPrivate || provedReady);
  return {
    ...state,
    notPrivateRounds,
    readyRounds,
    privateSince: summary.allPrivate ? (state.privateSince ?? now) : undefined,
    lastRoundMonoMs: counted ? now.monoMs : state.lastRoundMonoMs,
  };
}

function countPath(state: State, observation: Observation, now: Instant, rules: Rules): State {
  const { agent } = observation;
  // An Engine that does not answer, or was not asked, tells nothing of the agent: what was counted stays.
  if (agent.engineProblem || !agentIsNew(observation)) return state;
  const container = agent.container;
  const running = container?.running === true;
  const process = container && running ? `${container.id} ${container.startedAt}` : undefined;
  const same = process !== undefined && process === state.process;
  const due =
    !same ||
    state.lastPublicLookMonoMs === undefined ||
    now.monoMs - state.lastPublicLookMonoMs >= spacingMs(rules);
  const path = agent.path.path;
  const before = same ? state.publicLooks : 0;
  return {
    ...state,
    process,
    publicLooks: path === 'public' ? before + (due ? 1 : 0) : 0,
    lastPublicLookMonoMs:
      path === 'public' && due ? now.monoMs : same ? state.lastPublicLookMonoMs : undefined,
    unknownSinceMonoMs:
      path === 'unknown' ? ((same ? state.unknownSinceMonoMs : undefined) ?? now.monoMs) : undefined,
    noAgentSinceMonoMs: path === 'none' ? (state.noAgentSinceMonoMs ?? now.monoMs) : undefined,
    downSinceMonoMs: running ? undefined : (state.downSinceMonoMs ?? now.monoMs),
  };
}
