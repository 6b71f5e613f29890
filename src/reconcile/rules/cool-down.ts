import { isByHand } from '../context.ts';
import { scheduled } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** After a restart that did not help the next one waits. */
export const coolDown: Rule = (context) => {
  const { state, now } = context;
  const notBefore = state.journal.transition?.notBeforeMonoMs;
  if (notBefore === undefined || notBefore <= now.monoMs) return passed('none');
  if (isByHand(context)) return passed('overridden by hand');
  const message = 'The last restart did not lead to the private path; cooling down';
  return spoke(scheduled(state, notBefore, 'cool-down', message));
};

export const words = {
  rule: 'After a restart that did not help, the next one waits for a cool-down (`cool-downs`).',
  changes: 'That time, the agent on the private path by itself, or `ecs-privatelinkd restart --if-needed`.',
  reasons: {
    'cool-down': {
      phases: ['scheduled'],
      meaning: 'the last restart did not help; `status` says when the next is due',
    },
  },
} as const satisfies RuleWords;
