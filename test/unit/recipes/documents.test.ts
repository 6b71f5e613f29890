import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fleetLimits } from '../../../src/fleet/limits.ts';
import { inCheckout } from '../../lab/checkout.ts';

const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
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

  it('has only links that lead somewhere', () => {
    const links = read(document).matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g);
    const dead = [...links].filter(([, path = '', anchor]) => {
      const target = path === '' ? document : join(dirname(document), path);
      if (!existsSync(inCheckout(target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('the index leads to each document', () => {
  const links = [...read('docs/README.md').matchAll(/\]\(([\w-]+\.md)[#)]/g)].map(([, name]) => name);
  const there = readdirSync(inCheckout('docs')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  expect(there.filter((name) => !links.includes(name))).toEqual([]);
});

it.each(['README.md', 'docs/operations.md', 'docs/fleet.md', 'docs/faq.md'])(
  '%s asks for the time without a public connection that `fleet` asks for',
  (document) => {
    const minutes = fleetLimits.noPublicMs / 60_000;
    expect(read(document).replaceAll(/\s+/g, ' ')).toContain(`${minutes} minutes`);
  },
);

it('the test to begin with is the one that runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('test/README.md')) ?? [];
  expect(shown).toBe(read('test/integration/example.test.ts'));
});
