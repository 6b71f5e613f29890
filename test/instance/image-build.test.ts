import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inCheckout } from '../lab/checkout.ts';
import { type ContainerInstance, startContainerInstance } from '../lab/hosts/machine/container-instance.ts';
import { packageFile, packagesDirectory } from '../package/built-packages.ts';

// What somebody meets who bakes an image on a running instance, or launches one whose user data fails.

const unit = 'ecs-privatelinkd.service';
let instance: ContainerInstance;

const sh = (script: string) => instance.machine.output(['sh', '-euc', script]);

afterAll(async () => {
  await instance?.close();
});

describe('install.sh --no-start with the deb, on a booted Debian', () => {
  const deb = `/packages/${basename(packageFile('deb'))}`;
  const flags = '--no-start --set ECS_PRIVATELINKD_SPLAY=10m';

  beforeAll(async () => {
    instance = await startContainerInstance({ machine: { binds: { '/packages': packagesDirectory } } });
  });

  afterAll(async () => {
    await instance.close();
  });

  it('starts no daemon, which would leave its journal in the image, and enables it', async () => {
    const before = await instance.observe();
    expect(await sh(`sh /packages/install.sh ${flags} ${deb}`)).toContain('starts at the next boot');
    expect(await sh('systemctl list-jobs --no-legend')).toBe('');
    const shown = await sh(
      `systemctl show --property=ActiveState,UnitFileState,ExecMainStartTimestamp ${unit}`,
    );
    expect(shown.trim().split('\n').sort()).toEqual([
      'ActiveState=inactive',
      'ExecMainStartTimestamp=',
      'UnitFileState=enabled',
    ]);
    expect(await sh('ls -d /var/lib/ecs-privatelinkd /run/ecs-privatelinkd 2>/dev/null || true')).toBe('');
    expect((await instance.observe()).agent).toEqual(before.agent);
  });

  it('starts with the next boot, with its settings', async () => {
    await instance.machine.reboot();
    expect((await sh(`systemctl is-active ${unit}`)).trim()).toBe('active');
    expect(await sh('ecs-privatelinkd config --json')).toContain('"splayMs": 600000');
  });

  it('says what a daemon that has run there leaves in the image', async () => {
    expect(await sh(`sh /packages/install.sh ${flags} ${deb}`)).toContain('rm -rf /var/lib/ecs-privatelinkd');
  });
});

it('user data that fails to install it: cloud-init fails visibly, and the agent starts all the same', async () => {
  instance = await startContainerInstance({
    machine: {
      binds: { '/var/lib/cloud/instance.sh': inCheckout('scripts/user-data.sh') },
      files: {
        '/var/lib/cloud/user-data.sh':
          'sed s,^place=.*,place=http://127.0.0.1:1/, /var/lib/cloud/instance.sh >/run/data.sh; exec bash /run/data.sh\n',
      },
    },
  });
  expect(await sh('systemctl show --value --property=Result cloud-final.service')).toBe('exit-code\n');
  expect(await sh('journalctl --unit cloud-final --output cat')).toContain('could not be installed');
  expect(await instance.observe()).toMatchObject({ unit: 'active', registered: true });
  expect(await sh('find /tmp -name SHA256SUMS -o -name install.sh')).toBe('');
});
