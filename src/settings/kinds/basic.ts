import { nearest } from '../nearest.ts';
import { reject, type ValueKind } from '../value-kind.ts';

const booleanWords: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
  ['1', true],
  ['0', false],
]);

export const boolean: ValueKind<boolean, ''> = {
  placeholder: '',
  accepted: 'true, false, yes, no, on, off, 1 or 0',
  unit: '',
  choices: ['true', 'false'],
  isSwitch: true,
  parse: (text) => {
    const value = booleanWords.get(text.toLowerCase());
    return value === undefined ? reject(undefined, nearest(text, booleanWords.keys())) : { value };
  },
  format: String,
};

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): ValueKind<number, ''> {
  return {
    placeholder: 'N',
    accepted: `a whole number from ${min} to ${max}`,
    unit: '',
    parse: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? { value } : reject();
    },
    format: String,
  };
}

/** One of a few words, in any case. */
export function choice<const Word extends string>(words: readonly Word[]): ValueKind<Word, ''> {
  return {
    placeholder: words.join('|'),
    accepted: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    unit: '',
    choices: words,
    parse: (text) => {
      const value = words.find((word) => word === text.toLowerCase());
      return value === undefined ? reject(undefined, nearest(text, words)) : { value };
    },
    format: String,
  };
}

/** Values of another kind, separated by commas; at least `min` of them. */
export function list<Value, Unit extends string>(
  item: ValueKind<Value, Unit>,
  min = 0,
): ValueKind<readonly Value[], Unit> {
  return {
    placeholder: `${item.placeholder},…`,
    accepted: `a comma-separated list, each ${item.accepted}`,
    unit: item.unit,
    isList: true,
    parse: (text) => {
      const value: Value[] = [];
      for (const part of listParts(text)) {
        const parsed = item.parse(part);
        if ('rejected' in parsed) {
          return reject(parsed.rejected.reason ?? `${part} is not accepted`, parsed.rejected.nearest);
        }
        value.push(parsed.value);
      }
      return value.length < min ? reject('the list is empty') : { value };
    },
    format: (values) => values.map((value) => item.format(value)).join(','),
  };
}

/** The entries of a comma-separated list; blank ones, such as after a last comma, do not count. */
export function listParts(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Another kind whose empty text has a meaning of its own: no value. */
export function emptyOr<Value, Unit extends string>(
  kind: ValueKind<Value, Unit>,
): ValueKind<Value | undefined, Unit> {
  return {
    ...kind,
    accepted: `${kind.accepted}, or nothing`,
    parse: (text) => (text === '' ? { value: undefined } : kind.parse(text)),
    format: (value) => (value === undefined ? '' : kind.format(value)),
  };
}
