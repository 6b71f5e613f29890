import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkNames } from '../../../src/doctor/order.ts';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import { type Host, startHost } from '../../lab/hosts/host.ts';
import { documentOf } from '../../lab/json-document.ts';
import { againIfBusy } from '../../lab/pace.ts';
import { bundle } from '../../lab/program.ts';
import { screenOf } from '../../lab/screen.ts';
import { createEndpoints } from '../daemon/stage.ts';
import { type FakePrograms, installFakePrograms } from './fake-programs.ts';

const run = promisify(execFile);

describe('the doctor and explain commands', () => {
  let engine: DockerEngine;
  let host: Host;
  let programs: FakePrograms;
  beforeAll(async () => {
    engine = await startDockerEngine();
    host = await startHost({
      engine,
      agentEnvironment: {
        HTTPS_PROXY: 'http://user:hunter2@10.0.0.80:3128',
        ECS_ENGINE_AUTH_DATA: 'hunter2',
      },
      before: async (lab) => void (await lab.startProxy()),
    });
    programs = installFakePrograms(host.lab.directory);
    await host.lab.createEndpoint('ecs-agent');
  });
  afterAll(async () => {
    programs?.close();
    await host?.close();
    await engine?.close();
  });

  it('prints plain lines, the cause last: whole ones to a pipe, as wide as COLUMNS says where that is set', async () => {
    const { stdout, exitCode } = await host.command(['doctor']);
    expect(exitCode).toBe(1);
    for (const cut of ['\u001b', '…']) expect(stdout).not.toContain(cut);
    expect(stdout).toMatch(/^pass {2}imds +http:\/\/169\.254\.169\.254 answers/m);
    expect(stdout).toMatch(/^fail {2}endpoint-ecs-telemetry +ecs-t\.us-east-1\.amazonaws\.com is public.*$/m);
    expect(stdout).toContain('because of endpoints-complete:');
    expect(stdout).toMatch(
      /\nTHE CAUSE: endpoints-complete \(endpoints-missing\)\n {2}seen .*\n {2}means .*\n {2}to do .*doctor --ec2` tells\.\n$/,
    );
    const narrow = await run('env', ['COLUMNS=60', process.execPath, bundle, 'help']);
    for (const line of narrow.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(60);
  });

  /** What it writes to a terminal (of script(1)) of so many columns. */
  async function onTerminal(columns: number, args: string, env: Record<string, string> = {}) {
    const settings = { ECS_PRIVATELINKD_DOCKER_HOST: `unix://${engine.socketPath}`, TERM: 'xterm', ...env };
    const command = `stty cols ${columns}; exec ${process.execPath} ${bundle} ${args}`;
    const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], ...settings },
    }).catch((error: { stdout: string }) => error);
    return stdout.replaceAll('\r\n', '\n');
  }

  it('shows progress and colour on a terminal', async () => {
    const stdout = await onTerminal(80, 'doctor --only imds,clock');
    expect(stdout).toContain('\u001b[32mpass\u001b[0m  imds');
    expect(stdout).toContain('\r\u001b[K');
    expect(stdout).toContain('0 of 2; imds, clock');
    const dumb = await onTerminal(80, 'doctor --only imds,clock', { TERM: 'dumb' });
    expect(dumb).not.toContain('\u001b');
  });

  it.each([20, 40, 79, 200])(
    'leaves nothing of its progress on a terminal of %i columns',
    // What is seen in one run and late in the other differs.
    (columns) =>
      againIfBusy(async () => {
        const only = 'imds,clock,docker-engine,agent-container,agent-path';
        const written = await onTerminal(columns, `doctor --only ${only}`, {
          ECS_PRIVATELINKD_IMDS_ENDPOINT: host.lab.imds.endpoint,
        });
        expect(written).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d of 5/);
        const screen = screenOf(written, columns);
        expect(screen.join('\n')).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏…]|of 5;/);
        expect(screen[0]).toMatch(/^(pass|skip|warn|fail)/);
        expect(screen.filter((line) => /^(pass|skip|warn|fail)(\s|$)/.test(line))).toHaveLength(5);
        // As a pipe gets it, every word is in one piece.
        const { stdout } = await host.command(['doctor', '--only', only]);
        const words = stdout.match(/(?<=\s)[a-z-]{2,18}(?=\s)/g) ?? [];
        expect(words.length).toBeGreaterThan(20);
        expect(words.filter((word) => !screen.some((line) => line.includes(word)))).toEqual([]);
      }),
  );

  it('makes only the checks asked for', async () => {
    const { stdout } = await host.command([
      'doctor',
      '--json',
      '--only',
      'imds,clock',
      '--only',
      'docker-engine',
    ]);
    const { checks } = documentOf('doctor', stdout);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(['imds', 'clock', 'docker-engine']);
  });

  it('names the nearest check for one that does not exist', async () => {
    const { exitCode, stderr } = await host.command(['doctor', '--only', 'imd']);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('imds');
  });

  it('lists the checks', async () => {
    const { stdout, exitCode } = await host.command(['doctor', '--list']);
    expect(exitCode).toBe(0);
    for (const name of checkNames) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
    const { stdout: json } = await host.command(['doctor', '--list', '--json']);
    expect(documentOf('doctor', json).listed).toHaveLength(checkNames.length);
  });

  it('skips with a reason what a user without rights cannot see, and names the missing right', async () => {
    const open = join(host.lab.directory, 'open');
    mkdirSync(open, { recursive: true });
    chmodSync(open, 0o755);
    const programs = readdirSync(dirname(bundle)).filter((name) => name.endsWith('.cjs'));
    for (const name of programs) copyFileSync(join(dirname(bundle), name), join(open, name));
    chmodSync(host.lab.directory, 0o755);
    const { stdout } = await run(
      'setpriv',
      [
        ...['--reuid=65534', '--regid=65534', '--clear-groups'],
        ...[process.execPath, join(open, 'ecs-privatelinkd.cjs'), 'doctor', '--json'],
      ],
      {
        env: {
          PATH: process.env['PATH'],
          ECS_PRIVATELINKD_DOCKER_HOST: `unix://${engine.socketPath}`,
          ECS_PRIVATELINKD_CA_FILE: host.lab.caFile,
        },
      },
    ).catch((error: { stdout: string }) => error);
    const { causes, checks } = JSON.parse(stdout);
    expect(causes).toContain('docker-engine');
    const engineCheck = checks.find(({ name }: { name: string }) => name === 'docker-engine');
    expect(engineCheck).toMatchObject({
      code: 'engine-no-permission',
      advice: expect.stringContaining('root'),
    });
  });

  it('writes a redacted archive', async () => {
    const daemon = host.startDaemon();
    await daemon.until(() => true);
    const path = join(host.lab.directory, 'case.tar.gz');
    const { stderr } = await host.command(['doctor', '--bundle', path]);
    daemon.kill('SIGTERM');
    await daemon.ended;
    expect(stderr).toContain(`Wrote ${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const into = join(host.lab.directory, 'case');
    mkdirSync(into);
    execFileSync('tar', ['-xzf', path, '-C', into, '--strip-components=1']);
    const read = (name: string) => readFileSync(join(into, name), 'utf8');
    expect(JSON.parse(read('doctor.json'))).toMatchObject({ cause: { name: 'endpoints-complete' } });
    expect(JSON.parse(read('status.json'))).toMatchObject({ version: 1, phase: 'waiting' });
    expect(JSON.parse(read('config.json')).dockerHost.origin).toBe(
      'environment ECS_PRIVATELINKD_DOCKER_HOST',
    );
    expect(JSON.parse(read('versions.json')).agent).toBe('1.105.1');
    expect(read('ecs-agent.log')).toContain('Establishing a Websocket connection');
    expect(read('README.txt')).toContain('Taken out');
    const all = ['doctor.json', 'status.json', 'config.json', 'ecs-agent.log'].map(read).join('\n');
    expect(all).not.toMatch(/hunter2|123456789012/);
    expect(all).toContain('i-0a1b2c3d4e5f60718');
  });

  it('writes the archive to a new file only, never through a link or into a file of another user', async () => {
    const directory = join(host.lab.directory, 'shared');
    mkdirSync(directory);
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched', { mode: 0o644 });
    symlinkSync(victim, join(directory, 'link.tar.gz'));
    symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling.tar.gz'));
    writeFileSync(join(directory, 'theirs.tar.gz'), 'untouched');
    chownSync(join(directory, 'theirs.tar.gz'), 65_534, 65_534);
    for (const name of ['link.tar.gz', 'dangling.tar.gz', 'theirs.tar.gz']) {
      const path = join(directory, name);
      const { exitCode, stderr } = await host.command(['doctor', '--only', 'clock', '--bundle', path]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 64,
        stderr: expect.stringContaining(`${path} exists already`),
      });
    }
    expect(readdirSync(directory).sort()).toEqual([
      'dangling.tar.gz',
      'link.tar.gz',
      'theirs.tar.gz',
      'victim',
    ]);
    for (const path of [victim, join(directory, 'theirs.tar.gz')]) {
      expect(readFileSync(path, 'utf8')).toBe('untouched');
    }
    expect(statSync(victim).mode & 0o777).toBe(0o644);
  });

  it('explains the running daemon’s decision, and says when there is none', async () => {
    const without = await host.command(['explain']);
    expect(without.exitCode).toBe(69);
    expect(without.stderr).toContain('No daemon is running');

    const daemon = host.startDaemon();
    await createEndpoints(host);
    await daemon.until(({ reason }) => reason.code === 'agent-behind-proxy');
    const { stdout, exitCode } = await host.command(['explain']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^seen +ecs-a\.us-east-1\.amazonaws\.com is private/m);
    expect(stdout).toMatch(/^rule +Some states of the host forbid a restart/m);
    expect(stdout).toMatch(/^decision +blocked, since /m);
    expect(stdout).toMatch(/^changes it +The endpoints’ names in NO_PROXY/m);
    const { stdout: json } = await host.command(['explain', '--json']);
    expect(documentOf('explain', json)).toMatchObject({
      phase: 'blocked',
      reason: { code: 'agent-behind-proxy' },
    });
    daemon.kill('SIGTERM');
    await daemon.ended;
  });
});
