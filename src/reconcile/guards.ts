import { MINIMUM_PRIVATELINK_VERSION } from '../agent/agent-version.ts';
import { chooseRestartVerb } from '../agent/restart-verb.ts';
import { keysOf } from '../kit/keys-of.ts';
import { isVersionAtLeast } from '../kit/versions.ts';
import type { Observation } from '../observe/observation.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';

/** A reason not to restart the agent that depends neither on the endpoints nor on time. */
interface Guard {
  /** For docs/events.md. */
  readonly meaning: string;
  /** For `explain`: the rule, and what would change the decision. */
  readonly rule: string;
  readonly changes: string;
  /** What is said of a host that may not be restarted; undefined for all others. */
  readonly applies: (observation: Observation, limits: Policy) => Words | undefined;
}

interface Words {
  readonly message: string;
  readonly advice: string;
}

/** ONE row per guard by the code of its reason, most telling first. Codes are public: never renamed, never reused. */
const table = {
  'instance-terminating': {
    meaning: 'Auto Scaling or a spot notice takes the instance away',
    rule: 'The agent of an instance that is about to terminate is not restarted.',
    changes: 'Nothing needs to: its replacement starts on the private path.',
    applies: ({ instance }) => {
      const { targetState, spotAction } = instance.lifecycle;
      const leaving =
        spotAction !== undefined ? `spot notice: ${spotAction}` : `target state: ${targetState}`;
      // `Warmed:Terminated` is that of an instance in a warm pool.
      if (spotAction === undefined && !/^(Warmed:)?Terminat/.test(targetState ?? '')) return undefined;
      return {
        message: `This instance is about to terminate (${leaving}); not restarting its agent`,
        advice: 'Nothing to do: its replacement starts on the private path by itself.',
      };
    },
  },
  'agent-behind-proxy': {
    meaning: 'the proxy resolves the names, not this host',
    rule: 'A proxied agent does not use this host’s DNS for ECS; a restart would change nothing.',
    changes: 'The endpoints’ names in NO_PROXY of /etc/ecs/ecs.config, and `systemctl restart ecs`.',
    applies: ({ agent }) => {
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
  },
  'agent-region-differs': {
    meaning: 'the agent is set to another region than the endpoints',
    rule: 'Interface endpoints serve only their own region.',
    changes:
      'AWS_DEFAULT_REGION taken out of /etc/ecs/ecs.config, or ECS_PRIVATELINKD_REGION set to the agent’s.',
    applies: ({ agent, instance }) => {
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
  },
  'agent-too-old': {
    meaning: `before ${MINIMUM_PRIVATELINK_VERSION}`,
    rule: `PrivateLink needs agent ${MINIMUM_PRIVATELINK_VERSION} or later.`,
    changes: 'A newer agent.',
    applies: ({ agent }) => {
      const { version } = agent.registration;
      if (version === undefined || isVersionAtLeast(version, MINIMUM_PRIVATELINK_VERSION) !== false)
        return undefined;
      return {
        message: `Agent ${version} does not support PrivateLink`,
        advice: `Update the container agent to ${MINIMUM_PRIVATELINK_VERSION} or later; the new one starts on the private path.`,
      };
    },
  },
  'restart-off': {
    meaning: 'set by configuration (`restart=off`)',
    ...bySetting('ECS_PRIVATELINKD_RESTART'),
    applies: (_, { restart }) => {
      if (restart !== 'off') return undefined;
      return {
        message: 'Restarts are switched off (restart=off)',
        advice:
          'Restart the agent with `ecs-privatelinkd restart --if-needed`, or set ECS_PRIVATELINKD_RESTART=auto.',
      };
    },
  },
  'no-safe-restart': {
    meaning: 'no way to restart that would surely bring the agent back; the message says why',
    rule: 'An agent is restarted only in a way that surely brings it back.',
    changes: 'What the reason names; `ecs-privatelinkd doctor` looks at it closely.',
    applies: ({ agent }, limits) => {
      if (limits.restart === 'off' || !agent.container?.running) return undefined;
      const choice = chooseRestartVerb(agent, limits);
      return choice.verb === 'none' ? cannotRestart(choice.reason) : undefined;
    },
  },
} as const satisfies Readonly<Record<string, Guard>>;

export type GuardCode = keyof typeof table;

export const guardTable: Readonly<Record<GuardCode, Guard>> = table;

/** Every reason not to restart, most telling first: before all names are private, so that `status` shows them early. */
export function guards(observation: Observation, limits: Policy): readonly Reason[] {
  const given = keysOf(guardTable).flatMap((code) => {
    const words = guardTable[code].applies(observation, limits);
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

/** What `explain` says where a setting is the reason. */
export function bySetting(name: string): Pick<Guard, 'rule' | 'changes'> {
  return {
    rule: `The setting ${name} says so.`,
    changes: `Another value of ${name} in /etc/ecs-privatelinkd/ecs-privatelinkd.config, and \`systemctl restart ecs-privatelinkd\`.`,
  };
}
