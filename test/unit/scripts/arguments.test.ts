import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { type CommandResult, runCommand } from '../../lab/hosts/machine/command.ts';
import { usage as rehearsalUsage } from '../../lab/rehearse/options.ts';
import { writePrograms } from '../../lab/scripts/fake-programs.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'arguments-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Runs a script in another directory than the checkout, where whatever installs or builds leaves a mark. */
async function run(script: string, ...args: string[]): Promise<CommandResult & { began: boolean }> {
  const mark = join(directory, 'began');
  const body = `: >'${mark}'`;
  const names = [
    'apt-get',
    'apt-helper',
    'npm',
    'npx',
    'node',
    'docker',
    'debootstrap',
    'unshare',
    'setpriv',
  ];
  const fakes = writePrograms(join(directory, 'bin'), Object.fromEntries(names.map((name) => [name, body])));
  const argv = ['env', '--chdir', directory, inCheckout(`scripts/${script}`), ...args] as const;
  const result = await runCommand([...argv], {
    env: { HOME: directory, PATH: `${fakes}:${process.env['PATH']}` },
  });
  return { ...result, began: existsSync(mark) };
}

describe.each(['rehearse.sh', 'campaign.sh', 'package.sh', 'bench.sh', 'fresh.sh', 'lab.sh', 'pictures.sh'])(
  '%s',
  (script) => {
    it.each(['--help', '-h'])('answers %s at once', async (flag) => {
      const { stdout, ...rest } = await run(script, flag);
      expect(rest).toEqual({ code: 0, stderr: '', began: false });
      expect(stdout).toContain(`scripts/${script}`);
      expect(stdout).toMatch(/exit codes?:/i);
    });

    it('refuses what it does not know, and names what it does, before it begins', async () => {
      const { stderr, ...rest } = await run(script, '--frobnicate');
      expect(rest).toEqual({ code: 64, stdout: '', began: false });
      expect(stderr).toMatch(
        new RegExp(`^${script}: no such (argument|command): --frobnicate; accepted: .*--help\n$`),
      );
    });
  },
);

it('install.sh answers --help without root and without a source', async () => {
  const { stdout, ...rest } = await run('install.sh', '--help');
  expect(rest).toEqual({ code: 0, stderr: '', began: false });
  expect(stdout).toContain('--uninstall');
});

it("rehearse.sh tells the program's own usage", async () => {
  expect((await run('rehearse.sh', '--help')).stdout.trim()).toBe(rehearsalUsage.trim());
});

it.each([
  ['rehearse.sh', ['--engine', 'podman'], '--engine takes docker|embedded, not "podman"'],
  ['rehearse.sh', ['--engine'], '--engine takes docker|embedded, not ""'],
  ['rehearse.sh', ['--fast=yes'], 'no such argument: --fast=yes'],
  ['campaign.sh', ['--seed', 'x'], '--seed takes a whole number, not "x"'],
  ['package.sh', ['--fast', '--arch', 'arm'], '--arch takes x86_64|aarch64, not "arm"'],
  ['package.sh', ['--out'], '--out takes a value (DIR)'],
  [
    'package.sh',
    ['--release'],
    "--release takes ECS_PRIVATELINKD_MAINTAINER='NAME <ADDRESS>' in the environment",
  ],
  ['fresh.sh', ['trixie', '--only', 'lab'], '--only takes rehearse or test, not "lab"'],
  ['lab.sh', ['create', 'ecs-agnet'], 'no such command: create ecs-agnet'],
  ['lab.sh', ['fault', 'imds'], 'no such command: fault imds'],
  ['lab.sh', [], 'a command is missing'],
])('%s %j is refused', async (script, args, reason) => {
  const { code, stderr, began } = await run(script, ...args);
  expect({ code, began }).toEqual({ code: 64, began: false });
  expect(stderr).toContain(`${script}: ${reason}; accepted: `);
});
