import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerEngine, startDockerEngine } from '../../lab/hosts/docker-engine.ts';
import {
  cleanUp,
  expectNothingLeft,
  startEmbedded,
  startRehearsal,
  takeKeptLog,
  temporaryDirectory,
} from './rehearsal.ts';

function lastLine(engine: string, end: string): RegExp {
  return new RegExp(
    `^rehearsal: engine=${engine} settled=true restarts=1 dns_to_restart_ms=\\d+ restart_to_connected_ms=\\d+ ${end}$`,
  );
}

/** The environment with an iptables of its own, a script. */
function withIptables(script: string): Record<string, string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'iptables'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'iptables'), 0o755);
  return { PATH: `${directory}:${process.env['PATH']}` };
}

afterAll(cleanUp);

// Each in a network of its own, so that they do not disturb each other.
describe.concurrent('rehearsal with the embedded Engine', () => {
  it('shows ecs-init creating the agent anew, in lines of 80 columns', async () => {
    const rehearsal = startEmbedded();
    const { code, lines, text } = await rehearsal.result;
    expect(lines.at(-1)).toMatch(lastLine('embedded', 'verb=kill supervised=true'));
    expect(lines.slice(0, -1).filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/POST \/containers\/\w{12}\/kill\?signal=SIGKILL/);
    expect(text).toContain('ecs-init Agent exited with code 137');
    const [first, second, ...more] = [...text.matchAll(/create, id (\w{12})/g)].map(([, id]) => id);
    expect(text).toContain(`ecs-init Agent started as container ${second}`);
    expect(second).not.toBe(first);
    expect(more).toEqual([]);
    expect(text).toMatch(/ecs-init \(process \d+\) is alive and owns the new container/);
    expect(text).toContain('NAT rules for task credentials (169.254.170.2): present');
    expect(code).toBe(0);
    await expectNothingLeft(rehearsal.temporary);
  });

  it('rehearses a host without ecs-init with --plain', async () => {
    const { code, lines, text } = await startEmbedded('--plain').result;
    expect(lines.at(-1)).toMatch(lastLine('embedded', 'verb=kill supervised=none'));
    expect(text).toMatch(/POST \/containers\/\w{12}\/start/);
    expect(code).toBe(0);
  });

  it('says so where NAT rules cannot be made, and goes on', async () => {
    const env = withIptables('echo "no permission" >&2; exit 4');
    const { code, text } = await startRehearsal(['--engine', 'embedded', '--json'], env).result;
    expect(text).toMatch(/not checked \(nat=unavailable\): .*no permission/);
    expect(text).toContain('"nat":"unavailable"');
    expect(code).toBe(0);
  });

  it('fails when the NAT rules are gone in the end', async () => {
    const env = withIptables('case " $* " in *" -C "*) exit 1 ;; esac');
    const result = await startRehearsal(['--engine', 'embedded'], env).result;
    expect(result.text).toContain('NAT rules for task credentials (169.254.170.2): missing');
    expect(result.code).toBe(1);
    takeKeptLog(result);
  });

  it('tells the reason and advice of a daemon that does not restart the agent, and keeps its log', async () => {
    const rehearsal = startEmbedded('--set', 'restart=off', '--timeout', '15');
    const result = await rehearsal.result;
    const { code, text, lines } = result;
    expect(code).toBe(1);
    expect(text).toContain('timed out after 15 s waiting for the restart of the agent');
    expect(text).toMatch(/The daemon has been blocked for \d+ s \([a-z-]+\): .*restart=off/);
    expect(text).toContain('Advice: ');
    expect(text).toContain('Its last events: ');
    expect(lines.at(-1)).toMatch(/settled=false restarts=0 .* verb=none supervised=true$/);
    expect(takeKeptLog(result)).toContain('"event":"daemon-started"');
    await expectNothingLeft(rehearsal.temporary);
  });

  it('does not wait for a daemon that has ended', async () => {
    const result = await startEmbedded('--set', 'settle-rounds=many').result;
    expect(result.text).toContain('the daemon ended with exit code 78 before');
    expect(result.text).toMatch(/daemon .*settle-rounds/i);
    expect(result.code).toBe(1);
    takeKeptLog(result);
  });

  it('explains its options', async () => {
    expect(await startRehearsal(['--help']).result).toMatchObject({ code: 0 });
    for (const wrong of [['--engine', 'steam'], ['--set', 'restart'], ['--timeout', 'soon'], ['--steam']]) {
      const { code, errors } = await startRehearsal(wrong).result;
      expect(errors).toContain('usage: ');
      expect(code).toBe(64);
    }
    expect(await startRehearsal(['--engine', 'docker']).result).toMatchObject({ code: 69 });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('cleans up after %s', async (signal, exitCode) => {
    const { child, said, result, temporary } = startEmbedded();
    await said('endpoint ecs-telemetry');
    child.kill(signal);
    expect(await result).toMatchObject({ code: exitCode });
    await expectNothingLeft(temporary);
  });

  it('cleans up after Ctrl-C of a terminal, which reaches all of its processes', async () => {
    const { child, said, result, temporary } = startEmbedded();
    await said('endpoint ecs-telemetry');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await result).toMatchObject({ code: 130 });
    await expectNothingLeft(temporary);
  });

  it('leaves no process after SIGKILL, and the next one removes the files', async () => {
    const { child, said, result, temporary } = startEmbedded();
    await said('endpoint ecs-telemetry');
    child.kill('SIGKILL');
    await result;
    const next = startRehearsal(['--engine', 'embedded'], {}, temporary);
    expect(await next.result).toMatchObject({ code: 0 });
    await expectNothingLeft(temporary);
  });

  it('runs beside another one', async () => {
    const temporary = temporaryDirectory();
    const both = [1, 2].map(() => startRehearsal(['--engine', 'embedded'], {}, temporary).result);
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
    await expectNothingLeft(temporary);
  });

  it('says so when the temporary directory is too long for a socket', async () => {
    const TMPDIR = join(temporaryDirectory(), 'long'.repeat(20));
    mkdirSync(TMPDIR);
    const { code, text } = await startRehearsal(['--engine', 'embedded'], { TMPDIR }).result;
    expect(text).toContain('is too long for a socket: set TMPDIR to a shorter directory');
    expect(code).toBe(1);
    expect(readdirSync(TMPDIR)).toEqual([]);
  });
});

describe('rehearsal on a real Engine', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await startDockerEngine();
  });
  afterAll(() => engine.close());

  const start = (args: readonly string[] = [], temporary?: string) =>
    startRehearsal(args, { DOCKER_HOST: `unix://${engine.socketPath}` }, temporary);

  async function expectNoContainers(): Promise<void> {
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    expect(await engine.docker.listImages()).toEqual([]);
  }

  it('shows ecs-init creating the agent anew, told as JSON lines, and leaves nothing behind', async () => {
    const rehearsal = start(['--json']);
    const { code, lines } = await rehearsal.result;
    expect(lines.at(-1)).toMatch(lastLine('docker', 'verb=kill supervised=true'));
    const events = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({
      event: 'summary',
      engine: 'docker',
      settled: true,
      restarts: 1,
      verb: 'kill',
      supervised: true,
      nat: 'present',
    });
    expect(events.filter(({ event }) => event === 'endpoint-created').map(({ service }) => service)).toEqual([
      'ecs-agent',
      'ecs-telemetry',
      'ecs',
    ]);
    const created = events.filter(({ source, event }) => source === 'engine' && event === 'create');
    expect(new Set(created.map(({ id }) => id)).size).toBe(2);
    expect(code).toBe(0);
    await expectNoContainers();
    await expectNothingLeft(rehearsal.temporary);
  });

  it('rehearses a host without ecs-init with --plain', async () => {
    const { code, lines } = await start(['--plain']).result;
    expect(lines.at(-1)).toMatch(lastLine('docker', 'verb=kill supervised=none'));
    expect(code).toBe(0);
    await expectNoContainers();
  });

  it('cleans up after SIGTERM', async () => {
    const { child, said, result, temporary } = start();
    await said('endpoint ecs-telemetry');
    child.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 143 });
    await expectNoContainers();
    await expectNothingLeft(temporary);
  });

  it('removes what one left that was killed', async () => {
    const { child, said, result, temporary } = start();
    await said('endpoint ecs-telemetry');
    child.kill('SIGKILL');
    await result;
    expect(await start([], temporary).result).toMatchObject({ code: 0 });
    await expectNoContainers();
    await expectNothingLeft(temporary);
  });
});
