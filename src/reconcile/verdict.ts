import type { Observation } from '../observe/observation.ts';
import { summarizeEndpoints } from './endpoints-summary.ts';
import type { Reason } from './phase.ts';
import { onPrivatePath, tcsPublic } from './rules/agent-private.ts';
import { obstacleIn } from './rules/preflight.ts';
import type { PreflightCount } from './state.ts';

/** Whether the agent is on PrivateLink now, as one look sees it. */
export interface Verdict {
  readonly onPrivateLink: boolean;
  readonly reason: Reason;
}

/**
 * The answer to "is this host on PrivateLink?": all three names private, and the agent connected over them and no other way.
 * @param preflight what ECS answered, where it was asked: where all that is left is a restart, what forbids it is the reason
 */
export function verdict(
  observation: Observation,
  preflight?: Pick<PreflightCount, 'question' | 'answer'>,
): Verdict {
  const { agent } = observation;
  const summary = summarizeEndpoints(observation);
  if (summary.allPrivate && agent.path.path === 'private') {
    const isPublic = agent.path.tcs === 'public';
    return { onPrivateLink: !isPublic, reason: isPublic ? tcsPublic(0) : onPrivatePath(agent.path.evidence) };
  }
  const obstacle = preflight && obstacleIn(preflight);
  return {
    onPrivateLink: false,
    reason: agent.engineProblem ?? summary.reason ?? obstacle ?? agentReason(observation),
  };
}

function agentReason({ agent }: Observation): Reason {
  const { path, evidence } = agent.path;
  if (agent.saying && path !== 'public') return agent.saying;
  if (path === 'disconnected') {
    return {
      code: 'agent-disconnected',
      message: `The agent is registered and has no connection to ECS: ${evidence}`,
      advice: 'Look at the end of /var/log/ecs/ecs-agent.log.',
    };
  }
  if (path === 'public') {
    return {
      code: 'agent-on-public-path',
      message: `The endpoints are ready and the agent is still on the public path: ${evidence}`,
      advice: 'The daemon restarts it; by hand: `ecs-privatelinkd restart --if-needed`.',
    };
  }
  if (path === 'none') {
    return {
      code: 'agent-not-registered',
      message: `No registered agent: ${evidence}`,
      advice: 'Look at `systemctl status ecs`, `docker ps -a` and /var/log/ecs/ecs-agent.log.',
    };
  }
  return {
    code: 'path-unknown',
    message: `The agent's path cannot be determined: ${evidence}`,
    advice: 'Run as root. Between two of its connections there is nothing to see: ask again in a minute.',
  };
}
