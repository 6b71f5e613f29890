import { fleetReasons } from '../../src/fleet/reasons.ts';
import { keysOf } from '../../src/kit/keys-of.ts';
import type { ProblemArea } from '../../src/kit/problem.ts';
import { reasons } from '../../src/reconcile/reasons.ts';
import { rules } from '../../src/reconcile/rules/order.ts';
import type { ReasonRow } from '../../src/reconcile/rules/rule.ts';
import { words } from '../../src/reconcile/rules/words.ts';
import { events, meanings } from '../../src/report/events.ts';
import { type MetricRow, metricRows } from '../../src/report/metrics/definitions.ts';
import { problemAreas } from '../../src/report/problems.ts';
import { exitCodes } from '../../src/settings/exit-codes.ts';
import { exitRows } from './exits.ts';

/** The catalogue of log events as Markdown, for docs/events.md. */
export function eventsMarkdown(): string {
  const rows = keysOf(events).map((code) => {
    const { level, message } = events[code];
    return `| \`${code}\` | ${level} | ${message} | ${meanings[code]} |`;
  });
  return ['| event | level | message | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** Every reason for a phase, for docs/events.md. */
export function reasonsMarkdown(): string {
  const rows = Object.entries<ReasonRow>(reasons).map(
    ([code, { phases, check, meaning }]) =>
      `| \`${code}\` | ${[...phases, ...(check ? ['check'] : [])].join(', ')} | ${meaning} |`,
  );
  return ['| reason | phase | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

/** What `fleet` says of a host by itself, for docs/fleet.md. */
export function fleetReasonsMarkdown(): string {
  const rows = Object.entries(fleetReasons).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| reason | meaning |', '|---|---|', ...rows, ''].join('\n');
}

/** For docs/metrics.md. */
export function metricsMarkdown(): string {
  const rows = Object.entries<MetricRow>(metricRows).map(([name, { type, help, labels = {} }]) => {
    const names = Object.keys(labels).map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${names.join(' ')} | ${help} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** For docs/events.md; what several folders give about one thing is one row. */
export function problemsMarkdown(): string {
  const byAbout = new Map<string, readonly string[]>();
  for (const { about, codes } of Object.values<readonly ProblemArea[]>(problemAreas).flat()) {
    byAbout.set(about, [...(byAbout.get(about) ?? []), ...codes]);
  }
  const rows = [...byAbout].map(
    ([about, codes]) => `| ${codes.map((code) => `\`${code}\``).join(' ')} | ${about} |`,
  );
  return ['| codes | about |', '|---|---|', ...rows, ''].join('\n');
}

/** Which command ends with which code, and when, as Markdown. */
export function exitsMarkdown(): string {
  const rows = exitRows().map(({ command, code, when }) => `| \`${command}\` | ${code} | ${when} |`);
  return ['| command | code | when |', '|---|---|---|', ...rows, ''].join('\n');
}

/** The exit codes as Markdown. */
export function exitCodesMarkdown(): string {
  const rows = Object.values(exitCodes).map((row) => `| ${row.code} | ${row.meaning} | ${row.supervisor} |`);
  return ['| code | meaning | what a supervisor should do |', '|---|---|---|', ...rows, ''].join('\n');
}

/** The rules of the decision as Markdown, for docs/decision-rules.md. */
export function decisionRulesMarkdown(): string {
  return keysOf(rules)
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
