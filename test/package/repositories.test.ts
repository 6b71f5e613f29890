import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { type CommandResult, runCommand } from '../lab/hosts/machine/command.ts';
import { packagesDirectory, shell } from './built-packages.ts';
import { layOut, packWhatRpmNeeds } from './next-version.ts';
import { makeRoot, type Root } from './root.ts';

const version: string = JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).version;
const directory = mkdtempSync(join(tmpdir(), 'repositories-'));
const keys = { ...process.env, GNUPGHOME: join(directory, 'keys') };
const made = join(directory, 'made');
let root: Root;

function repositories(...args: string[]): Promise<CommandResult> {
  return runCommand([inCheckout('scripts/repositories.sh'), ...args], { env: keys, timeout: 200_000 });
}

beforeAll(async () => {
  await shell(
    `mkdir -m 700 "$GNUPGHOME"
     for name in ours other; do
       gpg --batch --quiet --quick-generate-key --passphrase '' "$name@example.com" rsa3072 sign never
     done
     gpg --batch --armor --export other@example.com >"$1/other.asc"`,
    [directory],
    { env: keys },
  );
  const ended = await repositories(
    '--key',
    'ours@example.com',
    '--packages',
    packagesDirectory,
    '--out',
    made,
  );
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  root = await makeRoot();
});

afterAll(async () => {
  await root.remove();
  await runCommand(['gpgconf', '--kill', 'all'], { env: keys });
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await shell(
    `rm -rf "$2/repositories" "$2"/var/lib/apt/lists/* "$2/var/cache/dnf"
     mkdir -p "$2/repositories/rpm"; cp "$1/ecs-privatelinkd.asc" "$3/other.asc" "$2/repositories"
     cp -r "$1/apt" "$2/repositories"; cp -r "$1/rpm/$(uname -m)" "$2/repositories/rpm"`,
    [made, root.path, directory],
  );
});

async function installedVersion(): Promise<string> {
  return (await root.run('ecs-privatelinkd version')).stdout;
}

describe('the apt repository', () => {
  /** As docs/install.md has it, without this machine's own sources. */
  const install = (key = '/repositories/ecs-privatelinkd.asc') =>
    root.run(
      `rm -rf /etc/apt/sources.list /etc/apt/sources.list.d; mkdir /etc/apt/sources.list.d
       echo 'deb [signed-by=${key}] file:/repositories/apt stable main' >/etc/apt/sources.list.d/ecs-privatelinkd.list
       apt-get update --error-on=any
       apt-get install --yes ecs-privatelinkd </dev/null`,
    );

  it.each([
    ['signed by another', '/repositories/other.asc', 'true'],
    ['whose list was changed', undefined, 'sed -i s/amd64/arm64/ /repositories/apt/dists/stable/InRelease'],
    ['whose package was changed', undefined, 'for deb in /repositories/apt/pool/*; do echo >>"$deb"; done'],
  ])('is refused when it is one %s', async (_, key, change) => {
    await root.run(change);
    expect((await install(key)).code).toBe(100);
  });

  it('installs', async () => {
    const ended = await install();
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await installedVersion()).toContain(`ecs-privatelinkd ${version}`);
  });
});

describe('the dnf repository', () => {
  beforeAll(async () => {
    await root.run('dpkg --purge ecs-privatelinkd');
    await layOut(await packWhatRpmNeeds(), join(root.path, 'needs'));
    expect(await root.run('rpm --upgrade /needs/*.rpm')).toMatchObject({ code: 0 });
  });

  const install = (key = '/repositories/ecs-privatelinkd.asc') =>
    root.run(
      `mkdir -p /etc/yum.repos.d; rm -f /etc/yum.repos.d/*
       cat >/etc/yum.repos.d/ecs-privatelinkd.repo <<END
[ecs-privatelinkd]
name=ecs-privatelinkd
baseurl=file:///repositories/rpm/\\$basearch
repo_gpgcheck=1
gpgcheck=0
gpgkey=file://${key}
END
       dnf install --assumeyes ecs-privatelinkd`,
    );

  it.each([
    ['signed by another', '/repositories/other.asc', 'true'],
    [
      'whose list was changed',
      undefined,
      'for list in /repositories/rpm/*/repodata/repomd.xml; do echo >>"$list"; done',
    ],
    ['whose package was changed', undefined, 'for rpm in /repositories/rpm/*/*.rpm; do echo >>"$rpm"; done'],
  ])('is refused when it is one %s', async (_, key, change) => {
    await root.run(change);
    expect((await install(key)).code).toBe(1);
  });

  it('installs', async () => {
    const ended = await install();
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await installedVersion()).toContain(`ecs-privatelinkd ${version}`);
  });
});

it.each([
  ['no key', [], 64, '--key is missing'],
  [
    'a key that gpg has not',
    ['--key', 'nobody@example.com', '--packages', packagesDirectory],
    69,
    'nobody@example.com',
  ],
  [
    'no packages',
    ['--key', 'ours@example.com', '--packages', tmpdir()],
    65,
    'scripts/package.sh builds them',
  ],
])('with %s it makes nothing', async (_, args, code, told) => {
  const out = join(directory, 'nothing');
  const ended = await repositories(...args, '--out', out);
  expect(ended).toMatchObject({ code });
  expect(ended.stderr).toContain(told);
  expect(readdirSync(directory).filter((name) => name.startsWith('nothing'))).toEqual([]);
});
