import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRooted } from '../../../src/kit/rooted-file.ts';
import { temporaryDirectories } from './temporary-directory.ts';

const newDirectory = temporaryDirectories();

/** A root directory below one that holds a file of the same name: what must never be read. */
async function roots() {
  const outside = await newDirectory();
  const root = join(outside, 'root');
  mkdirSync(join(root, 'etc/ecs'), { recursive: true });
  mkdirSync(join(outside, 'etc/ecs'), { recursive: true });
  writeFileSync(join(outside, 'etc/ecs/own'), 'ours');
  writeFileSync(join(root, 'etc/ecs/own'), 'theirs');
  return { outside, root };
}

function read(root: string, path: string, limit = 100): string | undefined {
  return readRooted(root, path, limit)?.text;
}

it('reads a file below the root', async () => {
  const { root } = await roots();
  expect(read(root, '/etc/ecs/own')).toBe('theirs');
  expect(read(root, '/etc//./ecs/own')).toBe('theirs');
});

it('is undefined where there is none', async () => {
  const { root } = await roots();
  expect(read(root, '/etc/ecs/none')).toBeUndefined();
  expect(read(root, '/nowhere/own')).toBeUndefined();
  expect(read(root, '/etc/ecs/own/below')).toBeUndefined();
  expect(read(join(root, 'gone'), '/etc/ecs/own')).toBeUndefined();
});

it.each([
  ['an absolute link', '/etc/ecs/own'],
  ['a link upwards, beyond the root', '../../../../../../etc/ecs/own'],
  ['a link beside it', 'own'],
  ['a link to a link', 'second'],
])('follows %s below the root', async (_, target) => {
  const { root } = await roots();
  symlinkSync('own', join(root, 'etc/ecs/second'));
  symlinkSync(target, join(root, 'etc/ecs/link'));
  expect(read(root, '/etc/ecs/link')).toBe('theirs');
});

it('follows an absolute link to a directory below the root', async () => {
  const { root } = await roots();
  symlinkSync('/etc', join(root, 'conf'));
  expect(read(root, '/conf/ecs/own')).toBe('theirs');
});

it('never leaves the root by ..', async () => {
  const { outside, root } = await roots();
  writeFileSync(join(outside, 'secret'), 'ours');
  expect(read(root, '/../secret')).toBeUndefined();
  expect(read(root, '/etc/../../secret')).toBeUndefined();
});

it('refuses what is too large, no file, or a circle', async () => {
  const { root } = await roots();
  symlinkSync('circle', join(root, 'circle'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  expect(() => read(root, '/etc/ecs/own', 3)).toThrow('its 6 bytes are more than the 3');
  expect(() => read(root, '/etc')).toThrow('not a regular file');
  expect(() => read(root, '/pipe')).toThrow('not a regular file');
  expect(() => read(root, '/circle')).toThrow('too many symbolic links');
});

it('gives the same again while the file is unchanged, and another after that', async () => {
  const { root } = await roots();
  const first = readRooted(root, '/etc/ecs/own', 100);
  expect(readRooted(root, '/etc/ecs/own', 100, first)).toBe(first);
  writeFileSync(join(root, 'etc/ecs/own'), 'changed');
  expect(readRooted(root, '/etc/ecs/own', 100, first)).toMatchObject({ text: 'changed' });
});

it('leaves nothing open', async () => {
  const { root } = await roots();
  const before = readdirSync('/proc/self/fd').length;
  for (const path of ['/etc/ecs/own', '/etc', '/none']) {
    try {
      read(root, path);
    } catch {
      // Refused.
    }
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});
