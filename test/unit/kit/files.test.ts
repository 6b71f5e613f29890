import { execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchFile } from '../../../src/endpoints/watched-file.ts';
import { readLines, readTail, readText, readTextIfAny, unlessGone } from '../../../src/kit/files.ts';
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

  // The directory of the agent's log, and its resolv.conf, are the agent container's to write.
  it('does not wait for the writer of a pipe', async () => {
    const path = join(await newDirectory(), 'pipe');
    execFileSync('mkfifo', [path]);
    // Ends the wait of a reader that does wait, one after the other.
    const release = spawn('sh', ['-c', 'while sleep 0.2; do : >"$1"; done', 'sh', path], { stdio: 'ignore' });
    try {
      expect(readTextIfAny(path)).toBeUndefined();
      expect(readTail(path, 10)).toBeUndefined();
      expect(watchFile(path, (text) => text).read().problem).toMatchObject({ code: 'dns-file-unreadable' });
    } finally {
      release.kill('SIGKILL');
    }
  });

  it('reads no file without an end', () => {
    expect(readTextIfAny('/dev/zero')).toBeUndefined();
    expect(readTail('/dev/zero', 10)).toBeUndefined();
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

  it.each([
    ['none', ''],
    ['one without its end', 'a'],
    ['as many as one piece holds', `${'x'.repeat(1023)}\n`.repeat(32)],
    ['that do not end where pieces do', `${'x'.repeat(149)}\n`.repeat(2_000)],
    ['the last without its end', `${`${'x'.repeat(149)}\n`.repeat(1_000)}end`],
  ])('hands over lines whole and in their order: %s', async (_, content) => {
    const path = join(await newDirectory(), 'file');
    await writeFile(path, content);
    const seen: string[] = [];
    expect(readLines(path, content.length, (lines) => seen.push(lines) < 0)).toBe(true);
    expect(seen.join('')).toBe(content);
    expect(seen.slice(0, -1).filter((lines) => !lines.endsWith('\n'))).toEqual([]);
    if (content !== '') {
      expect(() => readLines(path, content.length - 1, () => false)).toThrow(
        `more than ${content.length - 1}`,
      );
    }
    expect(readLines(path, 64 * 1024, () => true)).toBe(true);
    expect(readLines(`${path}.none`, 1, () => true)).toBe(false);
  });

  it('passes over a line longer than a piece, and goes on', async () => {
    const path = join(await newDirectory(), 'file');
    await writeFile(path, `a\n${'x'.repeat(100_000)}\nb\n`);
    let seen = '';
    readLines(path, 1_000_000, (lines) => {
      seen += lines;
      return false;
    });
    expect(seen.startsWith('a\n')).toBe(true);
    expect(seen.endsWith('\nb\n')).toBe(true);
    expect(seen.length).toBeLessThan(40_000);
  });

  it('takes the end of a process for the end of its files, and nothing else', () => {
    expect(unlessGone(failing('ESRCH'))).toBeUndefined();
    expect(unlessGone(failing('ENOENT'))).toBeUndefined();
    expect(() => unlessGone(failing('EACCES'))).toThrow('EACCES');
  });
});
