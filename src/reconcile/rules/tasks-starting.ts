import { sinceMs } from '../context.ts';
import type { State } from '../state.ts';
import { scheduled } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** Tasks that are starting are waited for, once for a process. */
export const tasksStarting: Rule = (context) => {
  const { state, observation, now, limits } = context;
  const starting = observation.agent.registration.tasksStarting ?? 0;
  const { process } = state;
  if (starting === 0 || process === undefined) return passed('no task is starting');
  const since = process.taskWaitSinceMonoMs ?? now.monoMs;
  if (sinceMs(context, since) >= limits.taskWaitMs) return passed('waited for long enough');
  const waiting: State = { ...state, process: { ...process, taskWaitSinceMonoMs: since } };
  const message = `${starting} task(s) are still starting; the restart waits for them, ${limits.taskWaitMs / 1000} s at most`;
  return spoke(scheduled(waiting, since + limits.taskWaitMs, 'tasks-starting', message));
};

export const words = {
  rule: 'A restart waits for tasks that are starting, for `task-wait` at most.',
  changes: 'The tasks running, or that time.',
  reasons: {
    'tasks-starting': { phases: ['scheduled'], meaning: 'tasks are starting; waited for up to `task-wait`' },
  },
} as const satisfies RuleWords;
