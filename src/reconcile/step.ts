import type { Instant } from '../kit/clock.ts';
import { hastyForMs, type PaceName, paces } from '../observe/pace.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import type { Asking, DecisionEvent, LookPlan } from './decision.ts';
import type { Phase, Reason } from './phase.ts';
import type { Policy } from './policy.ts';
import type { ReasonCode } from './reasons.ts';
import type { State } from './state.ts';

/** What a rule that speaks gives; `conclude` makes the decision of it. */
export interface Step {
  readonly state: State;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly act?: AgentAct;
  readonly dryRun?: boolean;
  readonly ask?: Asking;
  /** When to look again, where that is not when the phase's pace would. */
  readonly lookInMs?: number;
  /** What the next look asks, where that is not the phase's pace. */
  readonly pace?: PaceName;
  readonly events?: readonly DecisionEvent[];
}

export function settling(state: State, code: ReasonCode, message: string): Step {
  return { state, phase: 'settling', reason: { code, message, advice: undefined } };
}

export function blocked(state: State, reason: Reason): Step {
  return { state, phase: 'blocked', reason };
}

/** What is asked only before a restart has not been asked in this look: ask it at once. */
export function lookAtAllAtOnce(state: State): Step {
  const message = 'All names are private; trying port 443 and looking at the host';
  return { ...settling(state, 'names-settling', message), lookInMs: 0 };
}

export interface Concluded {
  readonly state: State;
  readonly look: LookPlan;
  readonly events: readonly DecisionEvent[];
}

/** The state and the next look that follow from a step, and what of it is to be told. */
export function conclude(before: State, step: Step, now: Instant, limits: Policy): Concluded {
  const { phase, reason } = step;
  const changed = phase !== before.phase;
  const state: State = {
    ...answerRequest(step),
    phase,
    reason,
    phaseSinceMonoMs: changed ? now.monoMs : before.phaseSinceMonoMs,
    scheduledMonoMs: phase === 'scheduled' ? step.state.scheduledMonoMs : undefined,
  };
  const fields = {
    from: before.phase,
    phase,
    reason: reason.code,
    detail: reason.message,
    advice: reason.advice,
  };
  const told = changed || reason.code !== before.reason.code;
  return {
    state,
    look: lookPlan(state, step, now, limits),
    events: told ? [{ code: 'phase-changed', fields }] : [],
  };
}

/** A request ends with the first phase in which nothing more will come of it, or with an Engine that does not answer. */
function answerRequest({ state, phase, reason }: Step): State {
  const ended = phase === 'waiting' || phase === 'blocked' || phase === 'settled';
  if (!state.request || !(ended || reason.code.startsWith('engine-'))) return state;
  return { ...state, request: undefined, requestAnswer: { id: state.request.id, phase, reason } };
}

/** What blocks has mostly been there for long, and its own events tell of most of it. */
export const rareLookMs = 60_000;

function lookPlan(state: State, step: Step, now: Instant, limits: Policy): LookPlan {
  const pace = step.pace ?? paceOf(state, now);
  const { next } = paces[pace];
  const atPaceMs = typeof next === 'number' ? next : limits[next];
  const inMs = step.lookInMs ?? atPaceMs;
  const forMs = now.monoMs - state.phaseSinceMonoMs;
  switch (state.phase) {
    case 'scheduled': {
      const left = (state.scheduledMonoMs ?? Number.POSITIVE_INFINITY) - now.monoMs;
      return { pace, inMs: Math.max(0, Math.min(inMs, left)) };
    }
    case 'blocked':
      return { pace, inMs: step.lookInMs ?? Math.max(inMs, Math.min(forMs / 4, rareLookMs)) };
    default:
      return { pace, inMs };
  }
}

function paceOf({ phase, phaseSinceMonoMs }: State, now: Instant): PaceName {
  switch (phase) {
    case 'waiting':
    case 'settled':
      return phase;
    case 'settling':
    case 'blocked':
    case 'scheduled':
      return 'close';
    case 'restarting':
    case 'verifying':
      return now.monoMs - phaseSinceMonoMs < hastyForMs ? 'hasty' : 'patient';
  }
}

export function scheduled(state: State, atMonoMs: number, code: ReasonCode, message: string): Step {
  return {
    state: { ...state, scheduledMonoMs: atMonoMs },
    phase: 'scheduled',
    reason: { code, message, advice: undefined },
  };
}
