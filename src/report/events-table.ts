import { keysOf } from '../kit/keys-of.ts';
import { reasons } from '../reconcile/reasons.ts';
import { events, meanings } from './events.ts';

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
  const rows = Object.entries(reasons).map(
    ([code, { phases, check, meaning }]) =>
      `| \`${code}\` | ${[...phases, ...(check ? ['check'] : [])].join(', ')} | ${meaning} |`,
  );
  return ['| reason | phase | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}
