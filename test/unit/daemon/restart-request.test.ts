import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeRestartRequest, writeRestartRequest } from '../../../src/daemon/restart-request.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

describe('the request for a restart', () => {
  const temporaryDirectory = temporaryDirectories();

  it('is taken once', async () => {
    const runDir = await temporaryDirectory();
    const request = { id: 'r-1', ifNeeded: true };
    writeRestartRequest(runDir, request);
    expect((await stat(join(runDir, 'restart-request.json'))).mode & 0o777).toBe(0o600);
    expect(takeRestartRequest(runDir)).toEqual(request);
    expect(takeRestartRequest(runDir)).toBeUndefined();
    expect(await readdir(runDir)).toEqual([]);
  });

  it.each(['', '{', '[]', '{"id":1,"ifNeeded":true}', '{"id":"r"}'])(
    'is none when it reads %j, and gone',
    async (text) => {
      const runDir = await temporaryDirectory();
      await writeFile(join(runDir, 'restart-request.json'), text);
      expect(takeRestartRequest(runDir)).toBeUndefined();
      expect(await readdir(runDir)).toEqual([]);
    },
  );

  it('is none where there is no directory', async () => {
    expect(takeRestartRequest(join(await temporaryDirectory(), 'absent'))).toBeUndefined();
  });
});
