import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAgentReader } from '../../../src/agent/agent-reader.ts';
import { countTasksStarting, introspectionAt, readMetadata } from '../../../src/agent/introspection.ts';
import { introspectionListener } from '../../../src/agent/introspection-listener.ts';
import { createTaskCounter } from '../../../src/agent/task-counter.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { paces } from '../../../src/observe/pace.ts';
import { inspectAnswer } from '../agent/engine-fake.ts';
import { type FakeProcess, fakeProc } from '../agent/proc-fake.ts';
import { hasIpv6Loopback } from '../kit/ipv6-loopback.ts';

const signal = new AbortController().signal;
const metadata = JSON.stringify({
  Cluster: 'stolen',
  ContainerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/stolen/1',
  Version: 'Amazon ECS Agent - v1.105.1 (*abc1234)',
});

/** Takes the port that the agent has left for a moment, and says what it likes. */
const thiefProgram = `
  require('node:http').createServer((request, response) => {
    process.stdout.write('asked ');
    response.end(${JSON.stringify(metadata)});
  }).listen(0, '127.0.0.1', function () { process.stdout.write(this.address().port + ' '); });
`;

let thief: ChildProcess;
let agent: ChildProcess;
let said = '';
let address = { host: '127.0.0.1', port: 0 };
beforeAll(async () => {
  agent = spawn('sleep', ['600']);
  thief = spawn(process.execPath, ['-e', thiefProgram], { stdio: ['ignore', 'pipe', 'inherit'] });
  thief.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await vi.waitFor(() => expect(said).toMatch(/^\d+ /), { timeout: 30_000 });
  address = { ...address, port: Number.parseInt(said, 10) };
});
afterAll(() => {
  thief.kill('SIGKILL');
  agent.kill('SIGKILL');
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function answering(body: string | Buffer) {
  server = createServer((_, response) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function reader(pid: number, introspection: typeof address, procDir = '/proc') {
  return createAgentReader({
    engine: { inspect: () => Promise.resolve(inspectAnswer({ state: { Pid: pid } })) },
    supervision: {
      look: () => Promise.resolve({ by: 'none', unit: undefined, evidence: '' }),
      forget: () => undefined,
    },
    clock: systemClock('/proc'),
    containerName: 'ecs-agent',
    isPrivate: () => true,
    introspection,
    logPath: undefined,
    procDir,
  });
}

const look = {
  addresses: { acs: [], tcs: [], api: [] },
  controlPlaneHosts: [],
  maxAgeMs: paces.close.maxAgeMs,
};

/** The agent is process 10, in the network namespace of this one. */
function procOfAgent(agent: FakeProcess, sockets: Readonly<Record<number, string>> = {}) {
  const proc = fakeProc();
  onTestFinished(() => proc.remove());
  proc.add(10, agent);
  proc.connect(10, sockets);
  mkdirSync(join(proc.directory, 'self', 'ns'), { recursive: true });
  mkdirSync(join(proc.directory, 'self', 'net'));
  for (const one of ['self', '10']) symlinkSync('net:[1]', join(proc.directory, one, 'ns', 'net'));
  return proc;
}

describe('who has the port of introspection', () => {
  it('is not asked when it is another process than the agent, and does not make it registered', async () => {
    const seen = await reader(agent.pid ?? 0, address).look(look, signal);
    expect(seen.registration).toMatchObject({
      registered: false,
      introspection: 'foreign',
      cluster: undefined,
    });
    expect(seen.saying?.code).toBe('agent-introspection-foreign');
    expect(said).not.toContain('asked');
  });

  it('is asked when it is the agent', async () => {
    const own = await answering(metadata);
    const { registration } = await reader(process.pid, own).look(look, signal);
    expect(registration).toMatchObject({ registered: true, introspection: 'registered' });
    expect(introspectionListener('/proc', process.pid, own)).toBe('agent');
  });

  it('does not count where somebody else has the same port of another address', async () => {
    const own = await answering(metadata);
    const other = createServer().listen(own.port, '127.0.0.2');
    await once(other, 'listening');
    expect(introspectionListener('/proc', process.pid, { ...own, host: '127.0.0.2' })).toBe('agent');
    expect(introspectionListener('/proc', agent.pid ?? 0, own)).toBe('another');
    expect(introspectionListener('/proc', process.pid, { ...own, host: '127.0.0.3' })).toBe('nobody');
    other.close();
  });

  it('is looked for however this host’s own address is written', async () => {
    const own = await answering(metadata);
    const at = introspectionAt(`http://localhost:${own.port}`);
    expect(introspectionListener('/proc', agent.pid ?? 0, at)).toBe('another');
    expect((await readMetadata(at, signal)).state).toBe('registered');
  });

  it.runIf(hasIpv6Loopback)('is looked for by IPv6 too', async () => {
    const six = createServer((_, response) => response.end(metadata)).listen(0, '::1');
    await once(six, 'listening');
    const { port } = six.address() as AddressInfo;
    const atSix = introspectionAt(`http://[::1]:${port}`);
    expect(introspectionListener('/proc', process.pid, atSix)).toBe('agent');
    expect(introspectionListener('/proc', agent.pid ?? 0, atSix)).toBe('another');
    expect((await readMetadata(atSix, signal)).state).toBe('registered');
    six.closeAllConnections();
    six.close();
  });

  it('is looked for before each question, and must be the agent alone', async () => {
    const proc = procOfAgent({ comm: 'agent' }, { 77: '01' });
    const asked: string[] = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(request.url === '/v1/tasks' ? '{"Tasks":[]}' : metadata);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const held = (...inodes: number[]) => {
      const port = at.port.toString(16).toUpperCase().padStart(4, '0');
      const rows = inodes.map((inode) => `0: 0100007F:${port} 00000000:0000 0A 0:0 0:0 0 0 0 ${inode} 1 x\n`);
      writeFileSync(join(proc.directory, 'self', 'net', 'tcp'), `  sl  local_address\n${rows.join('')}`);
    };
    const ofAgent = reader(10, at, proc.directory);
    const withTasks = { ...look, maxAgeMs: { ...look.maxAgeMs, registration: 600_000, tasks: 0 } };
    held(77);
    expect((await ofAgent.look(withTasks, signal)).registration).toMatchObject({ tasksStarting: 0 });
    expect(asked).toEqual(['/v1/metadata', '/v1/tasks']);
    // It was registered; by now others listen too.
    held(77, 99);
    expect((await ofAgent.look(withTasks, signal)).registration).toMatchObject({
      registered: true,
      tasksStarting: undefined,
    });
    expect(asked.length).toBe(2);
  });

  it('is another where so many sockets listen that the table is not read to its end', () => {
    const proc = procOfAgent({ comm: 'agent' });
    const row = '0: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 0 0 77 1 x'.padEnd(149);
    const rows = `${row}\n`.repeat((1024 * 1024) / 150 + 1);
    const table = join(proc.directory, 'self', 'net', 'tcp');
    for (let mib = 0; mib < 65; mib += 1) appendFileSync(table, rows);
    expect(introspectionListener(proc.directory, 10, address)).toBe('another');
  });

  it('is unknown where the agent ends while its sockets are read', () => {
    const proc = procOfAgent({ comm: 'agent', state: 'Z' });
    const row = '0: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 0 0 77 1 x\n';
    writeFileSync(join(proc.directory, 'self', 'net', 'tcp'), `  sl  local_address\n${row}`);
    expect(introspectionListener(proc.directory, 10, { ...address, port: 22 })).toBe('unknown');
    proc.add(10, { comm: 'agent' });
    expect(introspectionListener(proc.directory, 10, { ...address, port: 22 })).toBe('another');
  });

  it('is unknown, and believed within the limits, where /proc cannot tell', async () => {
    const proc = fakeProc();
    proc.add(10, { comm: 'agent' });
    expect(introspectionListener(proc.directory, 10, address)).toBe('unknown');
    expect(introspectionListener('/proc', process.pid, { ...address, host: '10.0.0.1' })).toBe('unknown');
    const { registration } = await reader(10, await answering(metadata), proc.directory).look(look, signal);
    expect(registration.introspection).toBe('registered');
    proc.remove();
    const { geteuid, seteuid } = process;
    if (geteuid?.() !== 0 || seteuid === undefined) return;
    seteuid(65_534);
    try {
      expect(introspectionListener('/proc', 1, address)).toBe('unknown');
    } finally {
      seteuid(0);
    }
  });
});

describe('what is sent by one who has it all the same', () => {
  const nested = Buffer.alloc(8 * 1024 * 1024, '[');

  it('is not built: 8 MB of nested JSON end at once', async () => {
    const bad = await answering(nested);
    const { heapUsed } = process.memoryUsage();
    expect(await readMetadata(bad, signal)).toEqual({ state: 'unclear' });
    expect(await countTasksStarting(bad, signal)).toBeUndefined();
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['nested lists', `{"Tasks":${'['.repeat(100)}`],
    ['nested objects', '{"Tasks":'.repeat(100)],
    ['a whole list, nested too deeply', `{"Tasks":[${'['.repeat(30)}${']'.repeat(30)}]}`],
    ['a list of lists', '[[]]'],
    ['an object for the list', '{"Tasks":{}}'],
    ['no tasks', '{}'],
    ['brackets that do not match', '{"Tasks":[}'],
    ['two answers', '{"Tasks":[]}{"Tasks":[]}'],
    ['half an answer', '{"Tasks":[{"DesiredStatus":"RUNNING","KnownStatus":"NONE"}'],
    ['a text without end', `{"Tasks":[],"x":"${'y'.repeat(1_000)}`],
    ['', ''],
  ])('%s', (_, text) => {
    const counter = createTaskCounter();
    expect(() => {
      counter.add(text);
      counter.end();
    }).toThrow();
  });
});
