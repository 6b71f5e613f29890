import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createEngineClient } from '../../../src/agent/engine-client.ts';
import { ProblemError } from '../../../src/kit/problem.ts';
import { createEngineAtRest } from '../../../src/supervision/engine-at-rest.ts';
import { type FakeProcess, fakeProc } from '../agent/proc-fake.ts';

const signal = new AbortController().signal;
let proc: ReturnType<typeof fakeProc>;
let directory: string;
let monoMs: number;
let asked: number;
let units: { socket: string; listen: string; service: string } | undefined;
let atRest: ReturnType<typeof createEngineAtRest>;

beforeEach(() => {
  proc = fakeProc();
  directory = mkdtempSync(join(tmpdir(), 'rest-'));
  monoMs = 0;
  asked = 0;
  units = { socket: 'active', listen: '/nowhere/docker.sock', service: 'inactive' };
  atRest = createEngineAtRest({
    socketPath: '/nowhere/docker.sock',
    procDir: proc.directory,
    pidFile: join(directory, 'docker.pid'),
    monotonicMs: () => monoMs,
    systemctl: () => {
      asked += 1;
      if (!units) {
        return Promise.reject(new ProblemError({ code: 'systemctl-missing', message: '', advice: '' }));
      }
      const shown = [
        `Id=docker.socket\nActiveState=${units.socket}\nListen=${units.listen} (Stream)\n`,
        `Id=docker.service\nActiveState=${units.service}\n`,
      ];
      return Promise.resolve(shown.join('\n'));
    },
  });
});
afterEach(() => {
  proc.remove();
  rmSync(directory, { recursive: true });
});

it.each(['inactive', 'failed'])(
  'a dockerd that is %s is not connected to where that would start it',
  async (service) => {
    units = { socket: 'active', listen: '/nowhere/docker.sock', service };
    expect(await atRest(signal)).toMatchObject({ code: 'engine-at-rest' });
    const client = createEngineClient({ socketPath: '/nowhere/docker.sock', answerTimeoutMs: 1_000, atRest });
    // Without that it would find that there is no such socket.
    for (const call of [
      client.version(signal),
      client.inspect('ecs-agent', signal),
      client.events('ecs-agent', signal),
    ]) {
      await expect(call).rejects.toMatchObject({ problem: { code: 'engine-at-rest' } });
    }
  },
);

it('one that runs is, and nobody is asked', async () => {
  writeFileSync(join(directory, 'docker.pid'), '77');
  proc.add(77, { comm: 'dockerd' });
  expect(await atRest(signal)).toBeUndefined();
  expect(asked).toBe(0);
  proc.end(77);
  expect(await atRest(signal)).toMatchObject({ code: 'engine-at-rest' });
});

it.each<[string, FakeProcess | undefined]>([
  ['has ended and is not yet waited for', { comm: 'dockerd', state: 'Z' }],
  ['is another program by now', { comm: 'sshd' }],
  ['cannot be read', undefined],
])('a process of that id that %s is none that runs', async (_, process) => {
  writeFileSync(join(directory, 'docker.pid'), '77');
  if (process) proc.add(77, process);
  else mkdirSync(join(proc.directory, '77', 'stat'), { recursive: true });
  expect(await atRest(signal)).toMatchObject({ code: 'engine-at-rest' });
  expect(asked).toBe(1);
});

it('a systemd that hangs is given a second, and keeps nobody from the Engine', async () => {
  const hung = createEngineAtRest({
    socketPath: '/nowhere/docker.sock',
    procDir: proc.directory,
    pidFile: join(directory, 'docker.pid'),
    monotonicMs: () => monoMs,
    systemctl: () => new Promise(() => undefined),
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let over = false;
    const asking = hung(signal).then((problem) => {
      over = true;
      return problem;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(true);
    expect(await asking).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

it('nobody goes on once it is no longer asked for', async () => {
  units = undefined;
  const own = new AbortController();
  const asking = atRest(own.signal);
  own.abort(new Error('enough'));
  await expect(asking).rejects.toThrow('enough');
});

it.each([
  ['is being started', { socket: 'active', listen: '/nowhere/docker.sock', service: 'activating' }],
  [
    'runs with its process id elsewhere',
    { socket: 'active', listen: '/nowhere/docker.sock', service: 'active' },
  ],
  ['has a socket of its own', { socket: 'inactive', listen: '/nowhere/docker.sock', service: 'inactive' }],
  ['listens elsewhere', { socket: 'active', listen: '/run/other.sock', service: 'inactive' }],
  ['no systemd can tell of', undefined],
])('one that %s is', async (_, shown) => {
  units = shown;
  expect(await atRest(signal)).toBeUndefined();
});

it('where systemd does not hold the socket it is asked once a minute', async () => {
  units = undefined;
  for (monoMs = 0; monoMs < 120_000; monoMs += 5_000) await atRest(signal);
  expect(asked).toBe(2);
});

it("in a container, the host's own file of its process id is read", async () => {
  proc.add(1, { comm: 'systemd' });
  proc.add(99, { comm: 'dockerd' });
  const onHost = join(proc.directory, '1/root', directory);
  mkdirSync(onHost, { recursive: true });
  writeFileSync(join(onHost, 'docker.pid'), '99\n');
  expect(await atRest(signal)).toBeUndefined();
  expect(asked).toBe(0);
});
