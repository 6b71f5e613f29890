import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { fakeProc } from '../agent/proc-fake.ts';
import { temporaryDirectories } from '../kit/temporary-directory.ts';

const directory = temporaryDirectories();

/** Reads the agent's connections once, and tells what that took. */
const program = `
  import { createAgentSocketReader } from './src/agent/agent-sockets.ts';
  const clock = { now: () => ({ wallMs: 0, monoMs: 0 }), sleep: async () => {} };
  const read = () => createAgentSocketReader(clock, process.argv[2], 3_000).read({
    pid: 10, process: 'it', maxAgeMs: 0, proves: () => false,
  });
  const before = process.resourceUsage().maxRSS;
  const cpu = process.cpuUsage();
  const sockets = read();
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({
    sockets,
    grownMib: (process.resourceUsage().maxRSS - before) / 1024,
    cpuMs: (user + system) / 1000,
  }));
`;

it('150,000 sockets of another user cost a look neither memory nor seconds', async () => {
  const proc = fakeProc();
  onTestFinished(() => proc.remove());
  proc.add(10, { comm: 'agent' });
  proc.connect(10, { 77: '01' });
  // As the kernel writes them: padded to 149 characters.
  const row = (count: number) =>
    `${String(count).padStart(6)}: 0A01000A:${(count % 65_536).toString(16).toUpperCase().padStart(4, '0')} 0A01000A:01BB 02 00000001:00000000 01:00000064 00000000  1000        0 ${1_000 + count} 2 0000000000000000 100 0 0 1 -1`.padEnd(
      149,
    );
  const table = join(proc.directory, '10', 'net', 'tcp');
  for (let from = 0; from < 150_000; from += 1_000) {
    appendFileSync(table, `${Array.from({ length: 1_000 }, (_, index) => row(from + index)).join('\n')}\n`);
  }
  const own = '150001: 0100007F:0016 0B01000A:01BB 01 0:0 0:0 0 0 0 77 1 x\n';
  appendFileSync(table, own);

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
  const args = ['--jitless', '--max-semi-space-size=1', outfile, proc.directory];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  console.log(stdout);
  const told: unknown = JSON.parse(stdout);
  expect(told).toMatchObject({
    sockets: { connections: [{ remoteAddress: '10.0.1.10' }, { remoteAddress: '10.0.1.11' }] },
  });
  const { grownMib, cpuMs } = told as { grownMib: number; cpuMs: number };
  expect(grownMib).toBeLessThan(16);
  expect(cpuMs).toBeLessThan(2_500);
});

it('a table without end is not read to its end, and says nothing', async () => {
  const { createAgentSocketReader } = await import('../../../src/agent/agent-sockets.ts');
  const proc = fakeProc();
  onTestFinished(() => proc.remove());
  proc.add(10, { comm: 'agent' });
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
