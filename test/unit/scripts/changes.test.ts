import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';

const { changesOf } = await import(inCheckout('scripts/package/changes.mjs'));

const changelog = `# Changelog

## Unreleased

### Fixed

- Not yet out.

## [1.2.0] - 2026-11-27

A sentence.

### Added

- One thing,
  told in two lines.
- Another.

## [1.1.0] - 2026-10-01

- Older.
`;

it.each([
  ['1.2.0', '  * One thing,\n    told in two lines.\n  * Another.\n'],
  ['1.1.0', '  * Older.\n'],
  ['1.3.0', '  * Not yet out.\n'],
])('the changes of %s are those of its section, or what is not released', (version, changes) => {
  expect(changesOf(changelog, version)).toBe(changes);
});

it('none are a fault of the changelog', () => {
  expect(() => changesOf('# Changelog\n\n## Unreleased\n', '1.0.0')).toThrow('no entries for 1.0.0');
});

it('the project has some', () => {
  expect(changesOf(readFileSync(inCheckout('CHANGELOG.md'), 'utf8'), '0.1.0')).toMatch(
    /^( {2}\* \S.*\n( {4}\S.*\n)*)+$/,
  );
});
