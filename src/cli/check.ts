import type { Clock } from '../kit/clock.ts';
import { lookOnce } from '../observe/look-once.ts';
import type { Observation } from '../observe/observation.ts';
import type { Observer } from '../observe/observer.ts';
import type { AskPreflight } from '../preflight/ask-preflight.ts';
import { type PreflightAnswer, type PreflightQuestion, unanswered } from '../preflight/preflight-answer.ts';
import { foundIn, questionOf } from '../reconcile/rules/preflight.ts';
import { type Verdict, verdict } from '../reconcile/verdict.ts';
import { describeAgent, describeEndpoint, describeJudgedBy } from '../report/status.ts';
import { adviceRows, agentRows, endpointRows, judgedByRows } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import type { CommandFlags } from './commands.ts';
import { printResult } from './envelope.ts';
import type { CheckForm } from './json-forms.ts';
import { type Output, printRows } from './output.ts';

export interface CheckParts {
  readonly observer: Observer;
  readonly askPreflight: AskPreflight;
  readonly clock: Clock;
  readonly output: Output;
}

/** What was seen, and what ECS answered where it was asked. */
interface Seen {
  readonly observation: Observation;
  readonly preflight: Asked | undefined;
  readonly verdict: Verdict;
}

interface Asked {
  /** Undefined where there is nobody to ask. */
  readonly question: PreflightQuestion | undefined;
  readonly answer: PreflightAnswer;
}

/**
 * `check`: one look. 0 on PrivateLink, 1 not, 69 or 77 when IMDS or the Engine could not be asked. What ECS answers is about
 * the next agent process, and so never makes a no of a yes.
 */
export async function check(
  { observer, askPreflight, clock, output }: CheckParts,
  { json, ecs }: CommandFlags<'check'>,
  signal: AbortSignal,
): Promise<ExitCode> {
  const observation = await lookOnce(observer, clock, signal);
  const preflight = ecs ? await askEcs(observation, askPreflight, signal) : undefined;
  const { question, answer } = preflight ?? {};
  const seen = {
    observation,
    preflight,
    verdict: verdict(observation, question && answer && { question, answer }),
  };
  if (json) printResult(output, 'check', describeCheck(seen));
  else printCheck(seen, output);
  return exitCodeOf(seen);
}

async function askEcs(observation: Observation, ask: AskPreflight, signal: AbortSignal): Promise<Asked> {
  const question = questionOf(observation);
  const answer = question
    ? await ask(question, signal)
    : unanswered('no private address of the `ecs` endpoint is known');
  return { question, answer };
}

function describeCheck({ observation, preflight, verdict: { onPrivateLink, reason } }: Seen): CheckForm {
  const { facts, problem } = observation.instance;
  return {
    onPrivateLink,
    reason: { code: reason.code, message: reason.message, advice: reason.advice ?? null },
    instance: {
      instanceId: facts?.instanceId ?? null,
      region: facts?.region ?? null,
      vpcId: facts?.vpcId ?? null,
      vpcCidrs: [...(facts?.vpcCidrs ?? [])],
      problem: problem ?? null,
    },
    endpoints: (observation.endpoints?.endpoints ?? []).map(describeEndpoint),
    judgedBy: describeJudgedBy(observation),
    agent: describeAgent(observation),
    preflight: preflight
      ? {
          host: preflight.question?.host ?? null,
          address: preflight.question?.address ?? null,
          outcome: preflight.answer.outcome,
          found: foundIn(preflight),
        }
      : null,
  };
}

function printCheck(
  { observation, preflight, verdict: { onPrivateLink, reason } }: Seen,
  output: Output,
): void {
  const endpoints = (observation.endpoints?.endpoints ?? []).map(describeEndpoint);
  printRows(output, [
    ...endpointRows(endpoints),
    ...judgedByRows(describeJudgedBy(observation)),
    ...agentRows(describeAgent(observation)),
    ...(preflight ? [{ label: 'preflight', text: foundIn(preflight) }] : []),
    { label: 'answer', text: `${onPrivateLink ? 'yes' : 'NO'}: ${reason.message}` },
    ...adviceRows(reason.advice),
  ]);
}

function exitCodeOf({ observation: { agent, instance }, verdict: { onPrivateLink } }: Seen): ExitCode {
  if (onPrivateLink) return exitCodes.done.code;
  if (agent.engineProblem?.code === 'engine-no-permission') return exitCodes.noPermission.code;
  if (agent.engineProblem || !instance.facts) return exitCodes.unavailable.code;
  return exitCodes.notDone.code;
}
