import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inRootDirectory } from '../../../src/kit/root-directory.ts';
import { temporaryDirectories } from './temporary-directory.ts';

describe('inRootDirectory', () => {
  const temporaryDirectory = temporaryDirectories();

  it('acts in the directory that it has judged, even if its path is made to lead elsewhere meanwhile', async () => {
    const parent = await temporaryDirectory();
    const victim = await temporaryDirectory();
    const path = join(parent, 'a');
    mkdirSync(path);
    inRootDirectory(`${path}/../a/`, (pinned) => {
      renameSync(path, join(parent, 'moved'));
      symlinkSync(victim, path);
      writeFileSync(join(pinned, 'file'), 'content');
    });
    expect([readdirSync(join(parent, 'moved')), readdirSync(victim)]).toEqual([['file'], []]);
  });

  it('closes it, whatever comes of the act', async () => {
    const path = await temporaryDirectory();
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const failing = () => {
      throw new Error('failed');
    };
    expect(() => inRootDirectory(path, failing)).toThrow('failed');
    expect(() => inRootDirectory(join(path, 'none'), failing)).toThrow('ENOENT');
    symlinkSync(path, join(path, 'link'));
    expect(() => inRootDirectory(join(path, 'link'), failing)).toThrow('it leads to');
    expect(open()).toBe(before);
  });
});
