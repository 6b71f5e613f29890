import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTail, readText, readTextIfAny, unlessGone } from '../../../src/kit/files.ts';
import { temporaryDirectories } from './temporary-directory.ts';

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

describe('reading files', () => {
  const newDirectory = temporaryDirectories();

  it('tells a missing file from one that cannot be read', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'file');
    expect(readText(path)).toBeUndefined();
    await writeFile(path, 'ä');
    expect(readText(path)).toBe('ä');
    expect(readText(path, 'latin1')).toHaveLength(2);
    expect(() => readText(directory)).toThrow('EISDIR');
  });

  it('gives nothing where the reason does not matter', async () => {
    const directory = await newDirectory();
    expect(readTextIfAny(join(directory, 'file'))).toBeUndefined();
    expect(readTextIfAny(directory)).toBeUndefined();
  });

  it('reads no more than the last bytes', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'log');
    await writeFile(path, `${'a'.repeat(100_000)}end`);
    expect(readTail(path, 65_536)).toHaveLength(65_536);
    expect(readTail(path, 65_536)?.endsWith('aend')).toBe(true);
    await writeFile(path, 'short');
    expect(readTail(path, 65_536)).toBe('short');
    expect(readTail(join(directory, 'none'), 10)).toBeUndefined();
    expect(readTail(directory, 10)).toBeUndefined();
  });

  it('takes the end of a process for the end of its files, and nothing else', () => {
    expect(unlessGone(failing('ESRCH'))).toBeUndefined();
    expect(unlessGone(failing('ENOENT'))).toBeUndefined();
    expect(() => unlessGone(failing('EACCES'))).toThrow('EACCES');
  });
});
