import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ExitCodeRow, exitCodes } from '../../src/settings/exit-codes.ts';
import { inCheckout } from '../lab/checkout.ts';
import { runCommand } from '../lab/hosts/machine/command.ts';
import { packageFile, shell } from './built-packages.ts';
import { makeRoot, type Root } from './root.ts';

const unitFile = inCheckout('systemd/ecs-privatelinkd.service');
let root: Root;

beforeAll(async () => {
  root = await makeRoot();
  await root.run(`sh /packages/install.sh /packages/${basename(packageFile('deb'))}`);
});

afterAll(async () => {
  await root.remove();
});

it('systemd-analyze security: at most 2.0', async () => {
  const { code, stdout } = await runCommand([
    'systemd-analyze',
    'security',
    '--offline=yes',
    '--threshold=20',
    '--no-pager',
    unitFile,
  ]);
  expect(code, stdout).toBe(0);
});

it('systemd-analyze verify: nothing to say, man page included', async () => {
  // The one under test, where it is not the packaged one.
  cpSync(unitFile, join(root.path, 'usr/lib/systemd/system/ecs-privatelinkd.service'));
  const verified = await root.run('systemd-analyze verify ecs-privatelinkd.service');
  expect(verified).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('does not wait for the agent, nor for what the agent waits for', async () => {
  const unit = await shell('cat "$1"', [unitFile]);
  const ordering = unit.match(/^(After|Before|Wants|Requires|Requisite|BindsTo|PartOf)=.*$/gm) ?? [];
  expect(ordering).toEqual(['After=network.target docker.service docker.socket']);
});

it('is not started again after the exit codes that a supervisor is told to leave alone', async () => {
  const unit = await shell('cat "$1"', [unitFile]);
  const prevented = /^RestartPreventExitStatus=(.*)$/m.exec(unit)?.[1]?.split(' ').map(Number);
  const terminal = Object.values<ExitCodeRow>(exitCodes)
    .filter((row) => row.terminal)
    .map(({ code }) => code);
  expect(terminal).toContain(78);
  expect(prevented).toEqual(terminal);
});
