import { MINIMUM_PRIVATELINK_VERSION } from '../agent/agent-version.ts';
import { isVersionAtLeast } from '../kit/versions.ts';
import type { Observation } from '../observe/observation.ts';
import { chooseRestartVerb } from '../supervision/restart-verb.ts';
import type { Reason } from './phase.ts';
import type { Policy } from './policy.ts';

/**
 * Every reason not to restart the agent that does not depend on the endpoints or on time, most telling first.
 * They are known before all names are private, so that `status` can show them early.
 */
export function guards(observation: Observation, limits: Policy): readonly Reason[] {
  const all = [
    observation.storageProblem,
    instanceLeaving(observation),
    proxy(observation),
    otherRegion(observation),
    tooOld(observation),
    restartOff(limits),
    noVerb(observation, limits),
  ];
  return all.filter((reason) => reason !== undefined);
}

function instanceLeaving({ instance }: Observation): Reason | undefined {
  const { targetState, spotAction } = instance.lifecycle;
  const leaving = spotAction !== undefined ? `spot notice: ${spotAction}` : `target state: ${targetState}`;
  // `Warmed:Terminated` is that of an instance in a warm pool.
  if (spotAction === undefined && !/^(Warmed:)?Terminat/.test(targetState ?? '')) return undefined;
  return {
    code: 'instance-terminating',
    message: `This instance is about to go away (${leaving}), so its agent is left alone`,
    advice: 'Nothing to do: its replacement starts on the private path by itself.',
  };
}

function proxy({ agent }: Observation): Reason | undefined {
  const address = agent.settings?.proxy;
  if (address === undefined) return undefined;
  return {
    code: 'agent-behind-proxy',
    message: `The agent reaches ECS through the proxy ${address}, which resolves the names itself`,
    advice:
      "Add the endpoints' names to NO_PROXY in the agent's environment (/etc/ecs/ecs.config or the ecs.service " +
      'drop-in), for example NO_PROXY=169.254.169.254,169.254.170.2,.REGION.amazonaws.com, then ' +
      '`systemctl restart ecs`. A restart with the proxy in place would change nothing.',
  };
}

function otherRegion({ agent, instance }: Observation): Reason | undefined {
  const own = agent.settings?.region;
  const region = instance.facts?.region;
  if (own === undefined || region === undefined || own === region) return undefined;
  return {
    code: 'agent-region-differs',
    message: `The agent is set to region ${own}, the endpoints looked at are those of ${region}`,
    advice:
      'Interface endpoints serve their own region only. Remove AWS_DEFAULT_REGION from /etc/ecs/ecs.config, or, ' +
      `if the cluster really is in ${own}, set ECS_PRIVATELINKD_REGION=${own}; its traffic then needs another route.`,
  };
}

function tooOld({ agent }: Observation): Reason | undefined {
  const version = agent.registration.version;
  if (version === undefined || isVersionAtLeast(version, MINIMUM_PRIVATELINK_VERSION) !== false)
    return undefined;
  return {
    code: 'agent-too-old',
    message: `Agent ${version} does not support PrivateLink`,
    advice: `Update the container agent to ${MINIMUM_PRIVATELINK_VERSION} or later; the new one starts on the private path.`,
  };
}

function restartOff(limits: Policy): Reason | undefined {
  if (limits.restart !== 'off') return undefined;
  return {
    code: 'restart-off',
    message: 'Restarts are switched off (restart=off)',
    advice:
      'Restart the agent with `ecs-privatelinkd restart --if-needed`, or set ECS_PRIVATELINKD_RESTART=auto.',
  };
}

function noVerb({ agent }: Observation, limits: Policy): Reason | undefined {
  if (limits.restart === 'off' || !agent.container?.running) return undefined;
  const choice = chooseRestartVerb(agent, limits);
  return choice.verb === 'none' ? cannotRestart(choice.reason) : undefined;
}

/** There is no way to restart this agent that would surely bring it back. */
export function cannotRestart(why: string): Reason {
  return {
    code: 'no-safe-restart',
    message: `The agent is left alone: ${why}`,
    advice:
      'Look at `docker ps -a`, `systemctl status ecs` and whether this runs as root; it goes on by itself once that ' +
      'is in order.',
  };
}
