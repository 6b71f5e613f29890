import { findingCodes } from '../../src/plan/finding.ts';

/** The codes of the findings of `plan`, for docs/plan.md. */
export function planFindingsMarkdown(): string {
  const rows = Object.entries(findingCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | meaning |', '|---|---|', ...rows].join('\n');
}
