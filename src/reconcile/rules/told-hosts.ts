import { isNumberedAcsHost } from '../../agent/agent-path.ts';
import { apiHostOf } from '../../observe/names.ts';
import { answersOf, type Context, isByHand } from '../context.ts';
import { blocked } from '../step.ts';
import { passed, type Rule, type RuleWords, spoke } from './rule.ts';

/**
 * A process that began when the names had long been private, and was told public hosts all the same, asked past the endpoint:
 * the next one will too, while the names answer what they did.
 */
export const toldHosts: Rule = (context) => {
  const { state, observation } = context;
  const { lastWebsocketHost: host } = observation.agent.path;
  if (host === undefined || !isNumberedAcsHost(host))
    return passed('no public host that it was told is known');
  if (!beganOnPrivateNames(context))
    return passed(`it was told ${host} by a service that knew of no endpoints yet`);
  if (isByHand(context)) return passed('overridden by hand');
  return spoke(blocked(state, askedPastTheEndpoint(context, host)));
};

function beganOnPrivateNames({ state, observation, limits }: Context): boolean {
  const { transition, lastRestart } = state.journal;
  const { container } = observation.agent;
  const { process } = state;
  if (transition === undefined || container?.startedMonoMs === undefined || process === undefined)
    return false;
  // What came of a restart of ours is judged by all that decided it (new-evidence).
  if (lastRestart?.process === process.id) return false;
  const settledMs = limits.settleRounds * limits.waitingIntervalMs;
  return (
    container.startedMonoMs >= transition.privateSinceMonoMs + settledMs &&
    process.answersAtFirst === answersOf(observation)
  );
}

function askedPastTheEndpoint({ observation, limits }: Context, told: string) {
  const { instance, agent } = observation;
  const api = apiHostOf(instance, agent, limits.endpointNames);
  return {
    code: 'agent-told-public-hosts',
    message:
      `The agent started when the endpoints had long been private, and was told the public host ${told} again: ` +
      'another restart is not expected to help',
    advice:
      `It is taken to ask ${api?.host} (${api?.source}). Look at ECS_BACKEND_HOST, AWS_… and proxy variables in ` +
      '/etc/ecs/ecs.config, and whether that name leads to the `ecs` endpoint of this VPC and region, not to that of ' +
      'another. Then `ecs-privatelinkd restart --if-needed` tries once more.',
  } as const;
}

export const words = {
  rule:
    'A process that started after the names had settled as private, and was told public hosts all the same, is not ' +
    'restarted while the names answer the same: the next one would be told them too.',
  changes: 'Other answers; or `ecs-privatelinkd restart --if-needed`, once it is clear whom the agent asks.',
  reasons: {
    'agent-told-public-hosts': {
      phases: ['blocked'],
      meaning:
        'the agent was told public hosts although it started when the names were private: it asks another API host, or ' +
        'the service does not see the endpoint',
      changes: 'The host that the agent asks, or the endpoint that its name leads to.',
    },
  },
} as const satisfies RuleWords;
