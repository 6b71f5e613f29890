import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { short } from '../size.ts';
import { type Format, formats, packageFile } from './built-packages.ts';
import { layOut, nextVersion, packFormerVersion, packNextVersion, packWhatRpmNeeds } from './next-version.ts';
import { makeRoot, type Root } from './root.ts';

const version: string = JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).version;
const configFile = 'etc/ecs-privatelinkd/ecs-privatelinkd.config';
let root: Root;

beforeEach(async () => {
  root = await makeRoot();
});

afterEach(async () => {
  await root.remove();
});

/** Runs install.sh in the root. @throws Error unless it exits with `code` */
async function install(args: string, code = 0, env?: Record<string, string>): Promise<string> {
  const result = await root.run(`sh /packages/install.sh ${args}`, env);
  expect(result, result.stderr).toMatchObject({ code });
  return result.stdout + result.stderr;
}

async function installedVersion(): Promise<string> {
  const { stdout } = await root.run('ecs-privatelinkd version');
  return stdout.trim();
}

async function isEnabled(): Promise<boolean> {
  const { stdout } = await root.run('systemctl is-enabled ecs-privatelinkd || true');
  return stdout.trim() === 'enabled';
}

/** Directories of others that were made for the package: those that this machine does not have. */
function madeDirectories(paths: readonly string[]): string[] {
  return paths.filter((path) => path.startsWith('./usr/share/zsh') && !existsSync(path.slice(1)));
}

const readConfig = () => readFileSync(join(root.path, configFile), 'utf8');

const record = 'var/lib/amazon/ssm/i-1/inventory/custom/ecs-privatelinkd.json';

/** What the daemon leaves for the SSM agent, and where it notes that. */
async function leaveRecord(): Promise<void> {
  const written = await root.run(
    `mkdir -p /var/lib/ecs-privatelinkd "$(dirname /${record})"; touch /${record}
     echo /${record} >/var/lib/ecs-privatelinkd/ssm-inventory`,
  );
  expect(written).toMatchObject({ code: 0 });
}

/** Not package managers' own records, nor directories that others use too. */
function ours(paths: readonly string[]): string[] {
  return paths.filter((path) => path.includes('ecs-privatelinkd') && !path.startsWith('./packages/'));
}

describe.each(formats)('a %s', (format: Format) => {
  const packed = () => `/packages/${basename(packageFile(format))}`;

  beforeEach(async () => {
    if (format !== 'rpm') return;
    const needs = await packWhatRpmNeeds();
    await layOut(needs, join(root.path, 'needs'));
    expect(await root.run('rpm --upgrade /needs/*.rpm')).toMatchObject({ code: 0 });
  });

  it('is installed, enabled and runs; again, it is the same; --uninstall leaves nothing', async () => {
    await install(packed());
    expect(await installedVersion()).toMatch(
      new RegExp(`^ecs-privatelinkd ${version}( \\([0-9a-f]{12}(-modified)?\\))?$`),
    );
    expect(await isEnabled()).toBe(true);
    const once = ours(await root.changed());

    await install(`--set ECS_PRIVATELINKD_SPLAY=5m ${packed()}`);
    await install(`--set ECS_PRIVATELINKD_SPLAY=5m ${packed()}`);
    expect(ours(await root.changed())).toEqual(once);
    expect(readConfig().match(/^ECS_PRIVATELINKD_SPLAY=5m$/gm)).toHaveLength(1);
    expect((await root.run('ecs-privatelinkd config --json')).stdout).toContain('"splayMs": 300000');

    // What the daemon and an administrator leave behind.
    await root.run(
      `mkdir -p /var/lib/ecs-privatelinkd /run/ecs-privatelinkd /etc/systemd/system/ecs-privatelinkd.service.d
       touch /var/lib/ecs-privatelinkd/state.json /run/ecs-privatelinkd/status.json
       touch /etc/systemd/system/ecs-privatelinkd.service.d/local.conf`,
    );
    await leaveRecord();
    const removed = await install('--uninstall');
    expect(ours(await root.changed())).toEqual([]);
    expect(madeDirectories(await root.changed())).toEqual([]);
    expect(removed).not.toContain('warning');
    const says = (text: string) => text.match(/^install\.sh: .*$/gm);
    expect(says(removed)).toEqual(['install.sh: removed, with settings and state']);
    expect(says(await install('--uninstall'))).toEqual(['install.sh: not installed: nothing to remove']);
  });

  it('is upgraded with the settings kept, and disabled where the administrator disabled it', async () => {
    await install(packed());
    appendFileSync(join(root.path, configFile), 'ECS_PRIVATELINKD_DRY_RUN=true\n');
    await root.run('systemctl disable ecs-privatelinkd');
    await leaveRecord();
    const next = await packNextVersion(format);
    await layOut(next, join(root.path, 'next'));
    await install(`/next/${basename(next)}`);
    expect(readConfig()).toMatch(/^ECS_PRIVATELINKD_DRY_RUN=true$/m);
    expect(await isEnabled()).toBe(false);
    expect(existsSync(join(root.path, record))).toBe(true);
    if (format === 'tarball') return;
    const query = { deb: 'dpkg-query --show', rpm: 'rpm --query' }[format];
    expect((await root.run(`${query} ecs-privatelinkd`)).stdout).toContain(nextVersion);
  });

  it.each([
    ['ECS_PRIVATELINKD_SPLY=5m', 'ECS_PRIVATELINKD_SPLAY'],
    ['ECS_PRIVATELINKD_SPLAY=soon', 'Accepted: a duration'],
  ])('does not take --set %s: the config file stays as it was', async (line, told) => {
    await install(packed());
    const before = readConfig();
    const output = await install(
      `--no-start --set ECS_PRIVATELINKD_DRY_RUN=true --set ${line} ${packed()}`,
      78,
    );
    expect(output).toContain(told);
    expect(output).toContain(`/${configFile}`);
    expect(readConfig()).toBe(before);
  });

  it('keeps a config file that was there before, and says what is wrong with it', async () => {
    const written = 'ECS_PRIVATELINKD_SPLAY=10m\n';
    mkdirSync(join(root.path, 'etc/ecs-privatelinkd'), { recursive: true });
    writeFileSync(join(root.path, configFile), written);
    await install(packed());
    expect(readConfig()).toBe(written);
    expect(readdirSync(join(root.path, 'etc/ecs-privatelinkd'))).toEqual(['ecs-privatelinkd.config']);
    writeFileSync(join(root.path, configFile), 'ECS_PRIVATELINKD_SPLY=10m\n');
    expect(await install(packed(), 78)).toContain('ECS_PRIVATELINKD_SPLAY');
  });

  it.runIf(!short)('keeps the settings of the releases whose package owned the config file', async () => {
    const former = await packFormerVersion(format);
    await layOut(former, join(root.path, 'former'));
    const installFormer = {
      deb: 'dpkg --install /former/*.deb',
      rpm: 'rpm --upgrade /former/*.rpm',
      // As its install.sh did.
      tarball: `mkdir -p /usr/lib/ecs-privatelinkd; cd /; tar --extract --verbose --strip-components=1 --file /former/*.tar.gz |
        sed -n 's,^again/\\(.*[^/]\\)$,/\\1,p' >/usr/lib/ecs-privatelinkd/manifest`,
    }[format];
    expect(await root.run(installFormer)).toMatchObject({ code: 0 });
    appendFileSync(join(root.path, configFile), 'ECS_PRIVATELINKD_DRY_RUN=true\n');
    const before = readConfig();
    await install(packed());
    expect(readConfig()).toBe(before);
    expect(readdirSync(join(root.path, 'etc/ecs-privatelinkd'))).toEqual(['ecs-privatelinkd.config']);
    await install('--uninstall');
    expect(ours(await root.changed()).filter((path) => !path.startsWith('./former/'))).toEqual([]);
  });

  it.runIf(format !== 'tarball')('the settings outlive the package when its manager removes it', async () => {
    await install(packed());
    appendFileSync(join(root.path, configFile), 'ECS_PRIVATELINKD_DRY_RUN=true\n');
    const before = readConfig();
    const remove = format === 'deb' ? 'dpkg --remove' : 'rpm --erase';
    const removed = await root.run(`${remove} ecs-privatelinkd`);
    expect(removed, removed.stderr).toMatchObject({ code: 0 });
    const kept = readdirSync(join(root.path, 'etc/ecs-privatelinkd'));
    expect(kept.map((name) => readFileSync(join(root.path, 'etc/ecs-privatelinkd', name), 'utf8'))).toEqual([
      before,
    ]);
  });

  it('is not installed when its checksum is another, or there is none', async () => {
    const wrong = '0'.repeat(64);
    await install(`--sha256 ${wrong} ${packed()}`, 65);
    await root.run('sed -i "s/^0/1/;t;s/^./0/" /packages/SHA256SUMS');
    await install(packed(), 65);
    await root.run('rm /packages/SHA256SUMS');
    await install(packed(), 65);
    expect(existsSync(join(root.path, 'usr/lib/ecs-privatelinkd'))).toBe(false);
    const right = (await root.run(`sha256sum ${packed()}`)).stdout.slice(0, 64);
    await install(`--sha256 ${right} ${packed()}`);
    expect(await installedVersion()).toMatch(
      new RegExp(`^ecs-privatelinkd ${version}( \\([0-9a-f]{12}(-modified)?\\))?$`),
    );
  });
});

describe('apt', () => {
  it('installs it beside a config file that cloud-init wrote, without a question', async () => {
    mkdirSync(join(root.path, 'etc/ecs-privatelinkd'), { recursive: true });
    writeFileSync(join(root.path, configFile), 'ECS_PRIVATELINKD_SPLAY=10m\n');
    const deb = basename(packageFile('deb'));
    const ended = await root.run(`cp -L /packages/${deb} /tmp; apt-get install --yes /tmp/${deb} </dev/null`);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(readConfig()).toBe('ECS_PRIVATELINKD_SPLAY=10m\n');
    expect(await installedVersion()).toContain(`ecs-privatelinkd ${version}`);
  });

  it('purges it without a warning, and leaves nothing', async () => {
    await install(`/packages/${basename(packageFile('deb'))}`);
    await root.run('mkdir -p /var/lib/ecs-privatelinkd; touch /var/lib/ecs-privatelinkd/state.json');
    const ended = await root.run('apt-get purge --yes ecs-privatelinkd </dev/null');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout + ended.stderr).not.toContain('warning');
    expect(ours(await root.changed())).toEqual([]);
  });
});

describe('install.sh', () => {
  it.each(['sh /packages/install.sh --help', 'sh -s -- --help </packages/install.sh'])(
    '%s',
    async (command) => {
      const { code, stdout, stderr } = await root.run(command);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const flag of ['--sha256', '--set', '--no-block', '--no-start', '--uninstall']) {
        expect(stdout).toContain(`\n  ${flag} `);
      }
    },
  );

  it('chooses the package for this host from a place', async () => {
    const sums = (await root.run('sha256sum /packages/SHA256SUMS')).stdout.slice(0, 64);
    await install(`--sha256 ${sums} /packages/`);
    expect((await root.run('dpkg-query -W ecs-privatelinkd')).stdout).toContain(version);
  });

  it('does not put one kind of package over another', async () => {
    await install(`/packages/${basename(packageFile('deb'))}`);
    expect(await install(`/packages/${basename(packageFile('tarball'))}`, 1)).toContain(
      'installed as deb already',
    );
  });

  it.each([
    ['', 64],
    ['--frobnicate /packages/', 64],
    ['--set SPLAY=5m /packages/', 64],
    ['--sha256 abc /packages/', 64],
    ['/packages/SHA256SUMS', 64],
    ['/packages/none.deb', 69],
    ['http://127.0.0.1:1/none.deb', 65],
  ])('install.sh %s: exit code %i', async (args, code) => {
    await install(args, code);
    expect(existsSync(join(root.path, 'usr/lib/ecs-privatelinkd'))).toBe(false);
  });
});
