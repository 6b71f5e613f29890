import type { Check } from '../../src/doctor/check.ts';
import { checks } from '../../src/doctor/checks.ts';
import { type Finding, type Findings, fill } from '../../src/doctor/finding.ts';

/** Every check with everything that it may find, for docs/troubleshooting.md. */
export function troubleshootingMarkdown(): string {
  const endpoints = checks.filter(({ name }) => name.startsWith('endpoint-'));
  const [first] = endpoints;
  const sections = checks
    // The three are one check, made three times.
    .filter((check) => check === first || !endpoints.includes(check))
    .map((check) => section(check, check === first ? endpoints : [check]));
  return sections.join('\n');
}

function section(check: Check, of: readonly Check[]): string {
  const names = of.map(({ name }) => `\`${name}\``).join(', ');
  const title = check.title.replace('ecs-agent endpoint', 'endpoint');
  const skips = Object.entries(check.findings).filter(([, { status }]) => status === 'skip');
  return [
    `## ${names}`,
    '',
    `${title}.${check.onlyWith === undefined ? '' : ` Only with \`--${check.onlyWith}\`.`}`,
    '',
    ...byMeaning(check.findings).flatMap(paragraph),
    ...(skips.length === 0
      ? []
      : [
          `- Skipped: ${skips.map(([code, { meaning }]) => `\`${code}\` (${uncapital(meaning)})`).join('; ')}.`,
        ]),
    '',
  ].join('\n');
}

type Entry = readonly [code: string, finding: Finding];

/** Warnings and failures; those that mean the same are told of together. */
function byMeaning(findings: Findings): readonly (readonly Entry[])[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of Object.entries(findings)) {
    const [, { status, meaning }] = entry;
    if (status === 'skip') continue;
    const key = `${status} ${meaning}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function paragraph(entries: readonly Entry[]): string[] {
  const [[code, { status, meaning, advice }] = ['', { status: '', meaning: '', advice: '' }]] = entries;
  if (entries.length === 1) {
    return [`- **\`${code}\`** (${status}). ${meaning}<br>`, `  *To do:* ${escapeText(readable(advice))}`];
  }
  return [
    `- ${meaning} (${status})`,
    ...entries.map(([one, finding]) => `  - **\`${one}\`**: ${escapeText(readable(finding.advice))}`),
  ];
}

/** `{vpcId}` as a word to be replaced: VPC_ID. */
function readable(advice: string): string {
  if (advice === '{advice}') return 'As for the address that fails; see the other findings of this check.';
  return fill(advice, {});
}

/** Outside of code Markdown would take `*` and `<` for its own. */
function escapeText(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/([*<])/g, '\\$1')))
    .join('`');
}

function uncapital(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
