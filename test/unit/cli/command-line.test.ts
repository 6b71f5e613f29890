import { describe, expect, it } from 'vitest';
import { type Invocation, parseCommandLine } from '../../../src/cli/command-line.ts';
import { ConfigError } from '../../../src/settings/config-error.ts';

function parse(line: string): Invocation {
  return parseCommandLine(line === '' ? [] : line.split(' '));
}

function problemsOf(line: string): ConfigError['problems'] {
  try {
    parse(line);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.exitCode).toBe(64);
    return error.problems;
  }
  throw new Error('nothing was thrown');
}

describe('commands', () => {
  it('take their own flags and settings', () => {
    expect(parse('restart --if-needed --dry-run --region=eu-west-1')).toEqual({
      command: 'restart',
      flags: { 'dry-run': 'true', region: 'eu-west-1' },
      commandFlags: { ifNeeded: true, json: false },
      operand: undefined,
    });
    expect(parse('status --wait Settled --timeout 5m --json').commandFlags).toEqual({
      wait: 'settled',
      timeoutMs: 300_000,
      record: false,
      json: true,
    });
    expect(parse('status').commandFlags).toEqual({
      wait: undefined,
      timeoutMs: 300_000,
      record: false,
      json: false,
    });
    expect(parse('config --origin').commandFlags).toEqual({ origin: true, json: false });
    expect(parse('--log-level debug run').command).toBe('run');
    expect(
      parse('fleet --wait --cluster prod --cluster=edge,web --region eu-west-1 --timeout 2h').commandFlags,
    ).toEqual({
      cluster: ['prod', 'edge', 'web'],
      region: ['eu-west-1'],
      profile: undefined,
      ask: false,
      only: 'all',
      wait: true,
      timeoutMs: 7_200_000,
      json: false,
    });
  });

  it('give a typed value for each', () => {
    const invocation = parse('status --timeout 1s');
    if (invocation.command !== 'status') throw new Error('another command');
    invocation.commandFlags satisfies {
      json: boolean;
      timeoutMs: number;
      wait: string | undefined;
    };
    // @ts-expect-error a flag of restart
    invocation.commandFlags.ifNeeded;
  });

  it('explain themselves', () => {
    const help = { command: 'help', flags: {}, commandFlags: {} };
    expect(parse('--help')).toEqual({ ...help, operand: undefined });
    expect(parse('run -h --nonsense')).toEqual({ ...help, operand: 'run' });
    expect(parse('help status')).toEqual({ ...help, operand: 'status' });
    expect(parse('--version').command).toBe('version');
    expect(parse('-V').command).toBe('version');
    expect(parse('--version --json').commandFlags).toEqual({ json: true });
  });
});

describe('settings as flags', () => {
  it('know switches in every form, the last one counting', () => {
    expect(parse('run --dry-run').flags).toEqual({ 'dry-run': 'true' });
    expect(parse('run --no-dry-run').flags).toEqual({ 'dry-run': 'false' });
    expect(parse('run --dry-run=off').flags).toEqual({ 'dry-run': 'off' });
    expect(parse('run --dry-run --no-dry-run').flags).toEqual({ 'dry-run': 'false' });
  });

  it('add up where they are lists', () => {
    expect(
      parse('run --private-cidrs 10.0.0.0/8 --private-cidrs=fd00::/8 --splay 1m --splay 2m').flags,
    ).toEqual({
      'private-cidrs': '10.0.0.0/8,fd00::/8',
      splay: '2m',
    });
  });

  it('may be empty only where that means something', () => {
    expect(parse('run --agent-log=').flags).toEqual({ 'agent-log': '' });
    expect(parseCommandLine(['run', '--agent-log', '']).flags).toEqual({ 'agent-log': '' });
    expect(problemsOf('run --region=')).toMatchObject([{ code: 'usage-value-missing' }]);
  });
});

describe('mistakes', () => {
  it.each([
    ['', [{ code: 'usage-no-command' }]],
    ['chek', [{ code: 'usage-command', nearest: 'check' }]],
    ['frobnicate', [{ code: 'usage-command', advice: expect.stringContaining('run, check, doctor') }]],
    ['run --regoin eu-west-1', [{ code: 'usage-flag', name: '--regoin', nearest: '--region' }]],
    ['run --no-dryrun', [{ nearest: '--no-dry-run' }]],
    ['run -x', [{ code: 'usage-flag', name: '-x' }]],
    ['status -x -x', [{ name: '-x', advice: 'ecs-privatelinkd help status lists the flags.' }]],
    ['-v', [{ code: 'usage-flag', name: '-v', nearest: '--version' }]],
    ['-vv', [{ code: 'usage-flag', name: '-v' }]],
    [
      'check --wiat',
      [
        {
          code: 'usage-flag',
          advice: expect.stringMatching(/help check .*; --wait belongs to status, fleet\.$/),
        },
      ],
    ],
    ['status --wiat', [{ code: 'usage-flag', nearest: '--wait' }]],
    ['run --__proto__ x', [{ code: 'usage-flag' }]],
    ['check --splay 5m', [{ code: 'usage-flag', advice: 'It belongs to run, config.' }]],
    ['run --region', [{ code: 'usage-value-missing', name: '--region' }]],
    ['run --region --dry-run', [{ code: 'usage-value-missing', name: '--region' }]],
    ['run --no-dry-run=yes', [{ code: 'usage-value-needless' }]],
    ['status --wait setled', [{ code: 'usage-value', value: 'setled', nearest: 'settled' }]],
    ['status --timeout 5', [{ code: 'usage-value', nearest: '5s' }]],
    ['check now', [{ code: 'usage-word', name: 'now' }]],
    ['help chek', [{ code: 'usage-value', nearest: 'check' }]],
    ['help check run', [{ code: 'usage-word', name: 'run' }]],
  ])('of %j are named', (line, expected) => {
    const problems = problemsOf(line);
    expect(problems).toMatchObject(expected);
    expect(problems).toHaveLength(expected.length);
  });

  it('are all named at once', () => {
    expect(problemsOf('chek --regoin x --json=maybe').map(({ name }) => name)).toEqual([
      'chek',
      '--regoin',
      '--json',
    ]);
  });

  it('hide no command behind an unknown flag', () => {
    expect(problemsOf('--verbose run')).toMatchObject([{ name: '--verbose' }]);
  });
});
