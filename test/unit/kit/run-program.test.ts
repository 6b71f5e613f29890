import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { within } from '../../../src/kit/deadline.ts';
import { runProgram } from '../../../src/kit/run-program.ts';

const never = new AbortController().signal;
const shell = (script: string, options?: Parameters<typeof runProgram>[3]) =>
  runProgram('sh', ['-c', script], never, options);

describe('runProgram', () => {
  it('gives what a program printed and how it ended', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
      outcome: 'ended',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('gives it the C locale, what is named, and nothing else of our environment', async () => {
    process.env['ECS_PRIVATELINKD_TEST'] = 'leaks';
    const result = await shell('echo "$LC_ALL:$GIVEN:$ECS_PRIVATELINKD_TEST"', {
      env: { GIVEN: 'given' },
    });
    delete process.env['ECS_PRIVATELINKD_TEST'];
    expect(result).toMatchObject({ stdout: 'C:given:\n' });
  });

  it('gives it no input', async () => {
    expect(await shell('cat')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  // An empty entry of PATH is the current directory, in which a daemon of root's may have been started by hand.
  it.each(['', '.', ':/usr/bin', '/usr/bin::/bin', 'bin:/usr/bin', './bin'])(
    'runs none of the current directory with the PATH "%s"',
    async (path) => {
      const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-path-'));
      const [cwd, before] = [process.cwd(), process.env['PATH']];
      mkdirSync(join(directory, 'bin'));
      for (const name of ['ecs-planted', 'bin/ecs-planted']) {
        writeFileSync(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
      }
      try {
        process.chdir(directory);
        process.env['PATH'] = path;
        expect(await runProgram('ecs-planted', [], never)).toEqual({ outcome: 'missing' });
        expect(await runProgram('sh', ['-c', 'ecs-planted'], never)).toMatchObject({ exitCode: 127 });
      } finally {
        process.env['PATH'] = before;
        process.chdir(cwd);
        rmSync(directory, { recursive: true });
      }
    },
  );

  it('tells a program that is not there', async () => {
    expect(await runProgram('/nonexistent/program', [], never)).toEqual({ outcome: 'missing' });
  });

  it('kills it at the limit', async () => {
    const run = within('sleeping', 50, never, (own) => runProgram('sleep', ['60'], own));
    await expect(run).rejects.toThrow('sleeping did not finish within 0.05 s');
  });
});
