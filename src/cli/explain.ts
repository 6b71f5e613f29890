import type { Row } from '../kit/layout.ts';
import { type Explanation, explainStatus, type RuleExplained } from '../report/explanation.ts';
import { type ExitCode, exitCodes } from '../settings/exit-codes.ts';
import { CommandError } from './command-error.ts';
import { currentStatus, isStatus, type StatusSource } from './current-status.ts';
import { printResult } from './envelope.ts';
import { type Output, printRows } from './output.ts';

export interface ExplainParts extends StatusSource {
  readonly output: Output;
}

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
  else printRows(output, rows(explanation));
  return exitCodes.done.code;
}

function rows({ decision, observations, rules, rule, changes }: Explanation): Row[] {
  return [
    ...observations.map((text, index) => ({ label: index === 0 ? 'seen' : '', text })),
    ...rules.map((one, index) => ({ label: index === 0 ? 'rules' : '', text: ruleInWords(one) })),
    { label: 'rule', text: rule },
    { label: 'decision', text: decision },
    { label: 'changes it', text: changes, isAdvice: true },
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
