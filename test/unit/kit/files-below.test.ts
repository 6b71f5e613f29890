import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listBelow, pathBelow, readBelow, statBelow } from '../../../src/kit/files-below.ts';
import { temporaryDirectories } from './temporary-directory.ts';

const newDirectory = temporaryDirectories();

/** A root directory, beside a file that must not be reached from it. */
async function newRoot(): Promise<string> {
  const directory = await newDirectory();
  const root = join(directory, 'root');
  mkdirSync(join(root, 'etc/ssl'), { recursive: true });
  writeFileSync(join(directory, 'outside'), 'outside');
  writeFileSync(join(root, 'etc/inside'), 'inside');
  return root;
}

it.each([
  ['an absolute link', '/etc/inside'],
  ['a relative link', '../inside'],
  ['a way up that ends at the root', '../../../../../../etc/inside'],
])('%s leads to a file below the root', async (_, target) => {
  const root = await newRoot();
  symlinkSync(target, join(root, 'etc/ssl/link'));
  expect(readBelow(root, '/etc/ssl/link', 100)).toBe('inside');
  expect(pathBelow(root, '/etc/ssl/link')).toBe(join(root, 'etc/inside'));
  expect(statBelow(root, '/etc/ssl/link')?.size).toBe(6);
});

it('a link to a directory is followed from the root too', async () => {
  const root = await newRoot();
  symlinkSync('/etc', join(root, 'settings'));
  expect(readBelow(root, '/settings/./inside', 100)).toBe('inside');
  expect(listBelow(root, '/settings')).toEqual(['inside', 'ssl']);
});

it.each(['../../outside', '/../outside', '/nothing', 'link'])(
  'a link to %s leads nowhere',
  async (target) => {
    const root = await newRoot();
    symlinkSync(target, join(root, 'link'));
    expect(readBelow(root, '/link', 100)).toBeUndefined();
    expect(statBelow(root, '/link')).toBeUndefined();
    expect(listBelow(root, '/link')).toEqual([]);
  },
);

it('does not read more than the limit, nor what is no file', async () => {
  const root = await newRoot();
  expect(() => readBelow(root, '/etc/inside', 3)).toThrow('6 bytes');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  expect(() => readBelow(root, '/pipe', 100)).toThrow('not a regular file');
});
