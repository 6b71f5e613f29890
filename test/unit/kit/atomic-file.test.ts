import { access, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../../src/kit/atomic-file.ts';
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

  it('overwrites what an earlier run left half written', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'state.json');
    await writeFile(`${path}.tmp`, 'half of something much longer');
    writeFileAtomic(path, 'new', { mode: 0o600, durable: true });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(directory)).toEqual(['state.json']);
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

  it('says that the disk is full, and leaves the old file', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'state.json');
    await writeFile(path, 'old');
    // A device that has room for nothing, where the temporary file would be.
    await symlink('/dev/full', `${path}.tmp`);
    expect(thrownBy(() => writeFileAtomic(path, 'new', { mode: 0o600, durable: false }))).toMatchObject({
      code: 'ENOSPC',
    });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['state.json']);
    await expect(access('/dev/full')).resolves.toBeUndefined();
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
