import type { AgentPathEvidence } from '../../agent/agent-observation.ts';
import { startRestart } from '../start-restart.ts';
import { type Rule, type RuleWords, spoke } from './rule.ts';

/** The end of the list: restart, or say in a dry run what would be done. */
export const restart: Rule = (context) => {
  return spoke(startRestart(context, causeOf(context.observation.agent.path)));
};

function causeOf({ path, evidence, lastWebsocketHost }: AgentPathEvidence): string {
  if (path === 'unknown') return `started before the endpoints were seen to be private; ${evidence}`;
  if (path === 'disconnected' && lastWebsocketHost !== undefined)
    return `${evidence}; it tries ${lastWebsocketHost}`;
  return evidence;
}

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
