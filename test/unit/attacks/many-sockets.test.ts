import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { fakeProc } from '../agent/proc-fake.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const directory = temporaryDirectories();

interface Cost {
  readonly found: unknown;
  readonly grownMib: number;
  readonly cpuMs: number;
}

/** What an expression takes in a process of its own; `proc` is the directory, `read` reads the agent's connections. */
async function costOf(expression: string, proc: string): Promise<Cost> {
  const program = `
    import { createAgentSocketReader } from './src/agent/agent-sockets.ts';
    import { createDockerdReader } from './src/agent/dockerd.ts';
    import { introspectionListener } from './src/agent/introspection-listener.ts';
    const proc = process.argv[2];
    const now = { wallMs: 0, monoMs: 0 };
    const clock = { now: () => now, sleep: async () => {} };
    const reader = createAgentSocketReader(clock, proc, 3_000);
    const read = () => reader.read({ pid: 10, process: 'it', maxAgeMs: 0, proves: () => false });
    const before = process.resourceUsage().maxRSS;
    const cpu = process.cpuUsage();
    const found = ${expression};
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({
      found,
      grownMib: (process.resourceUsage().maxRSS - before) / 1024,
      cpuMs: (user + system) / 1000,
    }));
  `;
  const outfile = join(await directory(), 'read.mjs');
  await build({
    stdin: { contents: program, resolveDir: inCheckout('.') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  // Without a compiler, as the daemon runs.
  const args = ['--jitless', '--max-semi-space-size=1', outfile, proc];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  console.log(stdout.slice(0, 300));
  return JSON.parse(stdout);
}

function staged() {
  const proc = fakeProc();
  onTestFinished(() => proc.remove());
  proc.add(10, { comm: 'agent' });
  return proc;
}

/** As the kernel writes it: padded to 149 characters. */
function row(local: string, remote: string, state: string, inode: number): string {
  return `${`     0: ${local} ${remote} ${state} 00000001:00000000 01:00000064 00000000  1000        0 ${inode} 2 0000000000000000 100 0 0 1 -1`.padEnd(149)}\n`;
}

function hexOf(number: number, digits = 4): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/** A table with that many rows below its header. */
function writeTable(path: string, rows: number, rowOf: (index: number) => string): void {
  writeFileSync(path, 'header local_address\n');
  for (let from = 0; from < rows; from += 1_000) {
    appendFileSync(path, Array.from({ length: 1_000 }, (_, index) => rowOf(from + index)).join(''));
  }
}

it('150,000 sockets of another user cost a look neither memory nor seconds', async () => {
  const proc = staged();
  proc.connect(10, { 77: '01' });
  const table = join(proc.directory, '10', 'net', 'tcp');
  const own = readFileSync(table);
  writeTable(table, 150_000, (index) =>
    row(`0A01000A:${hexOf(index % 65_536)}`, '0A01000A:01BB', '02', 1_000 + index),
  );
  // A line that is cut, one that is too long for one piece, and a socket that nobody holds any more.
  appendFileSync(table, `0: 0100007F:0016 0A01000A:01BB 01 0:0 0\n${'y'.repeat(100_000)}\n`);
  appendFileSync(table, row('0100007F:0016', '0A01000A:01BB', '01', 0));
  appendFileSync(table, own);
  // One row twice, as the kernel gives it when sockets come and go meanwhile.
  appendFileSync(table, '150001: 0100007F:0016 0B01000A:01BB 01 0:0 0:0 0 0 0 77 1 x\n'.repeat(2));
  const { found, grownMib, cpuMs } = await costOf('read()', proc.directory);
  const connections = ['10.0.1.10', '10.0.1.11', '10.0.1.11'].map((remoteAddress) => ({ remoteAddress }));
  expect(found).toMatchObject({ connections });
  expect(grownMib).toBeLessThan(16);
  expect(cpuMs).toBeLessThan(2_500);
});

it('150,000 sockets of another user that listen do not either, at the port of introspection or at others', async () => {
  const proc = staged();
  proc.connect(10, { 77: '01' });
  const namespaces = ['self', '10'].map((pid) => join(proc.directory, pid, 'ns'));
  for (const path of namespaces) {
    mkdirSync(path, { recursive: true });
    symlinkSync('net:[1]', join(path, 'net'));
  }
  mkdirSync(join(proc.directory, 'self', 'net'));
  const inSelf = (table: string) => join(proc.directory, 'self', 'net', table);
  const none = '0'.repeat(32);
  writeTable(inSelf('tcp6'), 75_000, (index) =>
    row(`${none}:${hexOf(index % 50_000)}`, `${none}:0000`, '0A', 1_000 + index),
  );
  writeTable(inSelf('tcp'), 75_000, (index) =>
    row(`${hexOf((index % 60_000) + 2, 6)}7F:C9DE`, '00000000:0000', '0A', 1_000 + index),
  );
  appendFileSync(inSelf('tcp'), row('0100007F:C9DE', '00000000:0000', '0A', 77));
  const { found, grownMib, cpuMs } = await costOf(
    `introspectionListener(proc, 10, { host: '127.0.0.1', port: 51678 })`,
    proc.directory,
  );
  expect(found).toBe('agent');
  expect(grownMib).toBeLessThan(16);
  expect(cpuMs).toBeLessThan(1_000);
});

it('nor 150,000 unix sockets, whose paths nobody walks', async () => {
  const proc = staged();
  proc.add(20, { comm: 'dockerd' });
  proc.connect(20, { 77: '01' });
  mkdirSync(join(proc.directory, 'self', 'net'), { recursive: true });
  const socketPath = join(proc.directory, 'docker.sock');
  writeFileSync(socketPath, '');
  writeTable(
    join(proc.directory, 'self', 'net', 'unix'),
    150_000,
    (index) => `ffff8881: 00000002 00000000 00010000 0001 01 ${1_000 + index} /tmp/${index}/docker.sock\n`,
  );
  appendFileSync(
    join(proc.directory, 'self', 'net', 'unix'),
    `ffff8881: 00000002 00000000 00010000 0001 01 77 ${socketPath}\n`,
  );
  const reading = `createDockerdReader({ procDir: proc, socketPath: proc + '/docker.sock', clock })()`;
  const { found, grownMib, cpuMs } = await costOf(reading, proc.directory);
  expect(found).toMatchObject({ dns: {} });
  expect(grownMib).toBeLessThan(16);
  expect(cpuMs).toBeLessThan(1_000);
});

it('20,000 connections of the agent’s own are not each compared with all of the last look', async () => {
  const proc = staged();
  proc.connect(10, Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [1_000 + index, '01'])));
  const { found, cpuMs } = await costOf(
    '(read(), (now.monoMs = 4_000), read().connections.length)',
    proc.directory,
  );
  expect(found).toBe(20_000);
  expect(cpuMs).toBeLessThan(5_000);
});

it('a table without end is not read to its end, and says nothing', async () => {
  const { createAgentSocketReader } = await import('../../../src/agent/agent-sockets.ts');
  const proc = staged();
  proc.connect(10, { 77: '01' });
  const table = join(proc.directory, '10', 'net', 'tcp');
  for (let mib = 0; mib < 65; mib += 1) appendFileSync(table, `${'x'.repeat(1024 * 1024 - 1)}\n`);
  const clock = { now: () => ({ wallMs: 0, monoMs: 0 }), sleep: () => Promise.resolve() };
  const read = createAgentSocketReader(clock, proc.directory, 3_000).read({
    pid: 10,
    process: 'it',
    maxAgeMs: 0,
    proves: () => false,
  });
  expect(read.unreadable).toContain('more than 67108864 bytes');
});
