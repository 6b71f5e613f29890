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

  it('tells a program that is not there', async () => {
    expect(await runProgram('/nonexistent/program', [], never)).toEqual({ outcome: 'missing' });
  });

  it('kills it at the limit', async () => {
    const run = within('sleeping', 50, never, (own) => runProgram('sleep', ['60'], own));
    await expect(run).rejects.toThrow('sleeping did not finish within 0.05 s');
  });
});
