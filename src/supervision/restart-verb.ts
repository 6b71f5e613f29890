import type { AgentObservation } from '../agent/agent-observation.ts';
import { MINIMUM_SIGKILL_SAFE_VERSION } from '../agent/agent-version.ts';
import { whoRestarts } from '../agent/who-restarts.ts';
import { isVersionAtLeast } from '../kit/versions.ts';
import { isAboutToAct } from './supervisor-unit.ts';

/** `auto`: by who runs the agent; `systemd`: its unit, whatever was seen to run it; `off`: never. */
export type RestartSetting = 'auto' | 'systemd' | 'off';

export interface RestartSettings {
  readonly restart: RestartSetting;
  /** The unit that supervises the agent, where none was seen. */
  readonly agentUnit: string;
}

/** How to restart the agent, with the reason for that way. */
export type RestartVerb =
  /** SIGKILL: its supervisor starts it again; where there is none, the daemon does, a moment later. */
  | { readonly verb: 'kill'; readonly containerId: string; readonly reason: string }
  /** The Engine stops and starts the same container. */
  | { readonly verb: 'restart'; readonly containerId: string; readonly reason: string }
  | { readonly verb: 'systemctl-restart'; readonly unit: string; readonly reason: string };

/** What the choice depends on. */
export type RestartableAgent = Pick<
  AgentObservation,
  'engineProblem' | 'container' | 'supervisor' | 'supervisorEvidence' | 'unit' | 'registration'
>;

export type RestartChoice = RestartVerb | { readonly verb: 'none'; readonly reason: string };

/**
 * The right way to restart this agent. Never Docker's `stop` or `restart` where a unit may stand behind the container: to
 * any supervisor an exit code of 0 looks like an operator's stop, a kill does not.
 */
export function chooseRestartVerb(
  agent: RestartableAgent,
  { restart: setting, agentUnit }: RestartSettings,
): RestartChoice {
  const { container, unit } = agent;
  if (setting === 'off') return none('restarts are switched off (restart=off)');
  if (agent.engineProblem !== undefined) return none(agent.engineProblem.message);
  if (container === undefined) {
    return none(`there is no agent container; ${whoRestarts(agent)}`);
  }
  if (!container.running) {
    return none(`the agent’s container is not running; ${whoRestarts(agent)}`);
  }
  if (container.paused) return none('the agent’s container is paused; somebody did that on purpose');
  if (unit !== undefined && isAboutToAct(unit)) return none(aboutToAct(unit));
  const name = unit?.name ?? agentUnit;
  if (setting === 'auto') return bySupervisor(agent, container.id, name);
  if (unit?.loaded === false)
    return none(`set by configuration (restart=systemd), but systemd knows no ${name}`);
  return { verb: 'systemctl-restart', unit: name, reason: 'set by configuration (restart=systemd)' };
}

function bySupervisor(agent: RestartableAgent, containerId: string, unit: string): RestartChoice {
  const safe = isVersionAtLeast(agent.registration.version, MINIMUM_SIGKILL_SAFE_VERSION) === true;
  switch (agent.supervisor) {
    case 'unknown':
      return none(`the agent’s supervisor cannot be determined: ${agent.supervisorEvidence}`);
    case 'ecs-init':
      return safe
        ? { verb: 'kill', containerId, reason: 'ecs-init creates a new container at once' }
        : { verb: 'systemctl-restart', unit, reason: mayLoseItsState(agent) };
    case 'unit':
      return { verb: 'systemctl-restart', unit, reason: `${unit} runs it` };
    case 'restart-policy':
    case 'none':
      if (agent.container?.autoRemove) {
        return { verb: 'restart', containerId, reason: 'created with --rm: a kill would remove it' };
      }
      return safe
        ? {
            verb: 'kill',
            containerId,
            reason: 'a supervisor that was not seen starts it again; else the daemon does',
          }
        : { verb: 'restart', containerId, reason: mayLoseItsState(agent) };
  }
}

function aboutToAct({
  name,
  activeState,
  subState,
  jobQueued,
}: NonNullable<AgentObservation['unit']>): string {
  if (activeState === 'deactivating') return `${name} is being stopped`;
  const how = jobQueued
    ? 'is queued to start'
    : `is ${activeState}${subState === undefined ? '' : ` (${subState})`}`;
  return `${name} ${how}, and will start the agent anew`;
}

function mayLoseItsState({ registration: { version } }: RestartableAgent): string {
  return version === undefined
    ? 'the agent’s version is not known, and an old one may lose its state when killed'
    : `agent ${version} may lose its state when killed (before ${MINIMUM_SIGKILL_SAFE_VERSION})`;
}

function none(reason: string): RestartChoice {
  return { verb: 'none', reason };
}
