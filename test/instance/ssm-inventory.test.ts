import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FLEET_RECORD_TYPE, type FleetRecord } from '../../src/report/record.ts';
import { inCheckout } from '../lab/checkout.ts';
import { type ContainerInstance, startContainerInstance } from '../lab/hosts/machine/container-instance.ts';
import { eventually } from '../lab/hosts/machine/eventually.ts';
import { packageFile, packagesDirectory } from '../package/built-packages.ts';

// The record in the SSM agent's directory, under the unit's sandbox as it is in this checkout.

const unit = 'ecs-privatelinkd.service';
const ssm = '/var/lib/amazon/ssm';
const custom = `${ssm}/i-0a1b2c3d4e5f60718/inventory/custom`;
const file = `${custom}/ecs-privatelinkd.json`;
const settings = ['WAITING_INTERVAL=500ms', 'SETTLED_INTERVAL=500ms', 'SSM_INVENTORY=auto'];
let instance: ContainerInstance;

const sh = (script: string) => instance.machine.output(['sh', '-euc', script]);
const told = () => sh(`journalctl --unit ${unit} --output cat | grep ssm-inventory || true`);

/** What the SSM agent does when it starts for the first time. */
const ssmAgentStarts = () => sh(`(umask 077; mkdir -p ${custom})`);

async function record(accept: (record: FleetRecord) => boolean): Promise<FleetRecord> {
  const read = async (): Promise<FleetRecord | undefined> => {
    const { stdout } = await instance.machine.exec(['cat', file]);
    if (stdout === '') return undefined;
    const { SchemaVersion, TypeName, Content } = JSON.parse(stdout);
    expect([SchemaVersion, TypeName]).toEqual(['1.0', FLEET_RECORD_TYPE]);
    return Content;
  };
  const found = await eventually(
    'the record',
    async () => (await read()) ?? (await told()),
    (one) => typeof one === 'object' && accept(one),
    { timeout: 90_000 },
  );
  if (typeof found === 'string') throw new Error(found);
  return found;
}

beforeAll(async () => {
  instance = await startContainerInstance({ machine: { binds: { '/packages': packagesDirectory } } });
  const set = settings.map((line) => `--set ECS_PRIVATELINKD_${line}`).join(' ');
  await sh(`sh /packages/install.sh --no-start ${set} /packages/${basename(packageFile('deb'))}`);
  const unitText = readFileSync(inCheckout('systemd/ecs-privatelinkd.service'), 'utf8');
  await instance.machine.writeFile(`/usr/lib/systemd/system/${unit}`, unitText);
  await sh('systemctl daemon-reload');
});

afterAll(async () => {
  await instance?.close();
});

it('is kept once the SSM agent has made its directory, after the start of the daemon too', async () => {
  // As its package leaves it.
  await sh(`mkdir -p ${ssm}; systemctl restart ${unit}`);
  await eventually(
    'a look',
    () => instance.machine.exec(['ecs-privatelinkd', 'status', '--record']),
    ({ stdout }) => /"Phase":"waiting"/.test(stdout) && !/"Reason":"starting"/.test(stdout),
    { timeout: 60_000 },
  );
  expect((await sh(`ls ${ssm}`)).trim()).toBe('');

  await ssmAgentStarts();
  expect(await record(() => true)).toMatchObject({ Phase: 'waiting', Path: 'public', NoPublicSince: '' });
  for (const service of ['ecs-agent', 'ecs-telemetry', 'ecs'] as const) {
    await instance.lab.createEndpoint(service);
  }
  const settled = await record(({ Phase }) => Phase === 'settled');
  expect(settled).toMatchObject({
    Path: 'private',
    InstanceId: 'i-0a1b2c3d4e5f60718',
    ProvenAt: expect.stringMatching(/Z$/),
    NoPublicSince: expect.stringMatching(/Z$/),
    ContainerInstanceArn: expect.stringMatching(/^arn:aws:ecs:/),
    SubnetId: expect.stringMatching(/^subnet-/),
  });
  expect(await told()).toBe('');
  const now = JSON.parse(await sh('ecs-privatelinkd status --record'));
  expect(Object.keys(now)).toEqual(Object.keys(settled));
});

it('is waited for quietly when its directory is gone', async () => {
  await sh(`rm -r ${ssm}/i-*; systemctl restart ${unit}`);
  await eventually(
    'a look',
    () => instance.machine.exec(['ecs-privatelinkd', 'status', '--record']),
    ({ code }) => code === 0,
    { timeout: 60_000 },
  );
  expect([(await sh(`ls ${ssm}`)).trim(), await told()]).toEqual(['', '']);
  await ssmAgentStarts();
  await record(() => true);
  expect(await told()).toBe('');
});

it('is not written through a link to another place', async () => {
  await sh(`mkdir -m 700 ${ssm}/victim; mv ${custom} ${custom}.away; ln -s ${ssm}/victim ${custom}
    systemctl restart ${unit}`);
  await eventually('the problem', told, (lines) => lines.includes('ssm-inventory-untrusted'), {
    timeout: 60_000,
  });
  await sh(`[ -z "$(ls ${ssm}/victim)" ]; rm ${custom}; mv ${custom}.away ${custom}`);
  await eventually('its end', told, (lines) => lines.includes('problem-cleared'), { timeout: 60_000 });
});

it('is written where the directory came after the unit only once that is restarted, as the advice says', async () => {
  await sh(`systemctl stop ${unit}; rm -r ${ssm}; systemctl start ${unit}`);
  const before = (await told()).length;
  await ssmAgentStarts();
  const since = async () => (await told()).slice(before);
  const lines = await eventually('the problem', since, (text) => text.includes('ssm-inventory-unwritable'), {
    timeout: 60_000,
  });
  expect(lines).toMatch(/EROFS/);
  expect(lines).toMatch(/systemctl restart ecs-privatelinkd/);
  await sh(`systemctl restart ${unit}`);
  await record(() => true);
});

it('stays when the daemon stops, goes when it is switched off', async () => {
  await sh(`systemctl stop ${unit}; [ -f ${file} ]`);
  await sh(`sed -i s/SSM_INVENTORY=auto/SSM_INVENTORY=off/ /etc/ecs-privatelinkd/ecs-privatelinkd.config
    systemctl start ${unit}`);
  await eventually(
    'no record',
    () => sh(`ls -A ${custom}`),
    (names) => names === '',
    { timeout: 60_000 },
  );
  await sh(`sed -i s/SSM_INVENTORY=off/SSM_INVENTORY=auto/ /etc/ecs-privatelinkd/ecs-privatelinkd.config
    systemctl restart ${unit}`);
  await record(() => true);
});

it('goes with the package, and nothing else there does', async () => {
  await sh(`echo '{}' >${custom}/other.json; touch ${file}.0b9a4e0c-0000-4000-8000-0123456789ab.tmp
    dpkg --remove ecs-privatelinkd`);
  expect(await sh(`ls -A ${custom}`)).toBe('other.json\n');
});
