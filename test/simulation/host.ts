import { turn } from '../../src/daemon/turn.ts';
import type { Observation } from '../../src/observe/observation.ts';
import type { LookPlan } from '../../src/reconcile/decision.ts';
import { splayDelay } from '../../src/reconcile/splay.ts';
import { initialState, type State } from '../../src/reconcile/state.ts';
import {
  allPrivate,
  allPublic,
  limits,
  type ObservationSketch,
  observe,
} from '../unit/reconcile/observations.ts';
import { randomFrom } from './random.ts';

/** Seconds for which a resolver on the way may still give the old answer: the TTL of the endpoints' names. */
const ttlMs = 60_000;

/** From the call to the new process's first request to ECS. */
export const agentStartMs = 1_000;

/** One host of a fleet in which all names turn private at 0. */
export interface HostSketch {
  readonly instanceId: string;
  /** When its daemon looks for the last time before that. */
  readonly lookMs: number;
  /** From when on its resolver gives the new answers. */
  readonly privateFromMs: number;
}

export function sketchHost(seed: number, index: number): HostSketch {
  const random = randomFrom(seed + Math.imul(index + 1, 0x9e3779b9));
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    instanceId: `i-0${hex(8)}${hex(8)}`,
    lookMs: -random() * limits.waitingIntervalMs,
    privateFromMs: random() * ttlMs,
  };
}

/** How a host's move went. */
export interface Move {
  /** When the call was made, since the names turned private. */
  readonly restartMs: number;
  /** The daemon told that the agent is not registered, before it settled. */
  readonly blocked: boolean;
}

export interface MoveOptions {
  readonly splayMs: number;
  /** When ECS takes the new agent's registration; left out, the move is followed to the restart only. */
  readonly registeredMs?: number;
  /** Looks that can see and count nothing new are left out, unless this is set. */
  readonly everyLook?: boolean;
}

/** The daemon's time at 0: it has been up for long. */
const bootMs = 1_000_000_000;

/**
 * Takes one host through its move: the daemon's own turn, decision and splay on what such a host shows, until it settles.
 * @throws Error when it does something that the fleet's figures do not count: a second restart, or never settling
 */
export async function moveHost(host: HostSketch, options: MoveOptions): Promise<Move> {
  const { splayMs, registeredMs, everyLook = false } = options;
  const policy = {
    ...limits,
    preflight: 'auto',
    splayDelayMs: splayDelay(host.instanceId, splayMs),
  } as const;
  let state: State = initialState(undefined, 'boot-1', bootMs + host.lookMs);
  let plan: LookPlan = { inMs: 0, pace: 'waiting' };
  let restartMs: number | undefined;
  let blocked = false;
  let told = '';

  let atMs = host.lookMs;
  for (let looks = 0; looks < 100_000; looks += 1) {
    const observation = seenAt(atMs, host, { restartMs, registeredMs, close: plan.pace === 'close' });
    const { state: after } = await turn(state, observation, {
      now: { monoMs: bootMs + atMs, wallMs: bootMs + atMs },
      limits: policy,
      save: () => Promise.resolve(true),
      decided: ({ look }) => {
        plan = look;
        return Promise.resolve(false);
      },
      perform: () => {
        if (restartMs !== undefined) throw new Error(`a second restart after ${atMs} ms`);
        restartMs = atMs;
        return Promise.resolve({ performed: 'yes', problem: undefined });
      },
      ask: () => Promise.resolve({ outcome: 'told', acsHost: 'ecs-agent.us-east-1.amazonaws.com' }),
    });
    state = after;
    if (restartMs !== undefined) {
      if (registeredMs === undefined || state.phase === 'settled') return { restartMs, blocked };
      blocked ||= state.phase === 'blocked';
    }
    const isNews = told !== `${state.phase} ${state.reason.code}`;
    told = `${state.phase} ${state.reason.code}`;
    const idleMs = everyLook || isNews ? 0 : idleFor({ atMs, host, state, restartMs, registeredMs, policy });
    atMs += Math.max(plan.inMs, Math.floor(idleMs / plan.inMs) * plan.inMs || 0);
    if (state.phase === 'scheduled') atMs = Math.min(atMs, (state.scheduledMonoMs ?? 0) - bootMs);
  }
  throw new Error(`${host.instanceId} is not settled: ${state.phase} (${state.reason.code})`);
}

interface Standing {
  readonly atMs: number;
  readonly host: HostSketch;
  readonly state: State;
  readonly restartMs: number | undefined;
  readonly registeredMs: number | undefined;
  readonly policy: { readonly verifyTimeoutMs: number };
}

/** For how long no look will see or count anything new. */
function idleFor({ atMs, host, state, restartMs = 0, registeredMs = 0, policy }: Standing): number {
  switch (state.phase) {
    case 'restarting':
      return restartMs + agentStartMs - atMs;
    case 'waiting':
      return host.privateFromMs - atMs;
    case 'scheduled':
      return (state.scheduledMonoMs ?? 0) - bootMs - atMs;
    case 'verifying':
      return Math.min(registeredMs, state.phaseSinceMonoMs - bootMs + policy.verifyTimeoutMs - 60_000) - atMs;
    case 'blocked':
      return registeredMs - atMs;
    default:
      return 0;
  }
}

function seenAt(
  atMs: number,
  { privateFromMs }: HostSketch,
  known: {
    readonly restartMs: number | undefined;
    readonly registeredMs: number | undefined;
    readonly close: boolean;
  },
): Observation {
  const { restartMs, registeredMs, close } = known;
  const names = atMs < privateFromMs ? 'public' : 'private';
  if (restartMs === undefined) return beforeRestart[names][close ? 'close' : 'brief'];
  const startMs = restartMs + agentStartMs;
  if (atMs < startMs) return observe({ classes: allPrivate, close, agent: { exists: false } });
  const registered = registeredMs !== undefined && atMs >= registeredMs;
  const process = { id: 'container-2', startedAt: 'second start', startedMonoMs: bootMs + startMs };
  return observe({
    classes: allPrivate,
    close,
    agent: { ...process, registered, path: registered ? 'private' : 'none' },
  });
}

/** What all hosts see alike. */
const beforeRestart = {
  public: { close: before(allPublic, true), brief: before(allPublic, false) },
  private: { close: before(allPrivate, true), brief: before(allPrivate, false) },
};

function before(classes: NonNullable<ObservationSketch['classes']>, close: boolean): Observation {
  return observe({ classes, close, agent: { path: 'public' } });
}
