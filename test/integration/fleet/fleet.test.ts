import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../lab/json-document.ts';
import {
  addHost,
  hourMs,
  instanceOf,
  isoTime,
  minuteMs,
  newWorld,
  type World,
} from '../../lab/stand-ins/aws/fleet-world.ts';
import { addMigratingFleet } from '../../lab/stand-ins/aws/migrating-fleet.ts';
import { makeTemporaryDirectory } from '../../lab/temporary-directory.ts';
import { countCalls, type FleetStage, fleetStages } from './stage.ts';

const newStage = fleetStages();

/** Hosts that are done. */
function add({ world }: FleetStage, count: number, from = 0): void {
  for (let index = from; index < from + count; index += 1) addHost(world, index);
}

describe('fleet', () => {
  it('says yes, and asks for no more than pages', async () => {
    const stage = await newStage();
    add(stage, 250);
    const { code, stdout, stderr } = await stage.fleet('');
    expect(stdout).toContain(
      'Agents no longer need NAT: YES — all 250 container instances are on the private path.',
    );
    expect(stdout).toContain('ecs-privatelinkd plan');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const { 'cloudtrail:LookupEvents': lookups, ...calls } = countCalls(stage.api());
    expect(calls).toEqual({
      'ecs:ListClusters': 1,
      'ecs:ListContainerInstances': 3,
      'ecs:DescribeContainerInstances': 3,
      'ssm:GetInventory': 5,
      'monitoring:GetMetricData': 1,
    });
    // The newest event of each is on as many pages; with what AWS throttled.
    expect(lookups).toBeLessThanOrEqual(5 + stage.api().throttled());
  });

  it('says no of a migrating fleet: who, why and what to do', async () => {
    const stage = await newStage();
    addMigratingFleet(stage.world);
    const { code, stdout } = await stage.fleet('');
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n').at(-2)).toBe(
      'Agents no longer need NAT: NO — 96 of 300 container instances are not done, and of 3 it is not known.',
    );
    expect(stdout).toMatch(/^names-not-private +not done +80$/m);
    expect(stdout).toMatch(/^subnet-02a9b8c7d6e5f4031 +us-east-1c +100 +14 +85 +1$/m);
    expect(stdout).toMatch(/^nat-0a1b2c3d4e5f60718 +212$/m);
    expect(stdout).toMatch(
      /not done: endpoint-tcp-timeout \(1 host\)\n {2}ecs-agent: 10\.0\.1\.10 does not answer on 443\.\n {2}To do, its own daemon says: Let the subnet/,
    );
    // For pipes, a line for each host that is not done, and nothing cut.
    expect(stdout.match(/^ {2}i-[0-9a-f]{17} {2}\w+ {2}us-east-1[abc] {2}subnet-/gm)).toHaveLength(99);
    expect(stdout).not.toContain('…');
    expect(stdout).toContain('left out: 1 record of a host');
  });

  it('tells only the hosts that are not done, and prints JSON', async () => {
    const stage = await newStage();
    add(stage, 3);
    addHost(stage.world, 7, { record: false });
    const only = await stage.fleet('--only not-done');
    expect(only.stdout).toMatch(/^not known: no-record \(1 host\)\n/);
    expect(only.stdout).not.toContain('REASON');
    expect(only.stderr).toContain('Agents no longer need NAT: NOT KNOWN');
    const json = await stage.fleet('--only not-done --json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      answer: 'unknown',
      counts: { hosts: 4, done: 3, notDone: 0, notKnown: 1, leftOut: 0 },
      hosts: [{ instanceId: instanceOf(7, 'prod').id, standing: 'unknown', code: 'no-record', record: null }],
    });
  });

  it('asks for the clusters that are named, by name or ARN', async () => {
    const stage = await newStage();
    add(stage, 2);
    addHost(stage.world, 5, { cluster: 'edge', record: { Phase: 'blocked', Reason: 'restart-no-effect' } });
    expect((await stage.fleet('--cluster prod')).code).toBe(0);
    expect((await stage.fleet('--cluster prod --cluster edge')).code).toBe(1);
    const arn = 'arn:aws:ecs:us-east-1:111122223333:cluster/prod';
    const { code, stdout } = await stage.fleet(`--cluster ${arn}`, { AWS_REGION: undefined });
    expect(stdout).toContain('all 2 container instances');
    expect(code).toBe(0);
  });

  it('says plainly that there is nothing to answer for', async () => {
    const stage = await newStage();
    stage.world.region.clusters.push('fargate');
    const { code, stdout } = await stage.fleet('');
    expect(code).toBe(1);
    expect(stdout).toMatch(/NOT KNOWN — there is no container instance in us-east-1: nothing was proven/);
  });

  it('looks twice at an agent that is between two connections', async () => {
    const stage = await newStage();
    add(stage, 2);
    const { instance } = addHost(stage.world, 9, { instance: { agentConnected: false } });
    const running = stage.fleet('');
    await expect.poll(() => countCalls(stage.api())['ecs:DescribeContainerInstances']).toBe(1);
    const [, , lost] = stage.world.region.instances;
    expect(lost?.id).toBe(instance.id);
    if (lost) lost.agentConnected = true;
    expect((await running).code).toBe(0);
    expect(countCalls(stage.api())['ecs:DescribeContainerInstances']).toBe(2);
  });

  it('waits for a yes, and ends with 75 without one', async () => {
    const stage = await newStage();
    add(stage, 2);
    addHost(stage.world, 8, { record: { Phase: 'scheduled', Reason: 'splay' } });
    const late = await stage.fleet('--wait --timeout 2s');
    expect(late.code).toBe(75);
    expect(late.stderr).toMatch(/2 of 3 done: 1 of 3 container instances is not done/);
    expect(late.stderr).toContain('error: Timed out after 2s waiting for a yes.');
    const waiting = stage.fleet('--wait --timeout 8s');
    const before = stage.api().calls.length;
    await expect.poll(() => stage.api().calls.slice(before).includes('ssm:GetInventory')).toBe(true);
    const [entry] = stage.world.region.inventory.filter(({ id }) => id === instanceOf(8, 'prod').id);
    if (entry) entry.content = [{ ...entry.content[0], Phase: 'settled', Reason: 'on-private-path' }];
    const { code, stdout } = await waiting;
    expect(stdout).toContain('YES');
    expect(code).toBe(0);
  });
});

describe('a witness that may not be asked', () => {
  it.each([
    ['ecs:ListClusters', 77],
    ['ecs:ListContainerInstances', 77],
    ['ecs:DescribeContainerInstances', 77],
    ['ssm:GetInventory', 1],
    ['ssm:DescribeInstanceInformation', 0],
    ['cloudtrail:LookupEvents', 0],
    ['cloudwatch:GetMetricData', 0],
  ])('%s: exit code %i, and the permission is named', async (action, expected) => {
    const stage = await newStage();
    add(stage, 2);
    // A reason to ask about managed nodes, and no reason to say no.
    addHost(stage.world, 4, {
      listed: false,
      managed: false,
      record: { Phase: 'waiting', SeenAt: isoTime(stage.world.nowMs - 300 * hourMs) },
    });
    stage.world.account.denied.add(action);
    const { code, stdout, stderr } = await stage.fleet('');
    const told = expected === 77 ? stderr : stdout;
    expect(told).toContain(
      `${action} is not allowed: User: arn:aws:sts::111122223333:assumed-role/operator/me`,
    );
    expect(told).toContain(`Allow ${action} to the role or user that asks`);
    expect(code).toBe(expected);
  });
});

describe('what cannot work', () => {
  const cases = [
    ['an expired session', {}, 77, /the session has expired \(ecs:ListClusters\).*aws sso login/],
    [
      'a key that AWS does not know',
      { AWS_ACCESS_KEY_ID: 'AKIDOTHER' },
      77,
      /no valid credentials.*--profile/,
    ],
    ['no credentials', { AWS_ACCESS_KEY_ID: undefined }, 77, /no valid credentials for ecs:ListClusters/],
    ['no region', { AWS_REGION: undefined }, 78, /no region is set\. Name one: --region us-east-1/],
    ['no way to AWS', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, 69, /AWS cannot be reached.*ECONNREFUSED/],
  ] as const;

  it.each(cases)('%s', async (name, env, expected, message) => {
    const stage = await newStage();
    add(stage, 1);
    stage.world.account.expired = name === 'an expired session';
    const { code, stdout, stderr } = await stage.fleet('', env);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(expected);
  });

  it('a cluster that does not exist: the nearest is named', async () => {
    const stage = await newStage();
    add(stage, 1);
    const { code, stderr } = await stage.fleet('--cluster prud');
    expect(stderr).toContain('error: There is no active cluster prud in us-east-1. Did you mean prod?');
    expect(code).toBe(64);
  });

  it.each([
    ['--cluster a/b', /Accepted: .*a cluster's name, or its ARN/],
    ['--region virginia', /Accepted: .*a region such as us-east-1/],
    ['--only done', /Did you mean not-done\?|Accepted: all or not-done/],
    ['--wait=maybe', /Accepted: true, false/],
    ['--clusters prod', /Did you mean --cluster\?/],
    [
      '--region eu-west-1 --cluster arn:aws:ecs:us-east-1:111122223333:cluster/prod',
      /is in us-east-1, and only eu-west-1 is asked/,
    ],
  ])('%s', async (flags, message) => {
    const stage = await newStage();
    const { code, stderr } = await stage.fleet(flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(64);
    expect(stage.api().calls).toEqual([]);
  });

  it('records that are cut, of an older form, of another host, or doubled: never a yes, and nothing counted twice', async () => {
    const stage = await newStage();
    for (let index = 0; index < 4; index += 1) addHost(stage.world, index);
    const { inventory } = stage.world.region;
    const [cut, old, foreign, doubled] = inventory;
    if (cut) cut.content = [{ Phase: 'settled' }];
    if (old) old.content = [{ state: 'on PrivateLink' }];
    if (foreign) foreign.content = [{ ...foreign.content[0], InstanceId: 'i-0ffffffffffffffff' }];
    if (doubled)
      doubled.content.push({ ...doubled.content[0], Phase: 'blocked', Reason: 'restart-no-effect' });
    const { code, stdout } = await stage.fleet('');
    expect(stdout).toMatch(/^record-unusable +not known +3$/m);
    expect(stdout).toMatch(/^restart-no-effect +not done +1$/m);
    expect(stdout).toContain('1 of 4 container instances is not done, and of 3 it is not known');
    expect(code).toBe(1);
  });

  it('a container instance that ECS lists and does not describe: never a yes', async () => {
    const stage = await newStage();
    add(stage, 3);
    const [, second] = stage.world.region.instances;
    if (second) second.failure = 'INTERNAL';
    const { code, stdout, stderr } = await stage.fleet('');
    expect(stdout).not.toContain('YES');
    expect(stderr).toMatch(/ECS lists .* and does not describe it: INTERNAL/);
    expect(code).toBe(69);
    // Deregistered between the two calls.
    if (second) second.failure = 'MISSING';
    expect((await stage.fleet('')).stdout).toContain('all 2 container instances');
  });

  it('a cluster that is deleted while its region is asked is no obstacle', async () => {
    const stage = await newStage();
    add(stage, 2);
    stage.world.region.clusters.push('gone');
    stage.world.region.deletedClusters.add('gone');
    expect((await stage.fleet('')).code).toBe(0);
  });

  it('AWS throttles for longer than it is waited for', async () => {
    const stage = await newStage();
    add(stage, 1);
    stage.world.region.throttled = true;
    const { code, stderr } = await stage.fleet('');
    expect(stderr).toMatch(
      /ecs:ListClusters was throttled for too long: Rate exceeded\. Ask again in a minute/,
    );
    expect(code).toBe(69);
  });

  it('hosts that are terminated, or registered twice', async () => {
    const stage = await newStage();
    add(stage, 2);
    // ECS still has it; Systems Manager no more.
    addHost(stage.world, 5, {
      instance: { agentConnected: false },
      managed: false,
      record: { SeenAt: isoTime(stage.world.nowMs - 100 * hourMs) },
    });
    const { instance } = addHost(stage.world, 6);
    stage.world.region.instances.push({ ...instance, cluster: 'edge', agentConnected: false });
    stage.world.region.clusters.push('edge');
    const { code, stdout } = await stage.fleet('');
    expect(stdout).toMatch(/^agent-not-connected +not done +1$/m);
    expect(stdout).toMatch(/aws ecs deregister-container-instance --region us-east-1 --cluster prod/);
    expect(stdout).toMatch(/^registered-twice +not done +1$/m);
    expect(stdout).toContain('2 of 4 container instances are not done');
    expect(code).toBe(1);
  });
});

describe('with --json, a document comes out in any case:', () => {
  /** What is printed of a fleet of two hosts that are done. */
  async function document(
    flags: string,
    {
      env = {},
      change = () => {},
    }: { env?: Record<string, string | undefined>; change?: (world: World) => void } = {},
  ) {
    const stage = await newStage();
    add(stage, 2);
    change(stage.world);
    const { code, stdout, stderr } = await stage.fleet(`--json ${flags}`, env);
    return { code, stderr, json: documentOf('fleet', stdout) };
  }

  const arn = 'arn:aws:ecs:us-east-1:111122223333:cluster/prod';
  it.each([
    [`--region eu-west-1 --cluster ${arn}`, 64, 'usage-value', /only eu-west-1 is asked/],
    ['--cluster prud', 64, 'usage-value', /no active cluster prud in us-east-1/],
    ['--profile nobody', 64, 'usage-value', /no profile nobody/],
    ['--clusters prod', 64, 'usage-flag', /Unknown flag --clusters/],
  ])('%s', async (flags, exit, problem, message) => {
    const { code, json, stderr } = await document(flags);
    expect({ code, json }).toEqual({
      code: exit,
      json: { version: 1, command: 'fleet', error: expect.objectContaining({ code: problem }) },
    });
    expect(json.error.message).toMatch(message);
    expect(stderr).toMatch(message);
  });

  it('all clusters that are not there', async () => {
    const { json } = await document('--cluster prud --cluster edge');
    expect(json.error).toMatchObject({
      message: 'There is no active cluster prud in us-east-1.',
      advice: 'Did you mean prod?',
      others: [{ code: 'usage-value', message: 'There is no active cluster edge in us-east-1.' }],
    });
  });

  it('no region', async () => {
    const { code, json } = await document('', { env: { AWS_REGION: undefined } });
    expect({ code, json }).toMatchObject({
      code: 78,
      json: { command: 'fleet', error: { code: 'aws-no-region' } },
    });
  });

  it('ECS does not answer: beside what there is', async () => {
    const change = ({ account }: World) => account.denied.add('ecs:ListContainerInstances');
    const { code, json, stderr } = await document('', { change });
    expect(code).toBe(77);
    expect(json).toMatchObject({ answer: 'unknown', error: { code: 'aws-denied' }, hosts: [] });
    expect(json.error.message).toMatch(/^us-east-1: ecs:ListContainerInstances is not allowed/);
    expect(stderr).toContain(`error: ${json.error.message} ${json.error.advice}`);
  });

  it('no yes in time: beside the fleet as it is', async () => {
    const change = (world: World) => addHost(world, 8, { record: false });
    const { code, json, stderr } = await document('--wait --timeout 1s', { change });
    expect(code).toBe(75);
    expect(json).toMatchObject({
      answer: 'unknown',
      counts: { hosts: 3 },
      error: { code: 'fleet-not-done', message: 'Timed out after 1s waiting for a yes.' },
    });
    expect(stderr).toContain(json.error.message);
  });
});

describe('the clock of the machine that asks', () => {
  /** As if it were so many milliseconds ahead. */
  async function aheadBy(ms: number): Promise<Record<string, string>> {
    const shim = join(await makeTemporaryDirectory('clock'), 'clock.cjs');
    const source = `const real = Date.now;
globalThis.Date = class extends Date {
  constructor(...args) { args.length === 0 ? super(real() + ${ms}) : super(...args); }
  static now() { return real() + ${ms}; }
};`;
    await writeFile(shim, source);
    return { NODE_OPTIONS: `--require=${shim}` };
  }

  it.each([-3, 5])('%i hours off: the time is that of AWS', async (hours) => {
    const stage = await newStage();
    add(stage, 2);
    const env = await aheadBy(hours * hourMs);
    const yes = await stage.fleet('', env);
    expect(yes.stdout).toContain('all 2 container instances');
    expect(yes.stderr).toMatch(/^warning: the clock of this machine is [35] h (behind|ahead of) AWS's/);
    expect(yes.code).toBe(0);
    // Its daemon died three hours ago.
    addHost(stage.world, 7, { record: { SeenAt: isoTime(stage.world.nowMs - 3 * hourMs) } });
    const { code, stdout } = await stage.fleet('', env);
    expect(stdout).toMatch(/^record-stale +not known +1$/m);
    expect(code).toBe(1);
  });
});

it('hosts on which no daemon can be are told as such, and never make a yes', async () => {
  const stage = await newStage();
  add(stage, 1);
  const external = addHost(stage.world, 4, { instance: { id: 'mi-0123456789abcdef0' }, record: false });
  const managed = addHost(stage.world, 5, { instance: { agentVersion: '' }, record: false, managed: false });
  const { code, stdout } = await stage.fleet('');
  expect(stdout).toMatch(/^external-instance +not known +1$/m);
  expect(stdout).toMatch(/^managed-by-aws +not known +1$/m);
  expect(stdout).toContain(external.instance.id);
  expect(stdout).toContain(managed.instance.id);
  expect(stdout).not.toMatch(/is not installed|AmazonSSMManagedInstanceCore/);
  expect(code).toBe(1);
});

it.each(['ecs:ListContainerInstances', 'ssm:GetInventory', 'cloudtrail:LookupEvents'])(
  '%s gives the same token for ever: never a yes on part of it, and an end',
  async (action) => {
    const stage = await newStage();
    add(stage, 120);
    stage.world.region.endless = action;
    const { code, stdout, stderr } = await stage.fleet('');
    expect(stdout + stderr).toContain(`${action} failed: AWS gives the same page again and again`);
    expect(code).toBe(action === 'ecs:ListContainerInstances' ? 69 : action === 'ssm:GetInventory' ? 1 : 0);
  },
  30_000,
);

describe('several accounts', () => {
  async function profiles(): Promise<Record<string, string | undefined>> {
    const home = await makeTemporaryDirectory('aws');
    await mkdir(join(home, '.aws'));
    const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = not-a-secret\n`;
    await writeFile(
      join(home, '.aws/config'),
      `[profile one]\nregion = us-east-1\n${keys('AKIAIOSFODNN7EXAMPLE')}
[profile two]\nregion = eu-west-1\n${keys('AKIDTWO')}
[profile again]\nregion = us-east-1\n${keys('AKIAIOSFODNN7EXAMPLE')}`,
    );
    return {
      HOME: home,
      AWS_REGION: undefined,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    };
  }

  it('are one fleet, by their profiles', async () => {
    const other = newWorld(Date.now(), '444455556666', 'eu-west-1');
    const stage = await newStage(new Map([['AKIDTWO', other.account]]));
    add(stage, 2);
    addHost(other, 0, { record: { NoPublicSince: isoTime(Date.now() - 30 * minuteMs) } });
    const env = await profiles();
    const { code, stdout } = await stage.fleet('--profile one --profile two', env);
    expect(stdout).toMatch(/^111122223333 us-east-1$/m);
    expect(stdout).toMatch(/^444455556666 eu-west-1$/m);
    expect(stdout).toContain('1 of 3 container instances is not done');
    expect(stdout).toContain(`\n  ${instanceOf(0, 'prod').id}  444455556666 eu-west-1  prod  `);
    expect(code).toBe(1);
  });

  it('of which one has the cluster', async () => {
    const other = newWorld(Date.now(), '444455556666', 'eu-west-1');
    addHost(other, 0, { cluster: 'edge' });
    const stage = await newStage(new Map([['AKIDTWO', other.account]]));
    add(stage, 2);
    const { code, stdout } = await stage.fleet('--profile one,two --cluster prod', await profiles());
    expect(stdout).toContain('all 2 container instances');
    expect(code).toBe(0);
  });

  it('that are one account are counted once', async () => {
    const stage = await newStage();
    add(stage, 3);
    const { code, stdout } = await stage.fleet('--profile one,again', await profiles());
    expect(stdout).toContain('all 3 container instances');
    expect(code).toBe(0);
  });

  it('of which one may not be asked: its permission, and never a yes', async () => {
    const other = newWorld(Date.now(), '444455556666', 'eu-west-1');
    other.account.denied.add('ecs:ListContainerInstances');
    const stage = await newStage(new Map([['AKIDTWO', other.account]]));
    add(stage, 2);
    addHost(other, 0);
    const { code, stdout } = await stage.fleet('--profile one --profile two', await profiles());
    expect(stdout).toMatch(/NOT KNOWN — how many container instances there are is not known: profile two/);
    expect(code).toBe(77);
  });

  it('a profile that is not there is named, and the nearest', async () => {
    const stage = await newStage();
    const { code, stdout, stderr } = await stage.fleet('--profile tow --region us-east-1', await profiles());
    expect(stderr).toBe(
      'error: There is no profile tow in ~/.aws/config or ~/.aws/credentials. Did you mean two?\n',
    );
    expect(stdout).toBe('');
    expect(code).toBe(64);
  });
});

describe('fleet --ask', () => {
  it('takes the fresh answer of the hosts, without any inventory', async () => {
    const stage = await newStage();
    stage.world.region.documents.add('ecs-privatelinkd-check');
    add(stage, 120);
    stage.world.region.inventory.splice(0);
    const { code, stdout } = await stage.fleet('--ask');
    expect(stdout).toContain('all 120 container instances');
    expect(code).toBe(0);
    expect(countCalls(stage.api())['ssm:SendCommand']).toBe(3);
  });

  it('names hosts that are not reached, that have no such program, or whose output is cut', async () => {
    const stage = await newStage();
    stage.world.region.documents.add('ecs-privatelinkd-check');
    add(stage, 4);
    const { inventory, nodes } = stage.world.region;
    inventory.splice(0);
    const [offline, without, long] = nodes;
    if (offline) offline.pingStatus = 'ConnectionLost';
    if (without) without.printed = undefined;
    if (long)
      long.printed = JSON.stringify({ ...JSON.parse(long.printed ?? ''), Message: 'x'.repeat(3_000) });
    const { code, stdout } = await stage.fleet('--ask');
    expect(stdout).toMatch(/^ssm-offline +not known +1$/m);
    expect(stdout).toMatch(/^record-unusable +not known +2$/m);
    expect(stdout).toMatch(/command not found/);
    expect(stdout).toMatch(/is cut off after \d+ characters/);
    expect(code).toBe(1);
  });

  it('says how to create the document', async () => {
    const stage = await newStage();
    add(stage, 1);
    const { code, stdout } = await stage.fleet('--ask');
    expect(stdout).toContain('Document with name ecs-privatelinkd-check does not exist');
    expect(stdout).toContain('Create the document ecs-privatelinkd-check: docs/fleet.md');
    // The inventory told all.
    expect(code).toBe(0);
  });
});
