import { keysOf } from '../kit/keys-of.ts';
import type { ReasonRow } from '../reconcile/rules/rule.ts';
import { words } from '../reconcile/rules/words.ts';

/** The rules of the decision as Markdown, for docs/decision-rules.md. */
export function decisionRulesMarkdown(): string {
  return keysOf(words)
    .map((name, index) => {
      const { rule, changes, reasons } = words[name];
      const given = Object.entries<ReasonRow>(reasons)
        .filter(([, { phases }]) => phases.length > 0)
        .map(([code, { phases }]) => `\`${code}\` (${phases.join(', ')})`);
      return [
        `### ${index + 1}. \`${name}\``,
        rule,
        `What would change it: ${changes}`,
        ...(given.length > 0 ? [`Reasons: ${given.join(', ')}.`] : []),
        '',
      ].join('\n\n');
    })
    .join('');
}
