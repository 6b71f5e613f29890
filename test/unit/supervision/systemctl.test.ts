import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LateError } from '../../../src/kit/deadline.ts';
import { ProblemError } from '../../../src/kit/problem.ts';
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

  it('has nobody page through what it prints, and no colours in it', async () => {
    const systemctl = hostSystemctl(await script('env | grep ^SYSTEMD_ | sort'));
    expect(await systemctl(['show', 'x'], signal)).toBe('SYSTEMD_COLORS=0\nSYSTEMD_PAGER=\n');
  });

  it('tells no more than 200 characters of what systemd said, or else the exit code', async () => {
    const message = async (text: string) => {
      const call = hostSystemctl(await script(text))(['start', 'x'], signal);
      const thrown: unknown = await call.catch((error: unknown) => error);
      return thrown instanceof ProblemError ? thrown.problem.message : '';
    };
    const said = (length: number) => message(`head -c ${length} /dev/zero | tr '\\0' x >&2; exit 3`);
    expect((await said(200)).match(/x+$/)?.[0]).toHaveLength(200);
    expect(await said(400)).not.toMatch(/x{201}/);
    expect(await message('exit 3')).toBe('`systemctl start x` failed: exit code 3');
  });

  it('is given ten seconds, and says that they are over', async () => {
    const systemctl = hostSystemctl(await script('exec sleep 5'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let over = false;
      const call = systemctl(['show', 'x'], signal).catch((thrown: unknown) => thrown);
      void call.then(() => {
        over = true;
      });
      await vi.advanceTimersByTimeAsync(9_999);
      expect(over).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(await call).toMatchObject({
        problem: {
          code: 'systemctl-timeout',
          message: 'systemctl show x did not finish within 10 s',
        },
        cause: expect.any(LateError),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends with the signal', async () => {
    const own = new AbortController();
    const call = hostSystemctl(await script('exec sleep 30'))(['show', 'x'], own.signal);
    own.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});
