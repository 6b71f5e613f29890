import { MINIMUM_PRIVATELINK_VERSION } from '../../agent/agent-version.ts';
import { unquoted } from '../../agent/api-settings.ts';
import { keysOf } from '../../kit/keys-of.ts';
import { isVersionAtLeast } from '../../kit/versions.ts';
import { apiHostOf } from '../../observe/names.ts';
import type { Observation } from '../../observe/observation.ts';
import { chooseRestartVerb } from '../../supervision/restart-verb.ts';
import type { Reason } from '../phase.ts';
import type { Policy } from '../policy.ts';
import { blocked } from '../step.ts';
import { restartOff, switchedOn } from './restart-allowed.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** What is said of a host that may not be restarted; undefined for all others. */
type Guard = (observation: Observation, limits: Policy) => Told | undefined;

interface Told {
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
  'imds-contradicts-region': ({ instance }) => {
    const doubt = instance.facts?.doubt;
    if (doubt === undefined) return undefined;
    return {
      message: `IMDS contradicts itself: ${doubt}`,
      advice:
        'Something other than EC2 may be answering for IMDS: look for a proxy, a captive portal or an IMDS stand-in on ' +
        'this host. Where the region really has that domain, say so: ECS_PRIVATELINKD_SUFFIX.',
    };
  },
  'agent-behind-proxy': ({ agent, instance: { facts } }) => {
    const address = agent.settings?.proxy;
    if (address === undefined) return undefined;
    const domain = facts ? `${facts.region}.${facts.suffix}` : 'REGION.amazonaws.com';
    return {
      message: `The agent reaches ECS through the proxy ${address}, which resolves the names itself`,
      advice:
        "Add the endpoints' names to NO_PROXY in the agent's environment (/etc/ecs/ecs.config; a drop-in of ecs.service " +
        `does not reach it), for example NO_PROXY=169.254.169.254,169.254.170.2,.${domain}, then ` +
        '`systemctl restart ecs`. A restart with the proxy in place would change nothing.',
    };
  },
  'agent-region-differs': ({ agent, instance }) => {
    const own = agent.settings?.region;
    const region = instance.facts?.region;
    if (own === undefined || region === undefined || own.text === region) return undefined;
    const plain = unquoted(own.text);
    if (plain !== undefined) {
      return {
        message: `The agent is set to region ${own.text} (${own.source}): it takes the quotes for part of it`,
        advice: withoutQuotes(own.source, plain),
      };
    }
    return {
      message: `The agent is set to region ${own.text} (${own.source}), the endpoints looked at are those of ${region}`,
      advice:
        `Interface endpoints serve their own region only. Remove ${whereSet(own.source)}, or, ` +
        `if the cluster really is in ${own.text}, set ECS_PRIVATELINKD_REGION=${own.text}; its traffic then needs another route.`,
    };
  },
  'agent-api-elsewhere': ({ agent, instance }, { endpointNames }) => {
    const api = apiHostOf(instance, agent, endpointNames);
    if (api?.elsewhere === undefined) return undefined;
    if (api.elsewhere === agent.settings?.api.refused) {
      return {
        message: `A new agent would not start, or not get to ECS: ${api.elsewhere}`,
        advice: 'Correct that before anything restarts the agent: the one that runs may be from before it.',
      };
    }
    const plain = unquoted(agent.settings?.api.endpoint?.text ?? '');
    return {
      message: `Where a new agent would ask the ECS API cannot be watched: ${api.elsewhere}`,
      advice:
        plain !== undefined
          ? withoutQuotes(api.source, plain)
          : `Remove ${whereSet(api.source)} or set it to the regional name, then \`systemctl restart ecs\`. If that host does lead ` +
            'to the `ecs` endpoint of this VPC, say so: ECS_PRIVATELINKD_ENDPOINT_NAMES=ecs=HOST.',
    };
  },
  // Spoken with the words of what could not be determined.
  'agent-resolver-unknown': ({ endpoints }) => endpoints?.judgedBy.resolver.unknown,
  'agent-too-old': ({ agent }) => {
    const { version } = agent.registration;
    if (version === undefined || isVersionAtLeast(version, MINIMUM_PRIVATELINK_VERSION) !== false)
      return undefined;
    return {
      message: `Agent ${version} does not support PrivateLink`,
      advice: `Update the container agent to ${MINIMUM_PRIVATELINK_VERSION} or later; the new one starts on the private path.`,
    };
  },
  'agent-paused': ({ agent: { container } }) => {
    if (!container?.paused) return undefined;
    return {
      message: 'The agent’s container is paused; not touching what somebody has stopped on purpose',
      advice: `When you want it back: \`docker unpause ${container.name}\`.`,
    };
  },
  // Spoken by restart-allowed, after all that would block with restarts switched on too.
  'restart-off': (_, { restart }) => (restart === 'off' ? restartOff : undefined),
  'no-safe-restart': ({ agent }, limits) => {
    if (!agent.container?.running) return undefined;
    const choice = chooseRestartVerb(agent, switchedOn(limits));
    return choice.verb === 'none' ? cannotRestart(choice.reason) : undefined;
  },
} as const satisfies Readonly<Record<string, Guard>>;

/** Advice for a value in quotes: Docker's env-file and the agent take them literally, unlike a shell. */
export function withoutQuotes(source: string, plain: string): string {
  return `Take the quotes out of ${whereSet(source)}: ${plain} is the value; then \`systemctl restart ecs\`.`;
}

/** Where an operator finds what was said to be set in the agent's environment. */
export function whereSet(source: string): string {
  return source.replace(/ of the agent\b/g, ' from /etc/ecs/ecs.config').replace(' in /', ' from /');
}

/** What forbids a restart, whatever the endpoints, the agent and time say. */
export const guards: Rule = ({ state, observation, limits }) => {
  const [reason] = guardsOf(observation, limits).filter(({ code }) => code !== 'restart-off');
  if (reason) return spoke(blocked(state, reason));
  const { engineProblem } = observation.agent;
  return engineProblem ? spoke(blocked(state, engineProblem)) : passed('none applies');
};

/** Every reason not to restart, most telling first: before all names are private, so that `status` shows them early. */
export function guardsOf(observation: Observation, limits: Policy): readonly Reason[] {
  const given = keysOf(table).flatMap((code) => {
    const told = table[code](observation, limits);
    return told === undefined ? [] : [{ code, ...told }];
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
      'Look at `docker ps -a`, `systemctl status ecs` and whether this runs as root (in a container, with the host’s /usr and ' +
      '/run/systemd mounted); it goes on by itself once that is in order.',
  } as const satisfies Told & { readonly code: string };
}

export const words = {
  rule: 'Some states of the host forbid a restart, whatever the endpoints say; the first that applies is told.',
  changes: 'What the reason names; `ecs-privatelinkd doctor` looks at it closely.',
  reasons: {
    'instance-terminating': {
      phases: ['blocked'],
      meaning: 'Auto Scaling or a spot notice takes the instance away',
      changes: 'Nothing needs to: its replacement starts on the private path.',
    },
    'imds-contradicts-region': {
      phases: ['blocked'],
      meaning: 'IMDS names a domain or a partition that is not that of the region it names',
      changes: 'An IMDS that does not; or `suffix`, where the operator knows better.',
    },
    'agent-behind-proxy': {
      phases: ['blocked'],
      meaning: 'the proxy resolves the names, not this host; a restart would change nothing',
      changes: 'The endpoints’ names in NO_PROXY of /etc/ecs/ecs.config, and `systemctl restart ecs`.',
    },
    'agent-region-differs': {
      phases: ['blocked'],
      meaning: 'the agent is set to another region than the endpoints, which serve only their own',
      changes:
        'AWS_DEFAULT_REGION taken out of /etc/ecs/ecs.config (AWSRegion out of ecs.config.json), or ' +
        'ECS_PRIVATELINKD_REGION set to the agent’s.',
    },
    'agent-api-elsewhere': {
      phases: ['blocked'],
      meaning:
        'the agent is told a host of the ECS API that is no endpoint’s, or settings that the AWS SDK refuses',
      changes: 'The regional host for the agent; or `endpoint-names`, where the operator knows better.',
    },
    'agent-resolver-unknown': {
      phases: ['blocked'],
      meaning:
        'the agent looks names up otherwise than this host, and what its next container will have is not known',
      changes:
        'dockerd’s settings readable and older than dockerd; or an agent that reads what this host reads.',
    },
    'agent-too-old': {
      phases: ['blocked'],
      meaning: 'before 1.25.1, which PrivateLink needs',
      changes: 'A newer agent.',
    },
    'agent-paused': {
      phases: ['blocked'],
      meaning: 'its container is paused',
      changes: '`docker unpause` of its container.',
    },
    'no-safe-restart': {
      phases: ['blocked'],
      meaning: 'no way to restart that would surely bring the agent back; the message says why',
    },
  },
} as const satisfies RuleWords;
