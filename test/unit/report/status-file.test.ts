import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStatus, writeStatus } from '../../../src/report/status-file.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';
import { Story } from '../reconcile/story.ts';
import { statusOf } from './stage.ts';

describe('the status file', () => {
  const temporaryDirectory = temporaryDirectories();

  it('comes back as it was written; all may read it', async () => {
    const runDir = join(await temporaryDirectory(), 'run');
    expect(readStatus(runDir)).toBeUndefined();
    const story = new Story();
    story.look();
    writeStatus(runDir, statusOf(story));
    expect(readStatus(runDir)).toEqual(statusOf(story));
    expect((await stat(join(runDir, 'status.json'))).mode & 0o777).toBe(0o644);
    expect(await readdir(runDir)).toEqual(['status.json']);
  });

  it('that is not JSON, or cannot be read or written, is an error', async () => {
    const runDir = await temporaryDirectory();
    await writeFile(join(runDir, 'status.json'), '{');
    expect(() => readStatus(runDir)).toThrow(SyntaxError);
    const under = join(runDir, 'status.json');
    expect(() => readStatus(under)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => writeStatus(under, statusOf(new Story()))).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });
});
