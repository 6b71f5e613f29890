import { readdirSync, readFileSync } from 'node:fs';

const src = new URL('../../../src/', import.meta.url);

/** Where codes are listed or looked up, rather than given; and the findings of `doctor`, which have a list of their own. */
const elsewhere = /^report\/(?:events|reasons|problems)\.ts$|^report\/metrics\/|^(?:doctor|ec2)\//;

/** Every code that src/ can give, with the files that do. */
export function codesInSource(): Map<string, string[]> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !elsewhere.test(name))
    .map((name) => ({ name, text: withoutComments(readFileSync(new URL(name, src), 'utf8')) }));
  const found = new Map<string, string[]>();
  const callees = new Map([['log', 0], ...files.flatMap(({ text }) => functionsWithCode(text))]);
  for (const { name, text } of files) {
    for (const code of [...codesAssigned(text), ...codesPassed(text, callees)]) {
      const names = found.get(code) ?? [];
      found.set(code, names.includes(name) ? names : [...names, name]);
    }
  }
  return found;
}

/** `code: 'x'`, `code = a ? 'x' : 'y'`, `problem: 'x'`. */
function codesAssigned(text: string): string[] {
  return [...text.matchAll(/\bcode\s*[:=](?![=>])|\bproblem:(?= ')/g)].flatMap(({ index, 0: matched }) => {
    const [expression = ''] = splitList(text, index + matched.length);
    return literalsOf(expression);
  });
}

/** `settling(state, 'x', …)`, where `settling` has a parameter `code`. */
function codesPassed(text: string, callees: ReadonlyMap<string, number>): string[] {
  return [...text.matchAll(/\b(\w+)\(/g)].flatMap(({ index, 0: matched, 1: name = '' }) => {
    const at = callees.get(name);
    return at === undefined ? [] : literalsOf(splitList(text, index + matched.length)[at] ?? '');
  });
}

/** Functions that take a parameter `code`, with its place. */
function functionsWithCode(text: string): [string, number][] {
  return [...text.matchAll(/\bfunction (\w+)(?:<[^(]*>)?\(/g)].flatMap(
    ({ index, 0: matched, 1: name = '' }) => {
      const at = splitList(text, index + matched.length).findIndex((one) => /^\s*code\b/.test(one));
      return at < 0 ? [] : [[name, at] satisfies [string, number]];
    },
  );
}

function literalsOf(expression: string): string[] {
  // What is compared with is not given.
  const given = expression.replaceAll(/[!=]==?\s*'[^']*'|\['[^']*'\]/g, '');
  return [...given.matchAll(/'([a-z][a-z0-9]*(?:-[a-z0-9]+)*)'/g)].map(([, code = '']) => code);
}

const opening = '([{';
const closing = ')]}';

/** The items of the list that begins at `start`, up to the bracket or semicolon that ends it. */
function splitList(text: string, start: number): string[] {
  const items: string[] = [];
  let item = '';
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if ('\'"`'.includes(char)) {
      const end = endOfString(text, at);
      item += text.slice(at, end);
      at = end - 1;
      continue;
    }
    if (depth === 0 && (closing.includes(char) || char === ';')) break;
    if (opening.includes(char)) depth += 1;
    if (closing.includes(char)) depth -= 1;
    if (depth === 0 && char === ',') {
      items.push(item);
      item = '';
    } else {
      item += char;
    }
  }
  return [...items, item];
}

/** Just after the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\\/])\/\/[^\n]*/g, '');
}
