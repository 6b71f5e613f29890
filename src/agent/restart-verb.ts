import { isVersionAtLeast } from '../kit/versions.ts';
import type { AgentObservation } from './agent-observation.ts';
import { MINIMUM_SIGKILL_SAFE_VERSION } from './agent-version.ts';
import { whoRestarts } from './who-restarts.ts';

/** `auto`: by the table below; `systemd`: ecs-init's unit instead of a kill; `off`: never. */
export type RestartSetting = 'auto' | 'systemd' | 'off';

export interface RestartSettings {
  readonly restart: RestartSetting;
  /** The unit that supervises the agent, where systemd was not asked. */
  readonly agentUnit: string;
}

/** How to restart the agent, with the reason for that way. */
export type RestartVerb =
  /** SIGKILL: ecs-init removes the container and creates a new one. */
  | { readonly verb: 'kill'; readonly containerId: string; readonly reason: string }
  /** The Engine stops and starts the same container. */
  | { readonly verb: 'restart'; readonly containerId: string; readonly reason: string }
  | { readonly verb: 'systemctl-restart'; readonly unit: string; readonly reason: string };

export type RestartChoice = RestartVerb | { readonly verb: 'none'; readonly reason: string };

/**
 * The right way to restart this agent. `docker stop` and `docker restart` are never right under ecs-init: the
 * agent's exit code 0 ends the unit, whose ExecStop then stops whatever is named ecs-agent.
 */
export function chooseRestartVerb(
  agent: AgentObservation,
  { restart: setting, agentUnit }: RestartSettings,
): RestartChoice {
  const { container, supervisor, unit } = agent;
  if (setting === 'off') return none('restarts are switched off (restart=off)');
  if (agent.engineProblem !== undefined) return none(agent.engineProblem.message);
  if (container === undefined) return none(`there is no agent container; ${whoRestarts(agent)}`);
  if (!container.running) {
    return none(`the agent’s container is not running; ${whoRestarts(agent)}`);
  }
  if (container.paused) return none('the agent’s container is paused; somebody did that on purpose');

  switch (supervisor) {
    case 'unknown':
      return none('the agent’s supervisor cannot be determined, and the wrong way would leave it stopped');
    case 'restart-policy':
      return {
        verb: 'restart',
        containerId: container.id,
        reason: `the container has a restart policy of its own (${container.restartPolicy})`,
      };
    case 'none':
      return { verb: 'restart', containerId: container.id, reason: 'nothing supervises the container' };
    case 'ecs-init':
      break;
  }

  if (unit?.activeState === 'deactivating') return none(`${unit.name} is being stopped`);
  if (unit?.jobQueued === true && unit.activeState !== 'active') {
    return none(`${unit.name} is queued to start, and will start the agent anew`);
  }
  const bySystemd = reasonForSystemd(agent, setting);
  if (bySystemd === undefined) {
    return { verb: 'kill', containerId: container.id, reason: 'ecs-init creates a new container at once' };
  }
  if (unit?.loaded === false) return none(`${bySystemd}, but systemd knows no ${unit.name}`);
  return { verb: 'systemctl-restart', unit: unit?.name ?? agentUnit, reason: bySystemd };
}

function reasonForSystemd(agent: AgentObservation, setting: RestartSetting): string | undefined {
  if (setting === 'systemd') return 'set by configuration (restart=systemd)';
  const { version } = agent.registration;
  const safe = isVersionAtLeast(version, MINIMUM_SIGKILL_SAFE_VERSION);
  if (safe === true) return undefined;
  return safe === false
    ? `agent ${version} may lose its state when killed (before ${MINIMUM_SIGKILL_SAFE_VERSION})`
    : 'the agent’s version is not known, and an old one may lose its state when killed';
}

function none(reason: string): RestartChoice {
  return { verb: 'none', reason };
}
