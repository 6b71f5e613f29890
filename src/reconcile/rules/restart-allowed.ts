import { isByHand } from '../context.ts';
import type { Policy } from '../policy.ts';
import { blocked } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** With `restart=off` the daemon only reports that it would restart the agent now. */
export const restartAllowed: Rule = (context) => {
  if (context.limits.restart !== 'off') return passed('switched on');
  if (isByHand(context)) return passed('overridden by hand');
  return spoke(blocked(context.state, { code: 'restart-off', ...restartOff }));
};

/** The limits of a restart that is made, or would be. */
export function switchedOn(limits: Policy): Policy {
  return limits.restart === 'off' ? { ...limits, restart: 'auto' } : limits;
}

export const restartOff = {
  message: 'Restarts are switched off (restart=off)',
  advice:
    'Restart the agent with `ecs-privatelinkd restart --if-needed`, or set ECS_PRIVATELINKD_RESTART=auto.',
} as const;

export const words = {
  rule: 'With `restart=off` the daemon only reports that the agent has to be restarted.',
  changes:
    '`ecs-privatelinkd restart --if-needed`, or another value of ECS_PRIVATELINKD_RESTART in ' +
    '/etc/ecs-privatelinkd/ecs-privatelinkd.config, and `systemctl restart ecs-privatelinkd`.',
  reasons: { 'restart-off': { phases: ['blocked'], meaning: 'set by configuration (`restart=off`)' } },
} as const satisfies RuleWords;
