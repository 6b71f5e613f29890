import type { Context } from './context.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** What is counted over looks: rounds of the endpoints, looks at the agent's path, and since when what has been so. */
export function count(context: Context): State {
  return countPath({ ...context, state: countRounds(context) });
}

/** Looks closer together than this are one round: an Engine event or a signal must not shorten the settling. */
function spacingMs(limits: Policy): number {
  return limits.waitingIntervalMs * 0.8;
}

function countRounds({ state, observation, summary, now, limits }: Context): State {
  if (!observation.endpointsFresh) return state;
  const due = state.lastRoundMonoMs === undefined || now.monoMs - state.lastRoundMonoMs >= spacingMs(limits);
  const notPrivateRounds = !summary.notPrivate ? 0 : state.notPrivateRounds + (due ? 1 : 0);
  // A light look has not tried 443, so it can neither count as a round nor break a run of them while names hold.
  const provedReady = observation.depth === 'full' && summary.ready;
  const relapsed = !summary.allPrivate || (observation.depth === 'full' && !summary.ready);
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

function countPath({ state, observation, now, limits }: Context): State {
  const { agent, agentFresh } = observation;
  // An Engine that does not answer, or was not asked, tells nothing of the agent: what was counted stays.
  if (agent.engineProblem || !agentFresh) return state;
  const container = agent.container;
  const running = container?.running === true;
  const process = container && running ? `${container.id} ${container.startedAt}` : undefined;
  const same = process !== undefined && process === state.process;
  const due =
    !same ||
    state.lastPublicLookMonoMs === undefined ||
    now.monoMs - state.lastPublicLookMonoMs >= spacingMs(limits);
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
