import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

// What keeps strangers' programs out of what is built and released.

const read = (file: string) => readFileSync(inCheckout(file), 'utf8');
const list = 'find .github .ci scripts docs README.md test -type f';
const files = execFileSync('sh', ['-c', list], { cwd: inCheckout('.'), encoding: 'utf8' })
  .trim()
  .split('\n');
const workflows = files.filter((file) => /^\.github\/workflows\/.*\.ya?ml$/.test(file));

it('npm installs without running what packages bring, wherever it is called', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  // Where a command is: at the beginning, after an operator, or as a cell of a table.
  const call = /(?:^\s*|[;&|`]\s*)npm (?:ci|install|i)\b[^`&;|]*/gm;
  const calls = files
    .filter((file) => /\.(sh|ya?ml|md|mjs)$|\.ci\/run$/.test(file))
    .flatMap((file) => [...read(file).matchAll(call)].map(([text]) => ({ file, text: text.trim() })))
    // `npm ci` by itself in a sentence.
    .filter(({ text }) => !/^`?npm ci$/.test(text));
  expect(calls.length).toBeGreaterThanOrEqual(3);
  expect(calls.filter(({ text }) => !text.includes('--ignore-scripts'))).toEqual([]);
});

it('actions are pinned by commit, with their version beside it', () => {
  const used = workflows.flatMap((file) => read(file).match(/^.*\buses: .*$/gm) ?? []);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((line) => !/uses: [\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual(
    [],
  );
});

it('workflows begin without rights, and what builds gets none to sign or to publish', () => {
  const release = read('.github/workflows/release.yml');
  expect(release).toMatch(/^permissions: \{\}$/m);
  const [build = '', sign = ''] = release.split(/^ {2}sign:$/m);
  expect(build).toContain('scripts/package.sh --release');
  expect(build).not.toMatch(/: write$/m);
  expect(sign).toMatch(/^ {6}id-token: write$/m);
  // Nothing of the checkout or of npm runs beside the identity.
  expect(sign).not.toMatch(/checkout|npm|npx|scripts\//);
});

it('no text of somebody else is put into a shell script of a workflow', () => {
  for (const file of workflows) {
    // A step is either a script or an action; expressions belong into `env`, and into what an action takes.
    const scripts = read(file)
      .split(/^ {6}- /m)
      .flatMap((step) => step.split(/^ *run: /m).slice(1));
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  }
});

it('says how to report a vulnerability, and how to check a release', () => {
  expect(existsSync(inCheckout('SECURITY.md'))).toBe(true);
  const anchor = /docs\/install\.md#([\w-]+)/.exec(read('SECURITY.md'))?.[1] ?? '';
  const headings = (read('docs/install.md').match(/^## .*$/gm) ?? []).map((line) =>
    line.slice(3).toLowerCase().replaceAll(' ', '-'),
  );
  expect(headings).toContain(anchor);
  expect(read('docs/security.md')).toContain('SECURITY.md');
});
