import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';

/** What a daemon without an Engine logs into a pipe before it is ended. `journal`: the pipe is said to lead to journald. */
async function logged({ journal }: { journal: boolean }): Promise<string[]> {
  const directory = await makeTemporaryDirectory('priorities');
  try {
    const path = join(directory, 'pipe');
    spawnSync('mkfifo', [path]);
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(path, constants.O_WRONLY);
    const { dev, ino } = fstatSync(writing);
    const daemon = spawn(process.execPath, [inCheckout('build/ecs-privatelinkd.cjs'), 'run'], {
      stdio: ['ignore', writing, 'ignore'],
      env: {
        JOURNAL_STREAM: `${dev}:${journal ? ino : ino + 1}`,
        AWS_EC2_METADATA_DISABLED: 'true',
        ECS_PRIVATELINKD_DOCKER_HOST: `unix://${directory}/docker.sock`,
        ECS_PRIVATELINKD_AGENT_INTROSPECTION: 'http://127.0.0.1:9',
        ECS_PRIVATELINKD_STATE_DIR: join(directory, 'state'),
        ECS_PRIVATELINKD_RUN_DIR: join(directory, 'run'),
        ECS_PRIVATELINKD_LOG_LEVEL: 'info',
      },
    });
    closeSync(writing);
    const ended = once(daemon, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: new Socket({ fd: reading }) })) {
      lines.push(line);
      // Told in the first look: there is no Engine. The pipe ends with the daemon.
      if (line.includes('"event":"problem"')) daemon.kill('SIGTERM');
    }
    await ended;
    return lines;
  } finally {
    await rm(directory, { recursive: true });
  }
}

it("each line for the journal begins with its level's priority (sd-daemon(3))", async () => {
  const lines = await logged({ journal: true });
  const seen = lines.map((line) => {
    const [, priority, json = ''] = /^<(\d)>(.*)$/.exec(line) ?? [];
    const { event, level, severity } = JSON.parse(json);
    expect(severity).toBe(Number(priority));
    expect(severity).toBe({ info: 6, warn: 4, error: 3 }[String(level)]);
    return { event, severity };
  });
  expect(seen).toContainEqual({ event: 'daemon-started', severity: 6 });
  expect(seen).toContainEqual({ event: 'problem', severity: 4 });
});

it('lines for anything else are JSON and nothing more', async () => {
  const lines = await logged({ journal: false });
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
});
