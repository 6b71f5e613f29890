import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

const documents = [
  'README.md',
  'test/README.md',
  ...readdirSync(inCheckout('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function read(path: string): string {
  return readFileSync(inCheckout(path), 'utf8');
}

describe.each(documents)('%s', (document) => {
  it('names only files that there are', () => {
    const named = read(document).matchAll(/(?<![\w./-])(?:src|test|scripts|docs)\/[\w./-]*[\w/]/g);
    const missing = [...named].map(([path]) => path).filter((path) => !existsSync(inCheckout(path)));
    expect(missing).toEqual([]);
  });
});

it('the test to begin with is the one that runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('test/README.md')) ?? [];
  expect(shown).toBe(read('test/integration/example.test.ts'));
});
