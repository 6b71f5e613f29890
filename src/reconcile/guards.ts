import { MINIMUM_PRIVATELINK_VERSION } from '../agent/agent-version.ts';
import { keysOf } from '../kit/keys-of.ts';
import { isVersionAtLeast } from '../kit/versions.ts';
import type { Observation } from '../observe/observation.ts';
import { chooseRestartVerb } from '../supervision/restart-verb.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';

/** What is said of a host that may not be restarted; undefined for all others. */
type Guard = (observation: Observation, limits: Policy) => Words | undefined;

interface Words {
  readonly message: string;
  readonly advice: string;
}

/**
 * Each reason not to restart the agent that depends neither on the endpoints nor on time, by its code, most telling first.
 * Codes are public: never renamed, never reused.
 */
const table = {
  'instance-terminating': ({ instance }) => {
    const { targetState, spotAction } = instance.lifecycle;
    const leaving = spotAction !== undefined ? `spot notice: ${spotAction}` : `target state: ${targetState}`;
    // `Warmed:Terminated` is that of an instance in a warm pool.
    if (spotAction === undefined && !/^(Warmed:)?Terminat/.test(targetState ?? '')) return undefined;
    return {
      message: `This instance is about to terminate (${leaving}); not restarting its agent`,
      advice: 'Nothing to do: its replacement starts on the private path by itself.',
    };
  },
  'agent-behind-proxy': ({ agent }) => {
    const address = agent.settings?.proxy;
    if (address === undefined) return undefined;
    return {
      message: `The agent reaches ECS through the proxy ${address}, which resolves the names itself`,
      advice:
        "Add the endpoints' names to NO_PROXY in the agent's environment (/etc/ecs/ecs.config or the ecs.service " +
        'drop-in), for example NO_PROXY=169.254.169.254,169.254.170.2,.REGION.amazonaws.com, then ' +
        '`systemctl restart ecs`. A restart with the proxy in place would change nothing.',
    };
  },
  'agent-region-differs': ({ agent, instance }) => {
    const own = agent.settings?.region;
    const region = instance.facts?.region;
    if (own === undefined || region === undefined || own === region) return undefined;
    return {
      message: `The agent is set to region ${own}, the endpoints looked at are those of ${region}`,
      advice:
        'Interface endpoints serve their own region only. Remove AWS_DEFAULT_REGION from /etc/ecs/ecs.config, or, ' +
        `if the cluster really is in ${own}, set ECS_PRIVATELINKD_REGION=${own}; its traffic then needs another route.`,
    };
  },
  'agent-too-old': ({ agent }) => {
    const { version } = agent.registration;
    if (version === undefined || isVersionAtLeast(version, MINIMUM_PRIVATELINK_VERSION) !== false)
      return undefined;
    return {
      message: `Agent ${version} does not support PrivateLink`,
      advice: `Update the container agent to ${MINIMUM_PRIVATELINK_VERSION} or later; the new one starts on the private path.`,
    };
  },
  'restart-off': (_, { restart }) => {
    if (restart !== 'off') return undefined;
    return {
      message: 'Restarts are switched off (restart=off)',
      advice:
        'Restart the agent with `ecs-privatelinkd restart --if-needed`, or set ECS_PRIVATELINKD_RESTART=auto.',
    };
  },
  'no-safe-restart': ({ agent }, limits) => {
    if (limits.restart === 'off' || !agent.container?.running) return undefined;
    const choice = chooseRestartVerb(agent, limits);
    return choice.verb === 'none' ? cannotRestart(choice.reason) : undefined;
  },
} as const satisfies Readonly<Record<string, Guard>>;

export type GuardCode = keyof typeof table;

interface GuardWords {
  /** For docs/events.md. */
  readonly meaning: string;
  /** For `explain`: the rule, and what would change the decision. */
  readonly rule: string;
  readonly changes: string;
}

/** What documents and `explain` say of each. Apart, so that the daemon does not carry it. */
export const guardWords: Readonly<Record<GuardCode, GuardWords>> = {
  'instance-terminating': {
    meaning: 'Auto Scaling or a spot notice takes the instance away',
    rule: 'The agent of an instance that is about to terminate is not restarted.',
    changes: 'Nothing needs to: its replacement starts on the private path.',
  },
  'agent-behind-proxy': {
    meaning: 'the proxy resolves the names, not this host',
    rule: 'A proxied agent does not use this host’s DNS for ECS; a restart would change nothing.',
    changes: 'The endpoints’ names in NO_PROXY of /etc/ecs/ecs.config, and `systemctl restart ecs`.',
  },
  'agent-region-differs': {
    meaning: 'the agent is set to another region than the endpoints',
    rule: 'Interface endpoints serve only their own region.',
    changes:
      'AWS_DEFAULT_REGION taken out of /etc/ecs/ecs.config, or ECS_PRIVATELINKD_REGION set to the agent’s.',
  },
  'agent-too-old': {
    meaning: 'before 1.25.1',
    rule: 'PrivateLink needs agent 1.25.1 or later.',
    changes: 'A newer agent.',
  },
  'restart-off': {
    meaning: 'set by configuration (`restart=off`)',
    rule: 'The setting ECS_PRIVATELINKD_RESTART says so.',
    changes:
      'Another value of ECS_PRIVATELINKD_RESTART in /etc/ecs-privatelinkd/ecs-privatelinkd.config, and `systemctl restart ecs-privatelinkd`.',
  },
  'no-safe-restart': {
    meaning: 'no way to restart that would surely bring the agent back; the message says why',
    rule: 'An agent is restarted only in a way that surely brings it back.',
    changes: 'What the reason names; `ecs-privatelinkd doctor` looks at it closely.',
  },
};

/** Every reason not to restart, most telling first: before all names are private, so that `status` shows them early. */
export function guards(observation: Observation, limits: Policy): readonly Reason[] {
  const given = keysOf(table).flatMap((code) => {
    const words = table[code](observation, limits);
    return words === undefined ? [] : [{ code, ...words }];
  });
  const { storageProblem } = observation;
  return storageProblem === undefined ? given : [storageProblem, ...given];
}

/** There is no way to restart this agent that would surely bring it back. */
export function cannotRestart(why: string) {
  return {
    code: 'no-safe-restart',
    message: `Not restarting the agent: ${why}`,
    advice:
      'Look at `docker ps -a`, `systemctl status ecs` and whether this runs as root; it goes on by itself once that ' +
      'is in order.',
  } as const satisfies Words & { readonly code: string };
}
