import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { runCommand } from '../lab/hosts/machine/command.ts';
import { architectures, formats, packageFile, packagesDirectory, shell, unpack } from './built-packages.ts';

const version: string = JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).version;
const configFile = '/etc/ecs-privatelinkd/ecs-privatelinkd.config';
/** Out of which that is made where there is none. */
const example = '/usr/share/ecs-privatelinkd/ecs-privatelinkd.config';
const library = 'usr/lib/ecs-privatelinkd';
/** Asks about a package file; rpm makes a database where there is none, and would leave it behind. */
const rpmQuery = `db=$(mktemp -d); trap 'rm -r "$db"' EXIT; rpm --dbpath "$db" -qp`;
let directory: string;

const unpacked = (architecture: string, format: string) => join(directory, `${architecture}-${format}`);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'packages-'));
  for (const architecture of architectures) {
    for (const format of formats) {
      await unpack(packageFile(format, architecture), unpacked(architecture, format));
    }
  }
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly cpe?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly externalReferences?: unknown;
}

interface Sbom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly dependsOn: readonly string[] }[];
}

function sbom(): Sbom {
  const file = join(packagesDirectory, `ecs-privatelinkd-${version}.cdx.json`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const components = () => sbom().components;

/** `path mode time sha256` of every file; completion for zsh is where the distribution's zsh looks for it. */
async function listing(root: string): Promise<string[]> {
  const list = await shell(
    `cd "$1"; find . -type f -exec stat --format '%n %a %Y' {} + | sort >"$1.stat"
     find . -type f -exec sha256sum {} + | sort -k 2 | cut -d ' ' -f 1 | paste -d ' ' "$1.stat" -`,
    [root],
  );
  return list.replace('/zsh/vendor-completions/', '/zsh/site-functions/').trim().split('\n').sort();
}

describe.each(architectures)('the packages for %s', (architecture) => {
  it('hold the same files, with the same modes and times', async () => {
    const [rpm = [], deb, tarball] = await Promise.all(
      formats.map((format) => listing(unpacked(architecture, format))),
    );
    expect(tarball).toEqual(rpm);
    // Debian enables what it installs, by deb-systemd-helper.
    expect(deb).toEqual(rpm.filter((line) => !line.includes('/system-preset/')));
    const paths = rpm.map((line) => line.split(' ')[0]);
    expect(paths).toEqual(
      expect.arrayContaining([
        './usr/bin/ecs-privatelinkd',
        './usr/lib/ecs-privatelinkd/ecs-privatelinkd-ecs.cjs',
        './usr/lib/ecs-privatelinkd/ecs-privatelinkd-preflight.cjs',
        './usr/lib/ecs-privatelinkd/ecs-privatelinkd.cjs',
        './usr/lib/ecs-privatelinkd/node',
        './usr/lib/systemd/system/ecs-privatelinkd.service',
        './usr/share/bash-completion/completions/ecs-privatelinkd',
        './usr/share/doc/ecs-privatelinkd/LICENSE',
        './usr/share/doc/ecs-privatelinkd/LICENSE.nodejs',
        './usr/share/doc/ecs-privatelinkd/NOTICES',
        './usr/share/ecs-privatelinkd/ecs-privatelinkd.config',
        './usr/share/fish/vendor_completions.d/ecs-privatelinkd.fish',
        './usr/share/man/man8/ecs-privatelinkd.8.gz',
      ]),
    );
  });

  it('weigh at most 32 MiB, compressed with xz', () => {
    // These were built with --fast; without it they are an eighth smaller.
    for (const format of ['rpm', 'deb'] as const) {
      expect(statSync(packageFile(format, architecture)).size).toBeLessThanOrEqual(32 * 2 ** 20);
    }
  });

  it('hold no config file that could be asked about or replaced', async () => {
    const flags = await shell(`${rpmQuery} --queryformat '[%{FILENAMES} %{FILEFLAGS:fflags}\\n]' "$1"`, [
      packageFile('rpm', architecture),
    ]);
    expect(flags).toContain(`${configFile} cng\n`);
    const control = await shell('dpkg-deb --ctrl-tarfile "$1" | tar --list', [
      packageFile('deb', architecture),
    ]);
    expect(control).not.toContain('conffiles');
    expect(existsSync(join(unpacked(architecture, 'deb'), configFile))).toBe(false);
  });

  it('belong to root throughout', async () => {
    const owners = await shell(
      `${rpmQuery} --queryformat '[%{FILEUSERNAME}/%{FILEGROUPNAME}\\n]' "$1"; dpkg-deb --contents "$2" | cut -d ' ' -f 2
       tar --list --verbose --numeric-owner --file "$3" | cut -d ' ' -f 2`,
      formats.map((format) => packageFile(format, architecture)),
    );
    expect(new Set(owners.trim().split('\n'))).toEqual(new Set(['root/root', '0/0']));
  });

  it('start, with the flags that the launcher gives', async () => {
    const root = unpacked(architecture, 'deb');
    const launcher = readFileSync(join(root, 'usr/bin/ecs-privatelinkd'), 'utf8');
    const command = /^exec (.*) "\$@"$/m.exec(launcher)?.[1] ?? '';
    const [node, ...args] = command.replaceAll(`/${library}`, join(root, library)).split(' ');
    const emulator =
      architecture === 'aarch64' && process.arch !== 'arm64'
        ? ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu']
        : [];
    const { stdout, stderr, code } = await runCommand([
      'env',
      ...emulator,
      node ?? '',
      ...args,
      'version',
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const runtime = components().find(({ name }) => name === 'node');
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'version',
      programVersion: version,
      commit:
        (await shell('node "$1"', [inCheckout('scripts/bundle/commit.mjs')])).trim() === ''
          ? null
          : expect.stringMatching(/^[0-9a-f]{40}(-modified)?$/),
      node: `v${runtime?.version}`,
    });
  });
});

describe.each(architectures)('the image for %s', (architecture) => {
  const at = () => join(directory, `${architecture}-image`);
  const json = (path: string) => JSON.parse(readFileSync(join(at(), path), 'utf8'));
  const blobOf = (digest: string) => `blobs/${digest.replace(':', '/')}`;

  beforeAll(async () => {
    const archive = join(packagesDirectory, `ecs-privatelinkd-${version}-image-${architecture}.tar`);
    await shell('mkdir "$2" "$2/root"; tar --extract --file "$1" --directory "$2"', [archive, at()]);
    const [layer] = json('manifest.json')[0].Layers;
    await shell('cd "$1/root"; tar --extract --gzip --file "../$2"', [at(), layer]);
  });

  it('is what its digests say, for readers of OCI layouts and for docker load', async () => {
    await shell(
      'cd "$1/blobs/sha256"; for blob in *; do echo "$blob  $blob"; done | sha256sum --check --quiet',
      [at()],
    );
    const [reference] = json('index.json').manifests;
    const manifest = json(blobOf(reference.digest));
    expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(json('manifest.json')).toEqual([
      {
        Config: blobOf(manifest.config.digest),
        RepoTags: [`ecs-privatelinkd:${version}`],
        Layers: [blobOf(manifest.layers[0].digest)],
      },
    ]);
    const config = json(blobOf(manifest.config.digest));
    expect(config).toMatchObject({
      os: 'linux',
      architecture: { x86_64: 'amd64', aarch64: 'arm64' }[architecture],
    });
    const unpacked = await shell('gzip --decompress --stdout "$1" | sha256sum', [
      join(at(), blobOf(manifest.layers[0].digest)),
    ]);
    expect(config.rootfs.diff_ids).toEqual([`sha256:${unpacked.slice(0, 64)}`]);
  });

  it('holds the program of the packages, and no library, settings or secrets of a distribution', async () => {
    const sums = (path: string) => shell('cd "$1"; sha256sum node *.cjs', [path]);
    expect(await sums(join(at(), 'root/opt/ecs-privatelinkd'))).toBe(
      await sums(join(unpacked(architecture, 'deb'), library)),
    );
    const files = await shell('cd "$1"; find . -type f -not -path "./opt/ecs-privatelinkd/*"', [
      join(at(), 'root'),
    ]);
    expect(files).toBe('');
  });
});

describe('what is generated', () => {
  const root = () => unpacked('x86_64', 'deb');

  it('the man page is sound and names every setting of the config file', async () => {
    const page = join(root(), 'usr/share/man/man8/ecs-privatelinkd.8.gz');
    await shell('gzip --decompress --stdout "$1" | mandoc -T lint -W warning', [page]);
    const text = await shell('gzip --decompress --stdout "$1" | mandoc -T utf8 -O width=1000 | col -b', [
      page,
    ]);
    const config = readFileSync(join(root(), example), 'utf8');
    const keys = [...config.matchAll(/^#(ECS_PRIVATELINKD_\w+)=/gm)].map(([, key]) => key ?? '');
    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter((key) => !text.includes(`(${key})`))).toEqual([]);
  });

  it('bash completes commands, flags and values', async () => {
    const script = `. "$1"; shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _ecs_privatelinkd; echo "\${COMPREPLY[*]}"`;
    const complete = async (...words: string[]) => {
      const file = join(root(), 'usr/share/bash-completion/completions/ecs-privatelinkd');
      const { stdout } = await runCommand(['bash', '-euc', script, 'bash', file, ...words]);
      return stdout.trim();
    };
    expect(await complete('ecs-privatelinkd', 'st')).toBe('status');
    expect(await complete('ecs-privatelinkd', 'restart', '--if')).toBe('--if-needed');
    expect(await complete('ecs-privatelinkd', 'run', '--log-level', 'w')).toBe('warn');
  });

  it('SHA256SUMS is right, and names every file beside it', async () => {
    const checked = await shell('cd "$1"; sha256sum --check --strict SHA256SUMS', [packagesDirectory]);
    const files = await shell('cd "$1"; find . -type f ! -name SHA256SUMS -printf "%P: OK\\n" | sort', [
      packagesDirectory,
    ]);
    expect(checked.trim().split('\n').sort()).toEqual(files.trim().split('\n').sort());
  });

  it('the SBOM names what the notices name', () => {
    const notices = readFileSync(join(root(), 'usr/share/doc/ecs-privatelinkd/NOTICES'), 'utf8');
    const noticed = [...notices.matchAll(/^-{80}\n(\S+) (\S+) \(/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    const bundled = components().filter((one) => one['bom-ref'].startsWith('pkg:npm/'));
    expect(bundled.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(noticed.sort());
    for (const { hashes } of bundled) {
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  it('the SBOM names Node.js and what that holds, as scanners look for it', () => {
    const binaries = components().filter(({ name }) => name === 'node');
    expect(binaries.map(({ purl }) => purl.replace(/^.*\?/, '')).sort()).toEqual(['arch=arm64', 'arch=x64']);
    for (const { cpe, version, hashes, externalReferences } of binaries) {
      expect(cpe).toBe(`cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`);
      expect(hashes).toEqual([{ alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
      expect(externalReferences).toEqual([
        {
          type: 'distribution',
          url: expect.stringMatching(/^https:\/\/(registry\.npmjs|nodejs)\.org\//),
          hashes: [{ alg: expect.any(String), content: expect.stringMatching(/^[0-9a-f]{64,}$/) }],
        },
      ]);
    }
    const held = components().filter((one) => one['bom-ref'].startsWith('node/'));
    expect(held.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['c-ares', 'libuv', 'llhttp', 'openssl', 'undici', 'v8', 'zlib']),
    );
    expect(held.find(({ name }) => name === 'openssl')?.cpe).toMatch(/^cpe:2\.3:a:openssl:openssl:3\.\d/);
    // Whoever is named twice could not be told apart.
    const references = components().map((one) => one['bom-ref']);
    expect(references.length).toBe(new Set(references).size);
    const { dependencies } = sbom();
    const reached = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect(references.filter((one) => !reached.has(one))).toEqual([]);
  });

  it('both formats name the same maintainer, with an address', async () => {
    const [rpm, deb] = await Promise.all([
      shell(`${rpmQuery} --queryformat '%{PACKAGER}' "$1"`, [packageFile('rpm', 'x86_64')]),
      shell('dpkg-deb --field "$1" Maintainer', [packageFile('deb', 'x86_64')]),
    ]);
    expect(deb.trim()).toBe(rpm);
    expect(rpm).toMatch(/^\S.* <\S+@\S+\.\S+>$/);
    expect(rpm).not.toContain('localhost');
  });

  it('both show themselves to who asks the package manager', async () => {
    const [deb, rpm, changelog] = await Promise.all([
      shell('dpkg-deb --field "$1"', [packageFile('deb', 'x86_64')]),
      shell(`${rpmQuery} --info --changelog "$1"`, [packageFile('rpm', 'x86_64')]),
      shell('gzip --decompress --stdout "$1"', [join(root(), 'usr/share/doc/ecs-privatelinkd/changelog.gz')]),
    ]);
    expect(deb).toMatch(/^Section: admin$/m);
    expect(deb).toMatch(/^Homepage: https:\/\/\S+$/m);
    expect(deb).toMatch(/^Description: moves .*PrivateLink\n .*container instances/m);
    expect(rpm).toMatch(/^License +: Apache-2.0 AND MIT$/m);
    expect(rpm).toMatch(/^Vendor +: ecs-privatelinkd$/m);
    expect(rpm).toMatch(/^URL +: https:\/\/\S+$/m);
    expect(rpm).toMatch(/^Summary +: Moves .*PrivateLink$/m);
    expect(rpm).toMatch(new RegExp(`^\\* \\w{3} \\w{3} \\d+ \\d{4} .* - ${version}-1$`, 'm'));
    expect(changelog).toMatch(new RegExp(`^ecs-privatelinkd \\(${version}\\) .*\n\n {2}\\* \\S`));
    expect(changelog).toMatch(/^ -- \S.* <\S+@\S+> {2}\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/m);
  });
});
