import type { Reason } from '../phase.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** All names of the set must be private before anything is touched. */
export const namesPrivate: Rule = ({ state, summary }) => {
  if (summary.allPrivate) return passed('all names are private');
  return spoke({
    state,
    phase: 'waiting',
    reason: state.endpoints.withdrawn && summary.notPrivate ? withdrawn : summary.reason,
  });
};

const withdrawn: Reason = {
  code: 'endpoints-withdrawn',
  message: 'The endpoints were private and are no longer; not restarting the agent',
  advice:
    'If this was not meant: check that the three interface endpoints exist, are `available`, and have private DNS ' +
    'names enabled. Without a public route the agent will disconnect at its next reconnect.',
};

export const words = {
  rule: 'All names must be private, with all their answers, before anything is touched.',
  changes:
    'The endpoints that are missing, with private DNS names on; a nameserver of this host that answers for them.',
  reasons: {
    starting: {
      phases: ['waiting'],
      meaning: 'the daemon has not looked yet',
      changes: 'The first look.',
    },
    'names-not-known': {
      phases: ['waiting'],
      check: true,
      meaning: 'no region yet: IMDS has not answered',
      changes: 'An answer of IMDS, or ECS_PRIVATELINKD_REGION set by hand.',
    },
    'names-not-private': {
      phases: ['waiting'],
      check: true,
      meaning: 'an endpoint is missing; the message lists which',
    },
    'endpoints-withdrawn': {
      phases: ['waiting'],
      meaning: 'they were private and are no longer',
      changes:
        'The endpoints back. Without them the agent takes the public path at its next reconnect, if there is one.',
    },
  },
} as const satisfies RuleWords;
