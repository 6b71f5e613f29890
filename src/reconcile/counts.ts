import type { AgentContainer } from '../agent/agent-observation.ts';
import type { Instant } from '../kit/clock.ts';
import { agentIsNew, answersAreNew, isClose } from '../observe/observation.ts';
import type { Context } from './context.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** What is counted over looks: rounds of the endpoints, looks at the agent's path, and since when what has been so. */
export function count(context: Context): State {
  return countPath({ ...context, state: countRounds(context) });
}

/** Looks closer together than this are one round: an Engine event or a signal must not shorten the settling. */
function isDue(lastMonoMs: number | undefined, now: Instant, limits: Policy): boolean {
  return lastMonoMs === undefined || now.monoMs - lastMonoMs >= limits.waitingIntervalMs * 0.8;
}

function countRounds({ state, observation, summary, now, limits }: Context): State {
  if (!answersAreNew(observation)) return state;
  const due = isDue(state.lastRoundMonoMs, now, limits);
  const close = isClose(observation);
  // Any other look has not tried 443, so it can neither count as a round nor break a run of them while names hold.
  const provedReady = close && summary.ready;
  const relapsed = !summary.allPrivate || (close && !summary.ready);
  const counted = due && (summary.notPrivate || provedReady);
  return {
    ...state,
    notPrivateRounds: summary.notPrivate ? state.notPrivateRounds + Number(due) : 0,
    readyRounds: relapsed ? 0 : state.readyRounds + Number(provedReady && due),
    privateSince: summary.allPrivate ? (state.privateSince ?? now) : undefined,
    lastRoundMonoMs: counted ? now.monoMs : state.lastRoundMonoMs,
  };
}

const noProcess = { publicLooks: 0, lastPublicLookMonoMs: undefined, unknownSinceMonoMs: undefined };

function countPath({ state, observation, now, limits }: Context): State {
  const { agent } = observation;
  // An Engine that does not answer, or was not asked, tells nothing of the agent: what was counted stays.
  if (agent.engineProblem || !agentIsNew(observation)) return state;
  const process = processOf(agent.container);
  const same = process !== undefined && process === state.process;
  const due = !same || isDue(state.lastPublicLookMonoMs, now, limits);
  const path = agent.path.path;
  // What was counted of one process says nothing of the next.
  const of = same ? state : noProcess;
  const publicLook = path === 'public' && due;
  return {
    ...state,
    process,
    publicLooks: path === 'public' ? of.publicLooks + Number(publicLook) : 0,
    lastPublicLookMonoMs: publicLook ? now.monoMs : of.lastPublicLookMonoMs,
    unknownSinceMonoMs: path === 'unknown' ? (of.unknownSinceMonoMs ?? now.monoMs) : undefined,
    noAgentSinceMonoMs: path === 'none' ? (state.noAgentSinceMonoMs ?? now.monoMs) : undefined,
    downSinceMonoMs: process !== undefined ? undefined : (state.downSinceMonoMs ?? now.monoMs),
  };
}

/** Names the running process; undefined when there is none. */
function processOf(container: AgentContainer | undefined): string | undefined {
  return container?.running ? `${container.id} ${container.startedAt}` : undefined;
}
