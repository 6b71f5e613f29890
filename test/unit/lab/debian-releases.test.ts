import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { nodeForMachines } from '../../lab/hosts/machine/node.ts';

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: inCheckout('.'),
    env: { ...process.env, ECS_PRIVATELINKD_LAB_RELEASE: '', ...env },
  });
  return { status, stdout, stderr };
}

describe('build-tree.sh', () => {
  const script = inCheckout('test/lab/hosts/machine/build-tree.sh');
  const path = (args: readonly string[], env = {}) => run(script, ['--path', ...args], env).stdout.trim();

  it('has a tree for each release, bookworm unless told otherwise', () => {
    const cache = { ECS_PRIVATELINKD_LAB_CACHE: '/lab cache' };
    expect(path([], cache)).toMatch(/^\/lab cache\/tree-bookworm-[0-9a-f]{16}$/);
    expect(path(['trixie'], cache)).toMatch(/^\/lab cache\/tree-trixie-[0-9a-f]{16}$/);
    const trixie = { ECS_PRIVATELINKD_LAB_RELEASE: 'trixie' };
    expect(path([], trixie)).toBe(path(['trixie']));
    expect(path(['bookworm'], trixie)).toBe(path([]));
  });

  it('refuses another release', () => {
    const { status, stderr } = run(script, ['potato']);
    expect(status).toBe(64);
    expect(stderr).toContain('bookworm, trixie');
  });
});

describe('debian.sh', () => {
  const script = inCheckout('test/matrix/debian.sh');

  it('explains itself', () => {
    expect(run(script, ['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('--instance'),
    });
  });

  it.each(['potato', '--all', 'test/integration/nothing.test.ts', 'test/unit/lab/debian-releases.test.ts'])(
    'refuses %s before it does anything',
    (argument) => {
      const { status, stderr } = run(script, [argument]);
      expect(status).toBe(64);
      expect(stderr).toContain(argument);
    },
  );
});

describe('the report of a run', () => {
  const test = (status: string) => ({ status, fullName: `a test that ${status}` });

  function report(file: object | undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'ecs-privatelinkd-report-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'report.json');
    if (file !== undefined) writeFileSync(path, JSON.stringify({ testResults: [file] }));
    return run(process.execPath, [inCheckout('test/matrix/report.mjs'), 'trixie', path]);
  }
  const file = (status: string, ...assertionResults: readonly object[]) => ({
    name: inCheckout('test/a.test.ts'),
    status,
    startTime: 0,
    endTime: 2_400,
    message: 'does not compile',
    assertionResults,
  });

  it('is good when every test passed', () => {
    const { status, stdout } = report(file('passed', test('passed')));
    expect(stdout).toMatch(/test\/a\.test\.ts +1 passed +2 s\n/);
    expect(status).toBe(0);
  });

  it.each([
    ['failed', file('failed', test('passed'), test('failed'))],
    ['skipped', file('passed', test('passed'), test('skipped'))],
    ['failed: test/a.test.ts: does not compile', file('failed')],
    ['0 passed', file('passed')],
    ['no report', undefined],
  ])('names what is not good: %s', (told, results) => {
    const { status, stdout } = report(results);
    expect(stdout).toContain(told);
    expect(status).toBe(1);
  });
});

describe('the Node.js of machines', () => {
  it('is this one, unless it needs libraries that only its own system has', () => {
    expect(nodeForMachines(false)).toBe(realpathSync(process.execPath));
    const carried = inCheckout('package.json');
    expect(nodeForMachines(true, carried)).toBe(carried);
    expect(() => nodeForMachines(true, '/nonexistent/node')).toThrow('scripts/package.sh');
  });
});
