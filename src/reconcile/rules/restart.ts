import { startRestart } from '../start-restart.ts';
import { type Rule, type RuleWords, spoke } from './rule.ts';

/** The end of the list: restart, or say in a dry run what would be done. */
export const restart: Rule = (context) => {
  const { path, evidence } = context.observation.agent.path;
  const cause = path === 'public' ? evidence : `started before the endpoints were private; ${evidence}`;
  return spoke(startRestart(context, cause));
};

export const words = {
  rule: 'The restart, in the one way that is right on this host.',
  changes: 'A new agent process.',
  reasons: {
    restarting: { phases: ['restarting'], meaning: 'the call is being made' },
    'dry-run': {
      phases: ['blocked'],
      meaning: 'set by configuration (`dry-run`); it would have been restarted',
      changes:
        'Another value of ECS_PRIVATELINKD_DRY_RUN in /etc/ecs-privatelinkd/ecs-privatelinkd.config, and ' +
        '`systemctl restart ecs-privatelinkd`.',
    },
  },
} as const satisfies RuleWords;
