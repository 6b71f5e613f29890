import { isNumberedAcsHost } from '../../agent/agent-path.ts';
import { allowAdvice } from '../../agent/agent-says.ts';
import type { Observation } from '../../observe/observation.ts';
import type { PreflightAnswer, PreflightQuestion } from '../../preflight/preflight-answer.ts';
import type { Context } from '../context.ts';
import { evidenceOf } from '../evidence.ts';
import type { Reason } from '../phase.ts';
import type { PreflightCount, State } from '../state.ts';
import { blocked, scheduled, settling } from '../step.ts';
import { type Finding, passed, type Rule, type RuleWords, spoke } from './rule.ts';

/** DiscoverPollEndpoint is throttled at 5 a second for an account: a fleet must not be what uses that up. */
const shortestPauseMs = 60_000;
/** An answer that forbids a restart is asked for again, each time after twice as long, up to this. */
const longestPauseMs = 600_000;
/** For how long an answer that does not forbid it speaks of the next restart. */
const freshForMs = 300_000;

/**
 * ECS is asked what the agent will ask, so that a working agent is not moved where it would not be let in, or to hosts that
 * are not private. No answer is no obstacle.
 */
export const preflight: Rule = (context) => {
  const { state, observation, now, limits } = context;
  if (limits.preflight === 'off') return passed('switched off');
  const question = questionOf(observation);
  if (question === undefined) return passed('the address to ask at is not known');
  const { preflight: last, request, process } = state;
  if (last === undefined || (request !== undefined && last.requestId !== request.id)) {
    return ask(context, question, undefined);
  }
  const agedMs = now.monoMs - last.askedMonoMs;
  const isSame = last.evidence === evidenceOf(observation);
  const obstacle = isSame ? obstacleIn(last) : undefined;
  if (obstacle !== undefined) {
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** (last.forbade - 1));
    return agedMs < pauseMs ? spoke(blocked(state, obstacle)) : ask(context, question, obstacle);
  }
  // A dry run is told once, and not asked for again.
  if (isSame && (agedMs < freshForMs || process?.dryRunTold)) return passed(foundIn(last));
  if (agedMs >= shortestPauseMs) return ask(context, question, undefined);
  const message = 'What a restart depends on has changed; ECS is asked again a minute after the last time';
  return spoke(scheduled(state, last.askedMonoMs + shortestPauseMs, 'preflight-due', message));
};

/** @param obstacle what an earlier answer forbids, and goes on to until this one is there */
function ask(context: Context, question: PreflightQuestion, obstacle: Reason | undefined): Finding {
  const { state, observation } = context;
  const message = `Asking ECS through ${question.address} where it would send a new agent`;
  // Blocked would end a request before the answer is known; and what forbade a restart long ago is not said again.
  const stands = state.phase === 'blocked' && state.reason.code === obstacle?.code;
  const step =
    obstacle !== undefined && stands && state.request === undefined
      ? blocked(state, obstacle)
      : settling(state, 'preflight-asking', message);
  return spoke({ ...step, ask: { question, evidence: evidenceOf(observation) }, lookInMs: 0 });
}

/** Of whom it would be asked; undefined where no private address is known. */
export function questionOf({ instance, endpoints, agent }: Observation): PreflightQuestion | undefined {
  const region = instance.facts?.region;
  if (region === undefined || endpoints === undefined) return undefined;
  const endpoint = endpoints.endpoints.find(({ service }) => service === 'ecs');
  const address =
    endpoint?.probes.find(({ ok }) => ok)?.address ??
    endpoint?.addresses.find((answered) => answered.private)?.address;
  if (endpoint === undefined || address === undefined) return undefined;
  const { cluster, containerInstanceArn } = agent.registration;
  return {
    region,
    host: endpoint.host,
    address,
    trust: endpoints.judgedBy.trust,
    cluster,
    containerInstanceArn,
    agentCredentials: agent.settings?.ownCredentials,
  };
}

/** The state with what was answered. */
export function withAnswer(
  state: State,
  { question, evidence }: { readonly question: PreflightQuestion; readonly evidence: string },
  answer: PreflightAnswer,
  askedMonoMs: number,
): State {
  const { preflight: last, request } = state;
  const asked = { question, evidence, answer, askedMonoMs, requestId: request?.id };
  const before = last?.evidence === evidence ? last.forbade : 0;
  return {
    ...state,
    preflight: {
      ...asked,
      forbade: obstacleIn(asked) === undefined ? 0 : before + 1,
    },
  };
}

/** An answer in words; without a question, that there was nobody to ask. */
export function foundIn({
  question,
  answer,
}: {
  readonly question: PreflightQuestion | undefined;
  readonly answer: PreflightAnswer;
}): string {
  const { agentCredentials } = question ?? {};
  const others = agentCredentials && `asked with the instance's role, and the agent has ${agentCredentials}`;
  switch (answer.outcome) {
    case 'told':
      return `ECS would send a new agent to ${answer.acsHost}${others ? ` (${others})` : ''}`;
    case 'refused':
      return others ? `refused, which is no obstacle (${others}): ${answer.said}` : `refused: ${answer.said}`;
    case 'unanswered':
      return `not answered, which is no obstacle: ${answer.why}`;
  }
}

/**
 * Why the agent is not restarted after that answer; undefined where it may be. What the role may not do says nothing of an agent
 * with other credentials; where ECS sends an agent that comes this way is the same for all.
 */
export function obstacleIn({
  question,
  answer,
}: Pick<PreflightCount, 'question' | 'answer'>): Reason | undefined {
  const { host, address, region, agentCredentials } = question;
  if (answer.outcome === 'refused' && agentCredentials === undefined) {
    return {
      code: 'preflight-refused',
      message: `ECS refused what a new agent would ask (DiscoverPollEndpoint, at ${address}): “${answer.said}”`,
      advice: `${allowAdvice('ecs:DiscoverPollEndpoint', answer.said)} ${askedAgain}`,
    };
  }
  if (answer.outcome !== 'told' || !isNumberedAcsHost(answer.acsHost)) return undefined;
  return {
    code: 'preflight-public-hosts',
    message: `Asked at ${address} (${host}), ECS named the public host ${answer.acsHost}: it does not see the request come through an interface endpoint`,
    advice:
      `Check that ${address} is the \`ecs\` endpoint (com.amazonaws.${region}.ecs) of this VPC, or of the one that shares it, ` +
      `and not something that passes the request on to the public service, such as a proxy or NAT. ${askedAgain}`,
  };
}

const askedAgain = '`ecs-privatelinkd restart --if-needed` asks again at once.';

export const words = {
  rule:
    'Last before a restart, ECS is asked through the private endpoint what a new agent would ask (`preflight`): a public ' +
    'host or a refusal forbids the restart, no answer is no obstacle.',
  changes:
    'The endpoint or the policy that the reason names; it is asked again by itself after 1 to 10 minutes, and at once by ' +
    '`ecs-privatelinkd restart --if-needed`.',
  reasons: {
    'preflight-asking': {
      phases: ['settling'],
      meaning: 'ECS is being asked where it would send a new agent',
    },
    'preflight-due': {
      phases: ['scheduled'],
      meaning: 'ECS is asked again within a minute: never more often',
    },
    'preflight-public-hosts': {
      phases: ['blocked'],
      meaning: 'asked through the endpoint, ECS names public hosts: it does not see the endpoint',
      changes: 'The address that the name of the ECS API leads to.',
    },
    'preflight-refused': {
      phases: ['blocked'],
      meaning: 'a policy, of the endpoint or of the role, refuses what a new agent would ask',
      changes: 'The policy that the advice names.',
    },
  },
} as const satisfies RuleWords;
