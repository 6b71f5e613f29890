import { isByHand } from '../context.ts';
import { scheduled } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** The first restart of a transition waits for this host's turn. */
export const splay: Rule = (context) => {
  const { state, now, limits } = context;
  const { transition } = state.journal;
  if (transition === undefined || transition.attempts > 0) return passed('for the first restart only');
  const turn = transition.privateSinceMonoMs + limits.splayDelayMs;
  if (turn <= now.monoMs) return passed('its turn has come');
  if (isByHand(context)) return passed('overridden by hand');
  return spoke(scheduled(state, turn, 'splay', "Waiting for this host's turn in the fleet's splay"));
};

export const words = {
  rule: 'Restarts of a fleet are spread over `splay` by instance id.',
  changes: 'This host’s turn, or `ecs-privatelinkd restart --if-needed`.',
  reasons: { splay: { phases: ['scheduled'], meaning: "waiting for this host's turn in the fleet" } },
} as const satisfies RuleWords;
