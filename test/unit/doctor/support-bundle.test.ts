import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { tar } from '../../../src/doctor/bundle/tar.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describe('the archive', () => {
  it('is one that tar reads back', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-tar-'));
    directories.push(directory);
    const entries = [
      { path: 'case/empty.txt', content: '' },
      { path: 'case/exact.txt', content: 'x'.repeat(512) },
      { path: 'case/words.txt', content: 'mit Umlaut: ü\n'.repeat(100) },
    ];
    writeFileSync(join(directory, 'a.tar'), tar(entries, Date.UTC(2026, 0, 2)));
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: directory });
    for (const { path, content } of entries) {
      expect(readFileSync(join(directory, path), 'utf8')).toBe(content);
    }
  });
});
