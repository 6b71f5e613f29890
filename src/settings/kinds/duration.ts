import { reject, type ValueKind } from '../value-kind.ts';

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const durationPattern = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** Milliseconds in `500ms`, `5s`, `10m`, `1h`, `1h30m` or a plain `0`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : durationPattern.exec(text);
  if (match === null) return undefined;
  return units.reduce((total, [, unitMs], index) => total + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** The shortest text for a whole number of milliseconds, e.g. `1h30m`; `0s` for none. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of units) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text || '0s';
}

/** A length of time between two others, both written as durations; the value is in milliseconds. */
export function duration(min: string, max: string): ValueKind<number, 'Ms'> {
  const minMs = parseDuration(min) ?? 0;
  const maxMs = parseDuration(max) ?? 0;
  return {
    placeholder: 'DURATION',
    accepted: `a duration such as 500ms, 5s or 1h30m, from ${min} to ${max}`,
    unit: 'Ms',
    parse: (text) => {
      const value = parseDuration(text);
      if (value === undefined) {
        return /^\d+$/.test(text) ? reject(`${text} has no unit`, `${text}s`) : reject();
      }
      if (value < minMs) return reject(`${text} is too short`, min);
      return value > maxMs ? reject(`${text} is too long`, max) : { value };
    },
    format: formatDuration,
  };
}
