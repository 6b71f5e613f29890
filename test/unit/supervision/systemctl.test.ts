import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostSystemctl } from '../../../src/supervision/systemctl.ts';

const signal = new AbortController().signal;
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'systemctl-'));
});
afterAll(async () => rm(directory, { recursive: true }));

async function script(text: string): Promise<string> {
  const path = join(directory, `systemctl-${Buffer.from(text).toString('hex').slice(0, 40)}`);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('hostSystemctl', () => {
  it('gives what was printed, in the C locale', async () => {
    const systemctl = hostSystemctl(await script('echo "$LC_ALL $*"'));
    expect(await systemctl(['show', 'ecs.service'], signal)).toBe(
      'C --no-ask-password -- show ecs.service\n',
    );
  });

  // `-HHOST` has systemctl run ssh, `-M` enter a container.
  it('takes no name of a unit for an option', async () => {
    const systemctl = hostSystemctl(await script('printf "<%s>" "$@"'));
    for (const unit of ['-Hroot@evil.example.service', '-M.service', '--host.service']) {
      expect(await systemctl(['restart', '--no-block', unit], signal)).toBe(
        `<--no-ask-password><--no-block><--><restart><${unit}>`,
      );
    }
  });

  it('tells a host without it', async () => {
    const call = hostSystemctl('/nonexistent/systemctl')(['show', 'x'], signal);
    await expect(call).rejects.toMatchObject({ problem: { code: 'systemctl-missing' } });
  });

  it('tells what systemd said', async () => {
    const failing = await script('echo "Unit ecs.service not found." >&2; exit 5');
    await expect(
      hostSystemctl(failing)(['start', '--no-block', 'ecs.service'], signal),
    ).rejects.toMatchObject({
      problem: {
        code: 'systemctl-failed',
        message: '`systemctl start --no-block ecs.service` failed: Unit ecs.service not found.',
      },
    });
  });

  it('ends with the signal', async () => {
    const own = new AbortController();
    const call = hostSystemctl(await script('exec sleep 30'))(['show', 'x'], own.signal);
    own.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});
