import type { Context } from './context.ts';
import type { ReasonCode } from './reasons.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';

/** The step that puts a due restart off, or undefined when it may be made now. An operator's request skips all but tasks. */
export function postponement(context: Context): Step | undefined {
  const { state, now, limits } = context;
  const { transition } = state.journal;
  const requested = state.request !== undefined;
  if (transition && !requested) {
    if (transition.attempts >= limits.maxRestarts) return usedUp(state, transition.attempts);
    const notBefore = transition.notBeforeMonoMs;
    if (notBefore !== undefined && notBefore > now.monoMs) {
      return scheduled(
        state,
        notBefore,
        'cool-down',
        'The last restart did not lead to the private path; cooling down',
      );
    }
    const splayed = transition.privateSinceMonoMs + limits.splayDelayMs;
    if (transition.attempts === 0 && splayed > now.monoMs) {
      return scheduled(state, splayed, 'splay', "Waiting for this host's turn in the fleet's splay");
    }
  }
  return waitForTasks(context);
}

function waitForTasks({ state, observation, now, limits }: Context): Step | undefined {
  const starting = observation.agent.registration.tasksStarting ?? 0;
  const since = state.taskWaitSinceMonoMs ?? now.monoMs;
  if (starting === 0 || now.monoMs - since >= limits.taskWaitMs) return undefined;
  return {
    state: { ...state, taskWaitSinceMonoMs: since, scheduledMonoMs: since + limits.taskWaitMs },
    phase: 'scheduled',
    reason: {
      code: 'tasks-starting',
      message: `${starting} task(s) are still starting; the restart waits for them, ${limits.taskWaitMs / 1000} s at most`,
      advice: undefined,
    },
  };
}

function scheduled(state: State, atMonoMs: number, code: ReasonCode, message: string): Step {
  return {
    state: { ...state, scheduledMonoMs: atMonoMs },
    phase: 'scheduled',
    reason: { code, message, advice: undefined },
  };
}

function usedUp(state: State, attempts: number): Step {
  return {
    state,
    phase: 'blocked',
    reason: {
      code: 'attempts-used-up',
      message: `${attempts} restarts did not bring the agent onto the private path; no more are made`,
      advice:
        "Compare /etc/resolv.conf of the host with the one in the agent's container, and look at the proxy and " +
        'ECS_BACKEND_HOST in /etc/ecs/ecs.config. Then `ecs-privatelinkd restart --if-needed` tries once more.',
    },
  };
}
