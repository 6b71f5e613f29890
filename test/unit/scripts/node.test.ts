import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inCheckout } from '../../lab/checkout.ts';
import { type CommandResult, runCommand } from '../../lab/hosts/machine/command.ts';
import { linkPrograms, writePrograms } from '../../lab/scripts/fake-programs.ts';

// scripts/prepare/node.sh on machines with different Node.js. The npm registry is a fake apt-helper, which notes what
// it is asked for and gives a package that has a node or an npm in it.

const lock = JSON.parse(readFileSync(inCheckout('scripts/package/package-lock.json'), 'utf8'));
const runtime = `node-linux-${process.arch}`;
const pin: { version: string; integrity: string } = lock.packages[`node_modules/${runtime}`];
const runtimeSum = Buffer.from(pin.integrity.replace('sha512-', ''), 'base64').toString('hex');
const npmPin = /^npm@([\d.]+)\+sha512\.([\da-f]{128})$/.exec(
  JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).packageManager,
);

const registry = 'https://registry.npmjs.org';
const runtimeAsked = (from = registry) =>
  `${from}/${runtime}/-/${runtime}-${pin.version}.tgz SHA512:${runtimeSum}`;
const npmAsked = (from = registry) => `${from}/npm/-/npm-${npmPin?.[1]}.tgz SHA512:${npmPin?.[2]}`;

const oldNode = `[ "$1" != --version ] || echo v18.20.4
[ "$1" != -e ]`;
const aptHelper = `echo "$4 $6" >>"$WORLD/asked"
[ ! -e "$WORLD/unreachable" ] || { echo 'E: Failed to fetch' >&2; exit 100; }
tar --create --gzip --file "$5" --directory "$WORLD/registry" package`;

let programs: string;
let world: string;
let checkout: string;

beforeAll(() => {
  programs = mkdtempSync(join(tmpdir(), 'programs-'));
  linkPrograms(programs, ['node', 'npm', 'npx', 'nodejs', 'apt-helper']);
});

afterAll(() => {
  rmSync(programs, { recursive: true });
});

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'node-'));
  checkout = join(world, 'a check out');
  for (const file of [
    'scripts/prepare.sh',
    'scripts/prepare',
    'scripts/package/package-lock.json',
    'package.json',
  ]) {
    cpSync(inCheckout(file), join(checkout, file), { recursive: true });
  }
  writePrograms(join(world, 'fakes'), { 'apt-helper': aptHelper });
  writePrograms(join(world, 'registry/package/bin'), {
    node: 'echo v24.0.0',
    'npm-cli.js': 'echo 10.0.0',
    'npx-cli.js': '',
  });
});

afterEach(() => {
  rmSync(world, { recursive: true });
});

function needNode(env: Record<string, string> = {}): Promise<CommandResult> {
  const script = 'cd "$1"; . scripts/prepare.sh; need_node; command -v node; command -v npm';
  return runCommand(['sh', '-euc', script, 'test.sh', checkout], {
    env: { PATH: `${world}/fakes:${programs}`, HOME: world, WORLD: world, ...env },
  });
}

const readAsked = () => readFileSync(join(world, 'asked'), 'utf8').trim().split('\n');
const brought = () => readdirSync(join(checkout, 'build/node')).sort();
const [npmDirectory, runtimeDirectory] = [`npm-${npmPin?.[1]}`, `${runtime}-${pin.version}`];

it.each(['no Node.js', 'Node.js 18'])('%s: both are brought into the checkout, once', async (machine) => {
  if (machine === 'Node.js 18') writePrograms(join(world, 'fakes'), { node: oldNode, npm: 'echo 9.2.0' });
  const used = `${checkout}/build/node/${runtimeDirectory}/bin/node\n${checkout}/build/node/${npmDirectory}/bin/npm\n`;
  const first = await needNode();
  expect(first, first.stderr).toMatchObject({ code: 0, stdout: used });
  expect(first.stderr).toContain(`bringing ${runtime} ${pin.version} from ${registry}/`);
  expect(readAsked()).toEqual([runtimeAsked(), npmAsked()]);
  expect(await needNode()).toEqual({ code: 0, stdout: used, stderr: '' });
  expect(readAsked()).toHaveLength(2);
  expect(brought()).toEqual(['lock', runtimeDirectory, npmDirectory].sort());
});

it('Node.js that is new enough, without npm: npm alone is brought', async () => {
  symlinkSync(process.execPath, join(world, 'fakes/node'));
  const { code, stdout, stderr } = await needNode();
  expect(code, stderr).toBe(0);
  expect(stdout).toBe(`${world}/fakes/node\n${checkout}/build/node/${npmDirectory}/bin/npm\n`);
  expect(readAsked()).toEqual([npmAsked()]);
});

it('both there: both are used, and nothing is brought', async () => {
  symlinkSync(process.execPath, join(world, 'fakes/node'));
  writePrograms(join(world, 'fakes'), { npm: 'echo 10.8.2' });
  expect(await needNode()).toEqual({
    code: 0,
    stdout: `${world}/fakes/node\n${world}/fakes/npm\n`,
    stderr: '',
  });
  expect(readdirSync(checkout)).not.toContain('build');
});

it("a registry of npm's own settings is asked", async () => {
  writeFileSync(join(world, '.npmrc'), 'fund=false\nregistry = https://npm.example.test/all/\n');
  expect((await needNode()).code).toBe(0);
  expect(readAsked()).toEqual(
    ['https://npm.example.test/all'].flatMap((from) => [runtimeAsked(from), npmAsked(from)]),
  );
});

it('the environment comes before the files', async () => {
  writeFileSync(join(world, '.npmrc'), 'registry=https://npm.example.test\n');
  expect((await needNode({ npm_config_registry: 'https://other.example.test/' })).code).toBe(0);
  expect(readAsked()[0]).toBe(runtimeAsked('https://other.example.test'));
});

it('a registry that cannot be reached is named as the cause, and nothing half brought is used next time', async () => {
  writeFileSync(join(world, 'unreachable'), '');
  const { code, stderr } = await needNode();
  expect(code).toBe(69);
  expect(stderr).toContain(
    `node none, npm none), and ${registry}/${runtime}/-/${runtime}-${pin.version}.tgz could not be fetched`,
  );
  rmSync(join(world, 'unreachable'));
  mkdirSync(join(checkout, 'build/node/draft/root/bin'), { recursive: true });
  expect((await needNode()).code).toBe(0);
  expect(brought()).toEqual(['lock', runtimeDirectory, npmDirectory].sort());
});

it('npm ci that was interrupted is begun again, and one that got to its end is not', async () => {
  cpSync(inCheckout('package-lock.json'), join(checkout, 'package-lock.json'));
  writePrograms(join(world, 'fakes'), {
    npm: `echo "$1" >>"$WORLD/asked"
      mkdir -p node_modules/typescript
      [ ! -e "$WORLD/interrupted" ] || kill -s KILL $$
      : >node_modules/.package-lock.json`,
  });
  const needPackages = () =>
    runCommand(['sh', '-euc', 'cd "$1"; . scripts/prepare.sh; need_npm_packages', 'test.sh', checkout], {
      env: { PATH: `${world}/fakes:${programs}`, HOME: world, WORLD: world },
    });
  writeFileSync(join(world, 'interrupted'), '');
  expect((await needPackages()).code).toBe(137);
  rmSync(join(world, 'interrupted'));
  expect((await needPackages()).code).toBe(0);
  expect((await needPackages()).code).toBe(0);
  expect(readAsked()).toEqual(['ci', 'ci']);
});
