import { type EventRow, events } from './events.ts';

/** The catalogue of log events as Markdown, for docs/events.md. */
export function eventsMarkdown(): string {
  const rows = Object.entries<EventRow>(events).map(
    ([code, { level, message, meaning }]) => `| \`${code}\` | ${level} | ${message} | ${meaning} |`,
  );
  return ['| event | level | message | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}
