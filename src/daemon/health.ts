import type { Phase } from '../reconcile/phase.ts';
import type { LookResult } from './loop.ts';

/** What the last look came to, for those who ask from outside whether the daemon is well. */
export interface Progress {
  readonly lookedMonoMs: number;
  /** When the next look is due, after the last one. */
  readonly nextInMs: number;
  readonly phase: Phase;
  /** Some connection of the agent to a public address is left (TCS, for up to 35 minutes). */
  readonly publicLeft: boolean;
  /** The reason of the phase, in words. */
  readonly detail: string;
}

export interface Health {
  readonly ok: boolean;
  /** One line, without its newline. */
  readonly text: string;
}

export function progressOf(
  { state, observation, look }: Pick<LookResult, 'state' | 'observation' | 'look'>,
  lookedMonoMs: number,
): Progress {
  return {
    lookedMonoMs,
    nextInMs: look.inMs,
    phase: state.phase,
    detail: state.reason.message,
    publicLeft: state.reason.code === 'tcs-on-public-path' || observation.agent.path.tcs === 'public',
  };
}

/**
 * A look that is due may still be under way (10 s of DNS, three rounds of port 443, an Engine that takes its time),
 * and the call of a restart comes before it (60 s at most).
 */
const graceMs = 120_000;

/** Whether the loop moves: the next look must not be late by more than two minutes. */
export function liveness({ lookedMonoMs, nextInMs }: Progress, nowMonoMs: number): Health {
  const ageMs = nowMonoMs - lookedMonoMs;
  const boundMs = nextInMs + graceMs;
  const ago = `the last look was ${Math.round(ageMs / 1000)} s ago`;
  return ageMs <= boundMs
    ? { ok: true, text: `ok: ${ago}` }
    : { ok: false, text: `stuck: ${ago}, it may be ${Math.round(boundMs / 1000)} s at most` };
}

/** Whether the work is done on this host: the loop moves, and the agent is on PrivateLink. */
export function readiness(progress: Progress, nowMonoMs: number): Health {
  const alive = liveness(progress, nowMonoMs);
  if (!alive.ok) return alive;
  return {
    ok: progress.phase === 'settled' && !progress.publicLeft,
    text: `${progress.phase}: ${progress.detail}`,
  };
}
