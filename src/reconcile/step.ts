import type { Instant } from '../kit/clock.ts';
import { hastyForMs, type PaceName, paces } from '../observe/pace.ts';
import type { AgentAct } from '../supervision/agent-restarter.ts';
import type { Decision, DecisionEvent, LookPlan } from './decision.ts';
import type { Phase, Reason } from './phase.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** What a part of `decide` comes to; `conclude` makes the decision of it. */
export interface Step {
  readonly state: State;
  readonly phase: Phase;
  readonly reason: Reason;
  readonly act?: AgentAct;
  readonly dryRun?: boolean;
  /** When to look again, where that is not when the phase's pace would. */
  readonly lookInMs?: number;
  readonly events?: readonly DecisionEvent[];
}

export function conclude(before: State, step: Step, now: Instant, limits: Policy): Decision {
  const changed = step.phase !== before.phase;
  const reasonChanged = step.reason.code !== before.reason.code;
  const state: State = {
    ...answerRequest(step),
    phase: step.phase,
    reason: step.reason,
    phaseSinceMonoMs: changed ? now.monoMs : before.phaseSinceMonoMs,
    scheduledMonoMs: step.phase === 'scheduled' ? step.state.scheduledMonoMs : undefined,
    taskWaitSinceMonoMs: step.phase === 'scheduled' ? step.state.taskWaitSinceMonoMs : undefined,
  };
  const told: DecisionEvent[] =
    changed || reasonChanged
      ? [
          {
            code: 'phase-changed',
            fields: {
              from: before.phase,
              phase: step.phase,
              reason: step.reason.code,
              detail: step.reason.message,
              advice: step.reason.advice,
            },
          },
        ]
      : [];
  const plan = lookPlan(state, now, limits);
  return {
    state,
    act: step.act,
    dryRun: step.dryRun ?? false,
    look: { ...plan, inMs: step.lookInMs ?? plan.inMs },
    events: [...(step.events ?? []), ...told],
  };
}

/** A request ends with the first phase in which nothing more will come of it. */
function answerRequest({ state, phase, reason }: Step): State {
  if (!state.request || !(phase === 'waiting' || phase === 'blocked' || phase === 'settled')) return state;
  return { ...state, request: undefined, requestAnswer: { id: state.request.id, phase, reason } };
}

function lookPlan(state: State, now: Instant, limits: Policy): LookPlan {
  const pace = paceOf(state, now);
  const { next } = paces[pace];
  const inMs = typeof next === 'number' ? next : limits[next];
  if (state.phase !== 'scheduled') return { pace, inMs };
  const left = (state.scheduledMonoMs ?? Number.POSITIVE_INFINITY) - now.monoMs;
  return { pace, inMs: Math.max(0, Math.min(inMs, left)) };
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
