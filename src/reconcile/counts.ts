import { processOf } from '../agent/agent-container.ts';
import type { AgentContainer } from '../agent/agent-observation.ts';
import type { Instant } from '../kit/clock.ts';
import { agentIsNew, answersAreNew, isClose } from '../observe/observation.ts';
import { answersOf, type Context, sinceMs } from './context.ts';
import type { Policy } from './policy.ts';
import { type AbsenceCount, newProcess, type ProcessCount, type State, withRounds } from './state.ts';

/** What is counted over looks: rounds of the endpoints, and what has been seen of the agent's process since when. */
export function count(context: Context): State {
  return doubtEvidence({ ...context, state: countAgent({ ...context, state: countRounds(context) }) });
}

/** A restart proves nothing of the answers that led to it if others were given before its end. */
function doubtEvidence({ state, summary }: Context): State {
  const { intent, verifying, lastRestart } = state.journal;
  if (summary.allPrivate || lastRestart?.evidence === undefined || !(intent || verifying)) return state;
  const { evidence: _, ...rest } = lastRestart;
  return { ...state, journal: { ...state.journal, lastRestart: rest } };
}

/** Looks closer together than this are one round: an Engine event or a signal must not shorten the settling. */
function isDue(lastMonoMs: number | undefined, now: Instant, limits: Policy): boolean {
  return lastMonoMs === undefined || now.monoMs - lastMonoMs >= limits.waitingIntervalMs * 0.8;
}

function countRounds({ state, observation, summary, now, limits }: Context): State {
  if (!answersAreNew(observation)) return state;
  const { endpoints } = state;
  const due = isDue(endpoints.lastRoundMonoMs, now, limits);
  const close = isClose(observation);
  // Any other look has not tried 443, so it can neither count as a round nor break a run of them while names hold.
  const provedReady = close && summary.ready;
  const relapsed = !summary.allPrivate || (close && !summary.ready);
  const counted = due && (summary.notPrivate || provedReady);
  return withRounds(state, {
    notPrivateRounds: summary.notPrivate ? endpoints.notPrivateRounds + Number(due) : 0,
    readyRounds: relapsed ? 0 : endpoints.readyRounds + Number(provedReady && due),
    privateSince: summary.allPrivate ? (endpoints.privateSince ?? now) : undefined,
    lastRoundMonoMs: counted ? now.monoMs : endpoints.lastRoundMonoMs,
  });
}

function countAgent(context: Context): State {
  const { state, observation } = context;
  const { agent } = observation;
  // An Engine that does not answer, or was not asked, tells nothing of the agent: what was counted stays.
  if (agent.engineProblem || !agentIsNew(observation)) return state;
  const id = runningProcess(agent.container);
  const known = id !== undefined && id === state.process?.id ? state.process : undefined;
  return {
    ...state,
    process:
      id === undefined
        ? undefined
        : countProcess(context, known ?? newProcess(id, answersOf(observation)), known === undefined),
    absence: agent.path.path === 'none' ? countAbsence(context) : countReturn(context),
  };
}

function countProcess(
  { observation, summary, now, limits }: Context,
  before: ProcessCount,
  isNew: boolean,
): ProcessCount {
  const { path, tcs, publicSeen } = observation.agent.path;
  const since = (so: boolean | undefined, sinceMonoMs: number | undefined) =>
    so === true ? (sinceMonoMs ?? now.monoMs) : undefined;
  const publicLook = path === 'public' && (isNew || isDue(before.lastPublicLookMonoMs, now, limits));
  const tooLittle = path === 'unknown' && publicSeen !== undefined;
  const isShut = isClose(observation) && summary.allPrivate && !summary.ready;
  // A look that cannot tell the path takes nothing back of what others have seen.
  const proven = path === 'private';
  return {
    ...before,
    publicLooks: proven ? 0 : before.publicLooks + Number(publicLook),
    lastPublicLookMonoMs: publicLook ? now.monoMs : before.lastPublicLookMonoMs,
    unknownSinceMonoMs: since(path === 'unknown' && !tooLittle, before.unknownSinceMonoMs),
    // A connection on its way, or too new to prove anything, does not end it. Where port 443 is closed that is the cause.
    disconnectedSinceMonoMs: since(
      !isShut && (path === 'disconnected' || (tooLittle && before.disconnectedSinceMonoMs !== undefined)),
      before.disconnectedSinceMonoMs,
    ),
    privateMonoMs: proven ? now.monoMs : before.privateMonoMs,
    noPublicSinceMonoMs: since(publicSeen === false, before.noPublicSinceMonoMs),
    // Between two websockets of ACS that of telemetry is the same.
    tcsPublicSinceMonoMs: since(
      tcs === 'public' && (proven || before.tcsPublicSinceMonoMs !== undefined),
      before.tcsPublicSinceMonoMs,
    ),
    taskWaitSinceMonoMs: proven ? undefined : before.taskWaitSinceMonoMs,
  };
}

/** An agent that has ended again within so long was not really back. */
const backForMs = 60_000;

function countReturn({ state: { absence }, now }: Context): AbsenceCount | undefined {
  if (absence === undefined) return undefined;
  const { backSinceMonoMs = now.monoMs } = absence;
  return now.monoMs - backSinceMonoMs < backForMs
    ? { ...absence, backSinceMonoMs, downSinceMonoMs: undefined, exitFive: false }
    : undefined;
}

function countAbsence(context: Context): AbsenceCount {
  const { state, observation, now } = context;
  const { container } = observation.agent;
  const { absence, process } = state;
  const running = container?.running === true;
  const ended = process !== undefined && process.id !== runningProcess(container);
  return {
    sinceMonoMs: absence?.sinceMonoMs ?? now.monoMs,
    backSinceMonoMs: undefined,
    downSinceMonoMs: running ? undefined : (absence?.downSinceMonoMs ?? now.monoMs),
    ends: (absence?.ends ?? 0) + Number(ended),
    exitFive: endedByFive(context, ended),
  };
}

/** A removed agent whose supervisor creates no other within this has not hidden a terminal error. */
const hiddenForMs = 60_000;

function endedByFive(context: Context, ended: boolean): boolean {
  const { state, observation } = context;
  const { container } = observation.agent;
  if (container?.exitCode !== undefined) return container.exitCode === 5;
  if (state.absence?.exitFive !== true) return false;
  // One that runs or has not run yet takes back nothing; one that was removed has hidden its exit code, which was 5 again
  // where its supervisor repeats it, and is followed by another soon.
  if (container !== undefined || !ended) return sinceMs(context, state.absence.downSinceMonoMs) < hiddenForMs;
  return state.reason.code === 'agent-exit-5';
}

/** Names the process that runs; undefined when there is none. */
function runningProcess(container: AgentContainer | undefined): string | undefined {
  return container?.running ? processOf(container) : undefined;
}
