import type { Clock } from '../kit/clock.ts';
import { lookOnce } from '../observe/look-once.ts';
import type { Observation } from '../observe/observation.ts';
import type { Observer } from '../observe/observer.ts';
import { type Verdict, verdict } from '../reconcile/verdict.ts';
import { describeAgent, describeEndpoint, describeJudgedBy } from '../report/status.ts';
import { adviceRows, agentRows, endpointRows, judgedByRows } from '../report/table.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { printResult } from './envelope.ts';
import type { CheckForm } from './json-forms.ts';
import { type Output, printRows } from './output.ts';

/** `check`: one look. 0 on PrivateLink, 1 not, 69 or 77 when IMDS or the Engine could not be asked. */
export async function check(
  { observer, clock, output }: { observer: Observer; clock: Clock; output: Output },
  { json }: { json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const observation = await lookOnce(observer, clock, signal);
  const result = verdict(observation);
  if (json) printResult(output, 'check', describeCheck(observation, result));
  else printCheck(observation, result, output);
  return exitCodeOf(observation, result);
}

function describeCheck(observation: Observation, { onPrivateLink, reason }: Verdict): CheckForm {
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
  };
}

function printCheck(observation: Observation, { onPrivateLink, reason }: Verdict, output: Output): void {
  const endpoints = (observation.endpoints?.endpoints ?? []).map(describeEndpoint);
  printRows(output, [
    ...endpointRows(endpoints),
    ...judgedByRows(describeJudgedBy(observation)),
    ...agentRows(describeAgent(observation)),
    { label: 'answer', text: `${onPrivateLink ? 'yes' : 'NO'}: ${reason.message}` },
    ...adviceRows(reason.advice),
  ]);
}

function exitCodeOf({ agent, instance }: Observation, { onPrivateLink }: Verdict): ExitCode {
  if (onPrivateLink) return exitCodes.done.code;
  if (agent.engineProblem?.code === 'engine-no-permission') return exitCodes.noPermission.code;
  if (agent.engineProblem || !instance.facts) return exitCodes.unavailable.code;
  return exitCodes.notDone.code;
}
