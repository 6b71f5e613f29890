import { settling } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** All names private and reachable for `settleRounds` rounds. */
export const settleRounds: Rule = ({ state, limits }) => {
  const { readyRounds } = state.endpoints;
  const count = `round ${readyRounds} of ${limits.settleRounds}`;
  if (readyRounds >= limits.settleRounds)
    return passed(`${readyRounds} rounds, ${limits.settleRounds} needed`);
  return spoke(settling(state, 'names-settling', `All names are private and reachable (${count})`));
};

export const words = {
  rule: 'All names must be private and reachable on 443 with TLS for `settle-rounds` consecutive rounds.',
  changes: 'Enough rounds; any failure resets the count.',
  reasons: {
    'names-settling': {
      phases: ['settling'],
      meaning: 'all names are private and reachable; counting rounds',
    },
  },
} as const satisfies RuleWords;
