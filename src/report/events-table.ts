import { type ReasonRow, reasons } from '../reconcile/reasons.ts';
import { type EventRow, events } from './events.ts';

/** The catalogue of log events as Markdown, for docs/events.md. */
export function eventsMarkdown(): string {
  const rows = Object.entries<EventRow>(events).map(
    ([code, { level, message, meaning }]) => `| \`${code}\` | ${level} | ${message} | ${meaning} |`,
  );
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
