import { layOut, layOutAdvice } from '../doctor/text/layout.ts';
import { messageOf } from '../kit/problem.ts';
import { type Explanation, explainStatus, type RuleExplained } from '../report/explanation.ts';
import { readStatus } from '../report/status-reader.ts';
import type { Status } from '../report/status-schema.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { type Output, printJson } from './output.ts';

export interface ExplainParts {
  readonly runDir: string;
  /** Whether a daemon runs on this host. */
  readonly daemonRuns: () => boolean;
  readonly output: Output;
}

const indent = 11;
const width = 80;

/** `explain`: why the running daemon decided as it did. 0 when it could be told, 69 when no daemon tells. */
export function explainDecision(
  { runDir, daemonRuns, output }: ExplainParts,
  { json }: { readonly json: boolean },
): ExitCode {
  const status = daemonRuns() ? readStatusOrWhyNot(runDir) : undefined;
  if (typeof status !== 'object') {
    const why = status === undefined ? 'no daemon is running, or it has written no status yet.' : status;
    output.err(
      `There is no decision to explain: ${why} \`ecs-privatelinkd doctor\` works without a daemon.\n`,
    );
    return exitCodes.unavailable.code;
  }
  const explanation = explainStatus(status);
  if (json) printJson(output, { version: 1, phase: status.phase, reason: status.reason, ...explanation });
  else output.out(`${lines(explanation).join('\n')}\n`);
  return exitCodes.done.code;
}

function lines({ decision, observations, rules, rule, changes }: Explanation): string[] {
  return [
    ...observations.flatMap((text, index) =>
      labelled(index === 0 ? 'seen' : '', layOut(text, indent, width)),
    ),
    ...rules.flatMap((one, index) =>
      labelled(index === 0 ? 'rules' : '', layOut(ruleInWords(one), indent, width)),
    ),
    ...labelled('rule', layOut(rule, indent, width)),
    ...labelled('decision', layOut(decision, indent, width)),
    ...labelled('changes it', layOutAdvice(changes, indent, width)),
  ];
}

function ruleInWords({ rule, result, found }: RuleExplained): string {
  switch (result) {
    case 'spoke':
      return `${rule}: decided`;
    case 'not-reached':
      return `${rule}: not reached`;
    default:
      return `${rule}: ${found}`;
  }
}

function labelled(label: string, [first = '', ...rest]: readonly string[]): string[] {
  return [label.padEnd(indent) + first.slice(indent), ...rest];
}

function readStatusOrWhyNot(runDir: string): Status | string | undefined {
  try {
    return readStatus(runDir);
  } catch (error) {
    return messageOf(error);
  }
}
