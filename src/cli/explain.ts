import { layOut, layOutAdvice } from '../doctor/text/layout.ts';
import { type Explanation, explainStatus, type RuleExplained } from '../report/explanation.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';
import { currentStatus, isStatus, type StatusSource } from './current-status.ts';
import { printResult } from './envelope.ts';
import type { Output } from './output.ts';

export interface ExplainParts extends StatusSource {
  readonly output: Output;
}

const indent = 11;
const width = 80;

/**
 * `explain`: why the running daemon decided as it did.
 *
 * @throws CommandError (69) when no daemon tells
 */
export function explainDecision(parts: ExplainParts, { json }: { readonly json: boolean }): ExitCode {
  const status = currentStatus(parts);
  if (!isStatus(status)) {
    const message = `There is no decision to explain: ${status.message}`;
    throw new CommandError({ ...status, message }, exitCodes.unavailable.code);
  }
  const { output } = parts;
  const explanation = explainStatus(status);
  if (json) printResult(output, 'explain', { phase: status.phase, reason: status.reason, ...explanation });
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
