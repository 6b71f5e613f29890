import { describe, expect, it } from 'vitest';
import { CommandError, hostTaken } from '../../../src/cli/command-error.ts';
import { printResult } from '../../../src/cli/envelope.ts';
import { reportFailure } from '../../../src/cli/failure.ts';
import { ConfigError, type ConfigProblem } from '../../../src/settings/config-error.ts';
import { Printed } from './stage.ts';

const never = new AbortController().signal;

function failed(error: unknown, json = true, signal = never) {
  const output = new Printed(false, Number.POSITIVE_INFINITY);
  const code = reportFailure(error, { command: 'status', json }, output, signal);
  return { code, output };
}

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: what libuv says, ${syscall} '${path}'`), { code, syscall, path });
}

describe('what --json prints', () => {
  it('has the fields of the result beside those of the envelope', () => {
    const output = new Printed();
    printResult(output, 'explain', { phase: 'settled' });
    expect(output.json()).toEqual({ version: 1, command: 'explain', error: null, phase: 'settled' });
    expect(output.stdout).toMatch(/^\{\n {2}"version": 1,\n {2}"command": "explain",/);
  });

  it('is JSON where there is no result, beside the words on standard error', () => {
    const problem = { code: 'daemon-starting', message: 'It starts.', advice: 'Ask again.' } as const;
    const { code, output } = failed(new CommandError(problem, 69));
    expect(code).toBe(69);
    expect(output.json()).toEqual({ version: 1, command: 'status', error: problem });
    expect(output.stderr).toBe('error: It starts. Ask again.\n');
    expect(failed(new CommandError(problem, 69), false).output.stdout).toBe('');
  });

  it('names all that is wrong with the settings', () => {
    const wrong = (name: string): ConfigProblem => ({
      code: 'config-value',
      message: `${name} is wrong.`,
      advice: 'Set it right.',
      name,
      origin: 'file',
    });
    const { code, output } = failed(new ConfigError([wrong('A'), wrong('B')], 78));
    expect(code).toBe(78);
    expect(output.json()).toMatchObject({
      error: { code: 'config-value', message: 'A is wrong.', others: [{ message: 'B is wrong.' }] },
    });
    expect(output.stderr.split('\n')).toHaveLength(3);
  });

  it('tells of an interruption to who reads JSON only', () => {
    const { code, output } = failed(new Error('SIGINT'), true, AbortSignal.abort());
    expect(code).toBe(1);
    expect(output.json()).toMatchObject({ error: { code: 'interrupted' } });
    expect(output.stderr).toBe('');
  });
});

describe('a failure of the system', () => {
  it.each([
    ['EACCES', 77, 'mkdir /run/x: permission denied. Run it as root'],
    ['EPERM', 77, 'mkdir /run/x: operation not permitted. Run it as root'],
    ['EROFS', 77, 'mkdir /run/x: the file system is read-only. Make it writable, or'],
  ])('%s ends with %i, says what was refused and what to do', (code, exitCode, words) => {
    const { code: ended, output } = failed(systemError(code, 'mkdir', '/run/x'));
    expect(ended).toBe(exitCode);
    expect(output.stderr).toContain(`error: ${words}`);
    expect(output.json()).toMatchObject({ error: { code: 'no-permission' } });
  });

  it('that is not foreseen ends with 1, and asks for a report', () => {
    const { code, output } = failed(new Error('what nobody thought of'));
    expect(code).toBe(1);
    expect(output.stderr).toMatch(/^error: what nobody thought of\. .*doctor --bundle/);
    expect(output.json()).toMatchObject({ error: { code: 'unexpected-error' } });
  });
});

it('a host that another process has is another error for a daemon than for a restart by hand', () => {
  expect(hostTaken({ pid: 7, command: 'run' })).toMatchObject({
    exitCode: 75,
    message: expect.stringContaining('daemon (pid 7)'),
  });
  expect(hostTaken({ pid: 7, command: 'restart' }).message).toContain('`ecs-privatelinkd restart` (pid 7)');
});
