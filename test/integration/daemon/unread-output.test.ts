import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStatus } from '../../../src/report/status-reader.ts';
import { inCheckout } from '../../lab/checkout.ts';
import { endChild } from '../../lab/processes.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';

// Whoever reads the daemon's standard output (journald, a program at a pipe) hangs or ends. The host has no Engine, and
// every look is logged.

let directory: string;
let daemon: ChildProcess | undefined;

beforeEach(async () => {
  directory = await makeTemporaryDirectory('unread-output');
});

afterEach(async () => {
  if (daemon) await endChild(daemon, 5_000);
  daemon = undefined;
  await rm(directory, { recursive: true });
});

/** Fills what stands between the daemon and its reader before the daemon's first line. */
const fill = `
const { writeSync } = require('node:fs');
void process.stdout;
for (let size = 65536; size >= 1; ) {
  try { writeSync(1, '\\n'.repeat(size)); } catch (error) { if (error.code !== 'EAGAIN') throw error; size >>= 1; }
}
`;

function startDaemon(stdout: 'pipe' | number, required: readonly string[] = []): ChildProcess {
  const flags = required.flatMap((file) => ['--require', file]);
  daemon = spawn(process.execPath, [...flags, inCheckout('build/ecs-privatelinkd.cjs'), 'run'], {
    stdio: ['ignore', stdout, 'inherit'],
    env: {
      AWS_EC2_METADATA_DISABLED: 'true',
      ECS_PRIVATELINKD_DOCKER_HOST: `unix://${directory}/docker.sock`,
      ECS_PRIVATELINKD_AGENT_INTROSPECTION: 'http://127.0.0.1:9',
      ECS_PRIVATELINKD_STATE_DIR: join(directory, 'state'),
      ECS_PRIVATELINKD_RUN_DIR: join(directory, 'run'),
      ECS_PRIVATELINKD_LOG_LEVEL: 'debug',
      ECS_PRIVATELINKD_WAITING_INTERVAL: '100ms',
    },
  });
  return daemon;
}

const told = () => readStatus(join(directory, 'run'))?.daemon;

async function expectLooks(more: number): Promise<void> {
  const before = told()?.looks ?? 0;
  await expect.poll(() => told()?.looks ?? 0).toBeGreaterThan(before + more);
}

async function expectEndsAtOnce(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}

describe('a reader that stands still', () => {
  it.each(['a pipe', 'a socket'])(
    'at %s: the daemon goes on, counts what is lost, and obeys SIGTERM',
    async (kind) => {
      const filler = join(directory, 'fill.cjs');
      await writeFile(filler, fill);
      let stdout: 'pipe' | number = 'pipe';
      let reading: number | undefined;
      if (kind === 'a pipe') {
        const path = join(directory, 'pipe');
        spawnSync('mkfifo', [path]);
        reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
        stdout = openSync(path, constants.O_WRONLY);
      }
      try {
        const child = startDaemon(stdout, [filler]);
        child.stdout?.pause();
        // What the pipe's other end has taken by itself has to be filled once more.
        await expect.poll(() => told()?.linesLost ?? 0).toBeGreaterThan(5);
        await expectLooks(10);
        await expectEndsAtOnce(child);
      } finally {
        if (reading !== undefined) closeSync(reading);
        if (typeof stdout === 'number') closeSync(stdout);
      }
    },
  );

  it('and goes on reading is told how many lines it missed; each that it gets is whole', async () => {
    const filler = join(directory, 'fill.cjs');
    await writeFile(filler, fill);
    const child = startDaemon('pipe', [filler]);
    // Half of them are tries to tell of the others.
    await expect.poll(() => told()?.linesLost ?? 0).toBeGreaterThan(12);
    if (!child.stdout) throw new Error('no standard output');
    await expectNotice(child.stdout);
    await expectEndsAtOnce(child);
  });
});

it('a reader that ended and one that takes its place: the daemon is heard again', async () => {
  const path = join(directory, 'pipe');
  spawnSync('mkfifo', [path]);
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(path, constants.O_WRONLY);
  const child = startDaemon(writing);
  closeSync(writing);
  await expectLooks(2);
  closeSync(first);
  await expect.poll(() => told()?.linesLost ?? 0).toBeGreaterThan(12);
  await expectLooks(2);
  const second = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  await expectNotice(new Socket({ fd: second }));
  await expectEndsAtOnce(child);
});

/**
 * Reads until it is told that more than five lines were lost, and three lines more. Several tell that where the reader's
 * own end of the pipe had taken some while it stood still.
 */
async function expectNotice(stream: NodeJS.ReadableStream): Promise<void> {
  let lost = 0;
  let since = 0;
  for await (const line of createInterface({ input: stream })) {
    if (line === '') continue;
    const { event, lines }: Record<string, unknown> = JSON.parse(line);
    since = event === 'log-lines-lost' ? 0 : since + 1;
    if (event === 'log-lines-lost') lost += Number(lines);
    if (lost > 5 && since >= 3) return;
  }
  throw new Error(`told of ${lost} lines`);
}
