import type { Observation } from '../observe/observation.ts';
import { summarizeEndpoints } from './endpoints-summary.ts';
import type { Reason } from './phase.ts';

/** Whether the agent is on PrivateLink now, as one look sees it. */
export interface Verdict {
  readonly onPrivateLink: boolean;
  readonly reason: Reason;
}

/** The answer to "is this host on PrivateLink?": all three names private, and the agent connected over them alone. */
export function verdict(observation: Observation): Verdict {
  const { agent } = observation;
  const summary = summarizeEndpoints(observation);
  const proven = agent.path.path === 'private';
  if (summary.allPrivate && proven && agent.path.tcs === 'public') {
    return { onPrivateLink: false, reason: partlyPublic };
  }
  if (summary.allPrivate && proven) {
    return {
      onPrivateLink: true,
      reason: {
        code: 'on-private-path',
        message: `The agent is on the private path: ${agent.path.evidence}`,
        advice: undefined,
      },
    };
  }
  return { onPrivateLink: false, reason: agent.engineProblem ?? summary.reason ?? agentReason(observation) };
}

const partlyPublic: Reason = {
  code: 'tcs-on-public-path',
  message: 'The agent is on the private path, and still has a connection to a public address on port 443',
  advice:
    'Its telemetry (TCS) follows at its next reconnect, within 35 minutes. Keep the public route until then, and ask again.',
};

function agentReason({ agent }: Observation): Reason {
  const { path, evidence } = agent.path;
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
  if (path === 'disconnected') {
    const message = `The agent is registered and has no connection to ECS: ${evidence}`;
    return (
      agent.saying ?? {
        code: 'agent-disconnected',
        message,
        advice: 'Look at the end of /var/log/ecs/ecs-agent.log.',
      }
    );
  }
  return {
    code: 'path-unknown',
    message: `The agent's path cannot be determined: ${evidence}`,
    advice: 'Run as root. Between two of its connections there is nothing to see: ask again in a minute.',
  };
}
