import { link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { removeUnfinished, writeFileAtomic } from '../../../src/kit/atomic-file.ts';
import { canFillDisk, onFullDisk } from './full-disk.ts';
import { temporaryDirectories } from './temporary-directory.ts';

describe('writeFileAtomic', () => {
  const temporaryDirectory = temporaryDirectories();

  it.each([true, false])(
    'creates and replaces a file with the mode asked for (durable: %s)',
    async (durable) => {
      const directory = await temporaryDirectory();
      const path = join(directory, 'state.json');
      writeFileAtomic(path, 'old and longer', { mode: 0o600, durable });
      writeFileAtomic(path, 'new', { mode: 0o600, durable });
      expect(await readFile(path, 'utf8')).toBe('new');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readdir(directory)).toEqual(['state.json']);
    },
  );

  it('a reader finds one content or the other, never a part', async () => {
    const path = join(await temporaryDirectory(), 'state.json');
    const contents = ['a'.repeat(200_000), 'b'.repeat(300_000)] as const;
    writeFileAtomic(path, contents[0], { mode: 0o600, durable: false });
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 40; round += 1) {
        writeFileAtomic(path, contents[round % 2 === 0 ? 1 : 0], { mode: 0o600, durable: false });
        await delay(1);
      }
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      expect(contents).toContain(await readFile(path, 'utf8'));
      reads += 1;
    }
    await writer;
    expect(reads).toBeGreaterThan(5);
  });

  // The textfile directory often belongs to another user than root.
  it('follows no link that another user left in the directory, at any name', async () => {
    const directory = await temporaryDirectory();
    const victim = join(await temporaryDirectory(), 'state.json');
    await writeFile(victim, 'untouched', { mode: 0o600 });
    const path = join(directory, 'metrics.prom');
    for (const name of ['metrics.prom', 'metrics.prom.tmp', '.metrics.prom.tmp', 'metrics.prom.new']) {
      await symlink(victim, join(directory, name));
    }
    writeFileAtomic(path, 'new', { mode: 0o644, durable: false });
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect((await stat(victim)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('writes to a name that nobody can know beforehand, each time another', async () => {
    const directory = await temporaryDirectory();
    // Renaming to a directory fails last, and so does tidying up where the name is taken by a directory of ours.
    const names = new Set<string>();
    await mkdir(join(directory, 'taken'));
    for (let round = 0; round < 8; round += 1) {
      const error = thrownBy(() =>
        writeFileAtomic(join(directory, 'taken'), 'new', { mode: 0o600, durable: false }),
      );
      names.add(error instanceof Error && 'path' in error ? String(error.path) : '');
    }
    expect(names.size).toBe(8);
    for (const name of names) expect(name).toMatch(/taken\.[0-9a-f-]{36}\.tmp$/);
  });

  it('writes neither through a link nor into a file at that name, were it known all the same', async () => {
    const directory = await temporaryDirectory();
    const victim = join(await temporaryDirectory(), 'state.json');
    await writeFile(victim, 'untouched', { mode: 0o600 });
    const path = join(directory, 'metrics.prom');
    const known = '00000000-0000-4000-8000-000000000000';
    for (const plant of [symlink, link]) {
      await plant(victim, `${path}.${known}.tmp`);
      const write = () => writeFileAtomic(path, 'new', { mode: 0o644, durable: false }, () => known);
      expect(thrownBy(write)).toMatchObject({ code: 'EEXIST' });
      expect(await readFile(victim, 'utf8')).toBe('untouched');
      expect((await stat(victim)).mode & 0o777).toBe(0o600);
      await rm(`${path}.${known}.tmp`, { force: true });
    }
  });

  it('says why it failed, and leaves the old file and nothing else', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'taken'));
    expect(
      thrownBy(() => writeFileAtomic(join(directory, 'taken'), 'new', { mode: 0o600, durable: true })),
    ).toMatchObject({ code: 'EISDIR' });
    await writeFile(join(directory, 'file'), 'not a directory');
    expect(
      thrownBy(() =>
        writeFileAtomic(join(directory, 'file', 'state.json'), 'new', { mode: 0o600, durable: true }),
      ),
    ).toMatchObject({ code: 'ENOTDIR' });
    expect((await readdir(directory)).sort()).toEqual(['file', 'taken']);
  });

  it.runIf(canFillDisk)('says that the disk is full, and leaves the old file and nothing else', () => {
    expect(onFullDisk('atomic-file')).toEqual({ code: 'ENOSPC', content: 'old', names: ['state.json'] });
  });
});

describe('removeUnfinished', () => {
  const temporaryDirectory = temporaryDirectories();

  it('removes what writes that were killed have left of this file, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const kept = [
      'state.json',
      'state.json.corrupt',
      'state.json.tmp',
      'other.json.0b9a4e0c-0000-4000-8000-0123456789ab.tmp',
    ];
    for (const name of [
      ...kept,
      'state.json.0b9a4e0c-0000-4000-8000-0123456789ab.tmp',
      'state.json.0b9a4e0c-0000-4000-8000-fedcba987654.tmp',
    ]) {
      await writeFile(join(directory, name), '{');
    }
    await mkdir(join(directory, 'state.json.0b9a4e0c-0000-4000-8000-0000000000ff.tmp'));
    removeUnfinished(join(directory, 'state.json'));
    expect((await readdir(directory)).sort()).toEqual(
      [...kept, 'state.json.0b9a4e0c-0000-4000-8000-0000000000ff.tmp'].sort(),
    );
  });

  it('does nothing where there is no directory', async () => {
    removeUnfinished(join(await temporaryDirectory(), 'none', 'state.json'));
  });
});

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
