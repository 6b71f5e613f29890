import { blocked } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** 443 and TLS must work on at least one address of each endpoint. */
export const endpointsReachable: Rule = ({ state, summary }) => {
  if (summary.ready) return passed('port 443 with TLS works on each');
  return spoke(blocked(state, summary.reason));
};

export const words = {
  rule: 'Port 443 and TLS, with a certificate for the name, must work on at least one address of each endpoint.',
  changes: 'An address of that endpoint that can be reached.',
  reasons: {
    'endpoint-not-probed': {
      phases: ['blocked'],
      check: true,
      meaning: 'port 443 of an endpoint has not been tried yet',
    },
  },
} as const satisfies RuleWords;
