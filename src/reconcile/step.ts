import type { AgentAct } from '../agent/agent-restarter.ts';
import type { Instant } from '../kit/clock.ts';
import type { Decision, Happening, LookPlan } from './decision.ts';
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
  /** Overrides what the phase would ask for. */
  readonly look?: Partial<LookPlan>;
  readonly happenings?: readonly Happening[];
}

/** Just after a restart things move within milliseconds; later they are waited for with less haste. */
const hastyForMs = 15_000;

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
  const told: Happening[] =
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
  return {
    state,
    act: step.act,
    dryRun: step.dryRun ?? false,
    look: { ...lookPlan(state, now, limits), ...step.look },
    happenings: [...(step.happenings ?? []), ...told],
  };
}

/** A request ends with the first phase in which nothing more will come of it. */
function answerRequest({ state, phase, reason }: Step): State {
  if (!state.request || !(phase === 'waiting' || phase === 'blocked' || phase === 'settled')) return state;
  return { ...state, request: undefined, requestAnswer: { id: state.request.id, phase, reason } };
}

function lookPlan(state: State, now: Instant, limits: Policy): LookPlan {
  switch (state.phase) {
    case 'settled':
      return { inMs: limits.settledIntervalMs, depth: 'light', endpoints: 'fresh', ...sparing(state) };
    case 'restarting':
    case 'verifying': {
      const hasty = now.monoMs - state.phaseSinceMonoMs < hastyForMs;
      return { inMs: hasty ? 200 : 2_000, depth: 'light', endpoints: hasty ? 'cached' : 'fresh' };
    }
    case 'scheduled': {
      const left = (state.scheduledMonoMs ?? Number.POSITIVE_INFINITY) - now.monoMs;
      const inMs = Math.max(0, Math.min(limits.waitingIntervalMs, left));
      return { inMs, depth: 'full', endpoints: 'fresh' };
    }
    case 'waiting':
      return { inMs: limits.waitingIntervalMs, depth: 'light', endpoints: 'brief', ...sparing(state) };
    case 'settling':
    case 'blocked':
      return { inMs: limits.waitingIntervalMs, depth: 'full', endpoints: 'fresh' };
  }
}

/** A request is about the agent, whatever the phase. */
function sparing({ request }: State): Pick<LookPlan, 'agent'> {
  return request === undefined ? { agent: 'recent' } : {};
}
