import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { exitRows } from '../../../scripts/texts/exits.ts';
import { type JsonCommand, jsonVersions } from '../../../src/cli/json-versions.ts';
import { takeInstanceLock } from '../../../src/daemon/single-instance.ts';
import { commandNames } from '../../../src/settings/command-names.ts';
import type { CommandResult, Host } from '../../lab/hosts/host.ts';
import { documentOf } from '../../lab/json-document.ts';
import { bundle, environmentOf, type Settings } from '../../lab/program.ts';
import { createEndpoints, describeOnEngine } from './stage.ts';

/** They ask AWS: test/integration/fleet and plan bring their rows about. */
const operators = ['fleet', 'plan'];

type Run = (args: readonly string[], settings?: Settings) => Promise<CommandResult>;

/** What has been seen to end with what: `status 69`. */
class Seen {
  readonly rows = new Set<string>();

  /** Runs it, by `--json` where it has that; the document has an error where the row is one of those. */
  async ends(
    code: number,
    run: Run,
    args: readonly [string, ...string[]],
    settings?: Settings,
  ): Promise<void> {
    const [command] = args;
    const json = Object.hasOwn(jsonVersions, command);
    const { exitCode, stdout, stderr } = await run([...args, ...(json ? ['--json'] : [])], settings);
    expect({ args, exitCode, stderr }).toEqual({ args, exitCode: code, stderr: expect.any(String) });
    if (json) {
      const document = documentOf(command as JsonCommand, stdout);
      expect(document).toMatchObject({ command, version: 1 });
      if (code === 64 || code === 78) expect(document.error.advice).not.toBe('');
    }
    // Node.js 20 warns of listeners that it takes for a leak.
    expect(stderr).not.toContain('Warning');
    // Whoever reads no JSON is told as much.
    if (code === 64 || code === 78) expect(stderr).toMatch(/^error: .+\. .+[.?]$/m);
    this.rows.add(`${command} ${code}`);
  }
}

/** The program as a user without rights runs it, on a copy that every user can read. */
function asNobody(host: Host): Run {
  const copy = mkdtempSync(join(tmpdir(), 'open-'));
  chmodSync(copy, 0o755);
  const directory = dirname(bundle);
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.cjs'))) {
    cpSync(join(directory, name), join(copy, name));
  }
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  return (args, settings = {}) =>
    new Promise((resolve) => {
      const env = {
        PATH: process.env['PATH'],
        ...environmentOf({ 'docker-host': `unix://${host.engine.socketPath}`, ...settings }),
      };
      const command = [...user, process.execPath, join(copy, 'ecs-privatelinkd.cjs'), ...args];
      const child = execFile('setpriv', command, { env }, (_, stdout, stderr) =>
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
}

describeOnEngine('the table of exit codes', (newHost) => {
  it('is what the program gives, for each command and each code', async () => {
    const host = await newHost();
    const seen = new Seen();
    const run: Run = (args, settings) => host.command(args, settings);
    const { directory } = host.lab;
    const file = join(directory, 'wrong.config');
    writeFileSync(file, 'ECS_PRIVATELINKD_SPLAI=5m\n');

    for (const command of commandNames) {
      await seen.ends(64, run, [command, ...(command === 'help' ? ['chek'] : ['--nonsense'])]);
      if (!['version', 'help', ...operators].includes(command)) {
        await seen.ends(78, run, [command], { config: join(directory, 'none.config') });
      }
    }
    await seen.ends(0, run, ['version']);
    await seen.ends(0, run, ['help']);
    await seen.ends(0, run, ['config']);
    expect((await run(['config'], { config: file })).exitCode).toBe(78);

    // No daemon, no endpoints.
    await seen.ends(69, run, ['status']);
    await seen.ends(69, run, ['status', '--wait', 'settled', '--timeout', '1s']);
    await seen.ends(69, run, ['explain']);
    await seen.ends(1, run, ['check']);
    await seen.ends(1, run, ['restart', '--if-needed']);
    const without = { 'docker-host': `unix://${directory}/none.sock`, 'imds-endpoint': 'http://127.0.0.1:9' };
    for (const args of [['check'], ['restart'], ['restart', '--if-needed']] as const) {
      await seen.ends(69, run, args, without);
    }
    await seen.ends(1, run, ['doctor', '--only', 'docker-engine'], without);
    await seen.ends(0, run, ['doctor', '--only', 'docker-engine']);
    await seen.ends(64, run, ['doctor', '--bundle', join(directory, 'none', 'x.tar.gz')]);

    // Those that only look leave nothing.
    const left = { 'run-dir': join(directory, 'left', 'run'), 'state-dir': join(directory, 'left', 'state') };
    for (const args of [
      ['check'],
      ['doctor'],
      ['status'],
      ['explain'],
      ['config'],
      ['restart', '--dry-run'],
    ]) {
      await run(args, left);
    }
    expect(existsSync(join(directory, 'left'))).toBe(false);

    // Nobody's.
    const nobody = asNobody(host);
    const locked = join(directory, 'locked');
    mkdirSync(locked, { mode: 0o700 });
    const denied = { 'run-dir': join(locked, 'run'), 'state-dir': join(locked, 'state') };
    await seen.ends(77, nobody, ['run'], denied);
    await seen.ends(77, nobody, ['restart'], denied);
    await seen.ends(77, nobody, ['check']);
    await seen.ends(77, nobody, ['doctor', '--only', 'clock', '--bundle', '/root/x.tar.gz']);

    // Another one acts on the host.
    const byHand = takeInstanceLock(host.runDirectory, '/proc', 'restart');
    if (!('lock' in byHand)) throw new Error('held');
    await seen.ends(75, run, ['restart']);
    await seen.ends(75, run, ['run']);
    // It is no daemon that starts.
    const status = await run(['status', '--json']);
    expect(documentOf('status', status.stdout).error.code).toBe('daemon-not-running');
    byHand.lock.release();

    const daemon = host.startDaemon();
    await daemon.looks(1);
    // Its command line stays what it is.
    expect(readFileSync(`/proc/${daemon.pid}/comm`, 'utf8')).toBe('ecs-privatelink\n');
    expect(readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')).toContain('ecs-privatelinkd.cjs\0run\0');
    await seen.ends(75, run, ['run']);
    await seen.ends(1, run, ['status']);
    await seen.ends(75, run, ['status', '--wait', 'settled', '--timeout', '300ms']);
    await seen.ends(0, run, ['explain']);
    await createEndpoints(host);
    await seen.ends(0, run, ['status', '--wait', 'settled']);
    await seen.ends(0, run, ['status']);
    await seen.ends(0, run, ['check']);
    await seen.ends(0, run, ['restart', '--if-needed']);
    daemon.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    seen.rows.add('run 0');

    const rows = exitRows().map(({ command, code }) => `${command} ${code}`);
    const ofOperators = (row: string) => operators.some((command) => row.startsWith(`${command} `));
    expect(new Set(rows.filter((row) => !ofOperators(row)))).toEqual(
      new Set([...seen.rows].filter((row) => !ofOperators(row))),
    );
  });
});
