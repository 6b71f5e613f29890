import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { eventually } from '../../lab/hosts/machine/eventually.ts';
import { identify, waitUntilGone } from '../../lab/processes.ts';
import { writePrograms } from '../../lab/scripts/fake-programs.ts';

// scripts/package.sh in a checkout whose path has blanks, with tools of which eu-strip goes on forever.

const tools = {
  node: 'echo 0.1.0',
  npm: `[ "$1" != ci ] || for name in x64 arm64; do
    mkdir -p build/package/runtimes/node_modules/node-linux-$name/bin
    : >build/package/runtimes/node_modules/node-linux-$name/bin/node
  done`,
  'eu-strip': 'echo $$ >>"$WORLD/building"; exec sleep 1000',
  rpmbuild: '',
  xz: '',
  'dpkg-deb': '',
};

let world: string;
let checkout: string;
let children: ChildProcess[];

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'package-'));
  checkout = join(world, 'a check out');
  for (const file of ['scripts', 'package.json', 'package-lock.json']) {
    cpSync(inCheckout(file), join(checkout, file), { recursive: true, preserveTimestamps: true });
  }
  mkdirSync(join(checkout, 'node_modules'));
  writeFileSync(join(checkout, 'node_modules/.package-lock.json'), '');
  mkdirSync(join(checkout, 'dist'));
  writeFileSync(join(checkout, 'dist/SHA256SUMS'), 'of the last build');
  writePrograms(join(world, 'tools'), tools);
  children = [];
});

afterEach(async () => {
  for (const child of children) signalGroup(child, 'SIGKILL');
  await waitUntilGone(building(), 20_000);
  rmSync(world, { recursive: true });
});

function start(): { child: ChildProcess; said: () => string } {
  const env = { PATH: `${world}/tools:${process.env['PATH']}`, HOME: world, WORLD: world };
  const child = spawn(join(checkout, 'scripts/package.sh'), { env, detached: true });
  children.push(child);
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return { child, said: () => text };
}

/** As a terminal does with Ctrl-C. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

/** The processes that build, all there have been. */
function building(): number[] {
  const file = join(world, 'building');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

const bothBuild = (of: number) =>
  eventually(
    'two builds',
    async () => building(),
    (pids) => pids.length === of,
  );

it.each([
  ['Ctrl-C', 'SIGINT', true, 130],
  ['SIGTERM', 'SIGTERM', false, 143],
  ['SIGKILL', 'SIGKILL', false, null],
] as const)('%s ends both builds, and the output stays as it was', async (_, signal, toGroup, code) => {
  const { child } = start();
  await bothBuild(2);
  const exited = once(child, 'exit');
  if (toGroup) signalGroup(child, signal);
  else child.kill(signal);
  expect((await exited)[0]).toBe(code);
  expect(await waitUntilGone(building(), 20_000)).toBe(true);
  expect(readdirSync(join(checkout, 'dist'))).toEqual(['SHA256SUMS']);
  expect(readFileSync(join(checkout, 'dist/SHA256SUMS'), 'utf8')).toBe('of the last build');
});

it('a second run waits for the first, and says so', async () => {
  const first = start();
  await bothBuild(2);
  const second = start();
  const waits = 'waiting for another run in this checkout';
  await eventually(
    'the word of waiting',
    async () => second.said(),
    (said) => said.includes(waits),
  );
  expect(building()).toHaveLength(2);
  expect(building().every((pid) => identify(pid) !== undefined)).toBe(true);
  first.child.kill('SIGTERM');
  await bothBuild(4);
  expect(second.said()).toContain('x86_64: laying out the files');
});
